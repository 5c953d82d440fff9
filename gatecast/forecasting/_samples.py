"""What a fit trains on: samples of the training rows, and what they are seen through."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gatecast._types import IRREGULAR, InputError, Integers, Panel
from gatecast.data import head, median_step
from gatecast.forecasting._ensemble import Ensemble
from gatecast.forecasting._rollout import lane_order
from gatecast.forecasting._settings import Settings
from gatecast.framing import (
    Rows,
    View,
    Windows,
    fit_covariates,
    fit_scaler,
    leads,
    padded_windows,
)
from gatecast.network import (
    Bernoulli,
    NegativeBinomial,
    Output,
    Sizes,
    ZeroInflatedNegativeBinomial,
)
from gatecast.training import Checkpoint


@dataclass(frozen=True)
class Fit:
    """How a fit goes on from others and with others.

    Attributes:
        season_length: rows per season.
        room: [series] pad the samples as if so many rows were trained on: fits of different
            sizes then share one compiled program.
        start: go on from the weights, scalers and covariates of this ensemble.
        checkpoint: where to keep what is needed to go on after a kill.
        verbose: progress, as in `gatecast.training.Watch`.
    """

    season_length: int
    room: Integers | None = None
    start: Ensemble | None = None
    checkpoint: Checkpoint | None = None
    verbose: bool | None = None


@dataclass(frozen=True)
class Samples:
    """The samples of one fit.

    Attributes:
        fitting: to train on, over `leads(panel)`.
        held_back: to validate on.
        places: how many to leave room for.
        series: how many ids there are.
        masked: whether some of their steps are empty.
    """

    fitting: Windows
    held_back: Windows
    places: int
    series: int
    masked: bool

    def origins(self, settings: Settings) -> Rows:
        """The arrays of origins that the trainer reads."""
        spare = self.places - len(self.fitting)
        found: Rows = {"train": np.pad(self.fitting.origin, (0, spare), constant_values=-1)}
        if len(self.held_back):
            found["validation"] = self.held_back.origin
        if settings.stateful:
            found["order"] = lane_order(np.bincount(self.fitting.series, minlength=self.series))
        return found

    def complete(self, panel: Panel, settings: Settings) -> bool:
        """Whether no target of any sample is missing."""
        if self.masked or len(panel.targets) > 1:
            return not self.masked and not np.isnan(panel.y).any()
        missing = np.concatenate([[0], np.isnan(panel.y).cumsum()])
        last = self.fitting.origin + settings.framing.horizon
        return not (missing[last] - missing[self.fitting.origin]).any()


def samples_of(settings: Settings, panel: Panel, train: Integers, view: View, how: Fit) -> Samples:
    """The samples of the leading `train` rows of each series.

    Raises:
        InputError: if there is none.
    """
    lead = leads(panel)
    rows = train[:: len(panel.targets)]

    def windows(rows: Integers) -> Windows:
        framing, skip = settings.framing, view.scaler.lag
        every = padded_windows(
            lead, framing.whole, framing.horizon, skip=skip, rows=rows, fewest=framing.fewest
        )
        recent = settings.training.recent
        if recent is None:
            return every
        place = every.origin - lead.offsets[every.series]
        return every.where(place >= rows[every.series] - recent)

    every = windows(rows)
    if not len(every):
        raise InputError(
            f"the longest series has {int(train.max())} training rows, but at least "
            f"{view.scaler.lag + 2} are needed: give more rows"
        )
    fitting, held_back = _held_back(every, settings.training.validation)
    short = bool((rows - view.scaler.lag < view.framing.look_back + view.framing.horizon).any())
    short |= settings.framing.whole < settings.framing.look_back
    seen = panel.y[panel.position < train[panel.series_of_row]]
    gaps = settings.gaps != "bridge" and bool(np.isnan(seen).any())
    places = len(fitting)
    if how.room is not None:
        places += max(0, len(windows(how.room[:: len(panel.targets)])) - len(every))
    return Samples(fitting, held_back, places, len(lead.ids), short or gaps)


def view_of(settings: Settings, panel: Panel, train: Integers, how: Fit) -> View:
    """What is learnt from the leading `train` rows of each series, or was learnt before.

    Raises:
        InputError: naming the series, time and value that the scaler or the output cannot take.
    """
    if how.start is not None:
        return how.start.view
    _refuse_unsuited(settings.output, panel)
    return View(
        settings.framing,
        fit_scaler(settings.scaler, panel, train, season_length=how.season_length),
        fit_covariates(settings.exogenous, panel, train),
        decays=settings.gaps == "decay",
        step=median_step(head(panel, train)) if panel.freq == IRREGULAR else None,
        scaled=settings.output.units == "ratio",
        bridges=settings.gaps == "bridge",
    )


def with_gaps(settings: Settings, panel: Panel) -> Settings:
    """The settings with "auto" decided for a panel."""
    if settings.gaps != "auto":
        return settings
    return replace(settings, gaps="decay" if panel.freq == IRREGULAR else "mask")


def sizes_of(settings: Settings, rows: Rows, view: View, *, masked: bool) -> Sizes:
    """The shapes of the network that reads these rows."""
    framing = settings.framing
    targets = rows["values"].shape[-1]
    columns = targets * framing.columns + (rows["past"].shape[-1] if "past" in rows else 0)
    in_steps = framing.shape == "steps"
    if not in_steps:
        columns += view.decays + masked
    future = rows["future"].shape[-1] if "future" in rows else 0
    return Sizes(
        steps=framing.steps if in_steps else 1,
        features=columns if in_steps else columns * framing.steps,
        horizon=framing.horizon,
        targets=targets,
        future=future + ("time" in rows),
        static=rows["static"].shape[-1] if "static" in rows else 0,
        categories=tuple(len(known) for known in view.covariates.categories.values()),
        masked=masked and in_steps,
        elapsed=view.decays and in_steps,
    )


def _held_back(windows: Windows, share: float) -> tuple[Windows, Windows]:
    """Training samples, and the newest share of each series' samples for validation."""
    counts = np.bincount(windows.series)
    place = np.arange(len(windows)) - (np.cumsum(counts) - counts)[windows.series]
    newest = place >= np.ceil(counts * (1 - share))[windows.series]
    return windows.where(~newest), windows.where(newest)


def _refuse_unsuited(output: Output, panel: Panel) -> None:
    """Raise an `InputError` at the first value that an output cannot be about."""
    name, y = type(output).__name__, panel.y[~np.isnan(panel.y)]
    if isinstance(output, Bernoulli):
        wrong, wanted = (y != 0) & (y != 1), "0 or 1"
    elif isinstance(output, NegativeBinomial | ZeroInflatedNegativeBinomial):
        wrong, wanted = (y < 0) | (y % 1 != 0), "counts: 0, 1, 2, ..."
    elif output.units == "ratio":
        wrong, wanted = y < 0, "0 or more"
    else:
        return
    if wrong.any():
        row = np.flatnonzero(~np.isnan(panel.y))[wrong][0]
        raise InputError(
            f"series {str(panel.ids[panel.series_of_row[row]])!r} has y = {panel.y[row]:g} at "
            f"{panel.ds[row]}: output {name} needs {wanted}; take another output"
        )
