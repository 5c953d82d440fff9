"""What a fit trains on: samples of the training rows, and the view they are read through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gatecast._group import ALONE, Group
from gatecast._types import IRREGULAR, InputError, Integers, Panel
from gatecast.data import head, median_step
from gatecast.forecasting._part import Part
from gatecast.forecasting._settings import Settings
from gatecast.forecasting.fitting._options import PartOptions
from gatecast.forecasting.members import needs_mask, view_of
from gatecast.framing import (
    Covariates,
    Regression,
    Rows,
    View,
    Windows,
    design_of,
    first_target,
    fit_covariates,
    fit_scaler,
    lane_order,
    padded_windows,
)
from gatecast.network import (
    Bernoulli,
    NegativeBinomial,
    Output,
    Sizes,
    ZeroInflatedNegativeBinomial,
)
from gatecast.training import TrainingData


@dataclass(frozen=True)
class Samples:
    """The samples of one fit.

    Attributes:
        fitting: to train on, over `first_target(panel)`.
        held_back: to validate on.
        places: length of the array of training samples, padding included.
        series: how many ids there are.
        masked: whether some of their steps are empty.
    """

    fitting: Windows
    held_back: Windows
    places: int
    series: int
    masked: bool

    def data(self, settings: Settings, rows: Rows) -> TrainingData:
        """What the trainer reads: rows, and the forecast origins among them."""
        spare = self.places - len(self.fitting)
        order = None
        if settings.stateful:
            order = lane_order(np.bincount(self.fitting.series, minlength=self.series))
        return TrainingData(
            source=rows,
            train=np.pad(self.fitting.origin, (0, spare), constant_values=-1),
            validation=self.held_back.origin if len(self.held_back) else None,
            order=order,
        )

    def complete(self, panel: Panel, settings: Settings) -> bool:
        """Whether no target of any sample is missing."""
        if self.masked or len(panel.targets) > 1:
            return not self.masked and not np.isnan(panel.y).any()
        missing = np.concatenate([[0], np.isnan(panel.y).cumsum()])
        last = self.fitting.origin + settings.framing.horizon
        return not (missing[last] - missing[self.fitting.origin]).any()


def samples_of(
    settings: Settings,
    panel: Panel,
    train: Integers,
    view: View,
    pad_to: Integers | None = None,
    group: Group = ALONE,
) -> Samples:
    """The samples of the leading `train` rows of each series.

    Args:
        settings: of the networks.
        panel: the series.
        train: [series] leading rows to train on.
        view: that turns rows into what the networks read.
        pad_to: as in `PartOptions`.
        group: as in `FitOptions`.

    Raises:
        InputError: if there is none, in any process.
    """
    ids, lag = first_target(panel), view.scaler.lag
    rows = train[:: len(panel.targets)]
    every = windows_of(settings, panel, train, lag)
    if not group.any(len(every)):
        framing = settings.framing
        raise InputError(
            f"the longest series has {int(train.max())} training rows, but at least "
            f"{lag + min(framing.fewest, framing.whole) + 1} are needed: give more rows"
        )
    fitting, held_back = _held_back(every, settings.training.validation)
    short = bool((rows - view.scaler.lag < view.framing.look_back + view.framing.horizon).any())
    short |= settings.framing.whole < settings.framing.look_back
    seen = panel.y[panel.position < train[panel.series_of_row]]
    places = len(fitting)
    if pad_to is not None:
        places += max(0, len(windows_of(settings, panel, pad_to, lag)) - len(every))
    masked = group.any(needs_mask(settings, seen, short=short))
    return Samples(fitting, held_back, places, len(ids.ids), masked)


def windows_of(settings: Settings, panel: Panel, train: Integers, lag: int) -> Windows:
    """Every sample of the leading rows that is trained or validated on, over the first target.

    Args:
        settings: of the networks.
        panel: the series.
        train: [series] leading rows to train on.
        lag: rows that the scaler looks back on.
    """
    ids, framing = first_target(panel), settings.framing
    rows = train[:: len(panel.targets)]
    every = padded_windows(
        ids, framing.whole, framing.horizon, skip=lag, rows=rows, fewest=framing.fewest
    )
    recent = settings.training.recent
    if recent is None:
        return every
    place = every.origin - ids.offsets[every.series]
    return every.where(place >= rows[every.series] - recent)


def learnt_view(
    settings: Settings,
    panel: Panel,
    train: Integers,
    options: PartOptions,
    part: Part | None = None,
) -> View:
    """The view fitted on the leading `train` rows of each series, or that of `options.start`.

    Args:
        settings: of the networks.
        panel: the series.
        train: [series] leading rows to learn from.
        options: of the part.
        part: whose effects of columns are taken out, if it has any; None where networks read them.

    Raises:
        InputError: naming the series, time and value that the scaler or the output cannot use.
    """
    if options.start is not None:
        return options.start.view
    _refuse_unsuited(settings.output, panel)
    if panel.freq == IRREGULAR and not options.group.alone:
        raise InputError(
            "irregular times are fitted by one process alone: give a calendar step (freq), or fit "
            "without a cluster"
        )
    # What has no value where rows are held back may have an effect later.
    with_effects = part is not None and part.effects is not None
    covariates = fit_covariates(
        settings.exogenous, panel, train, options.group, may_be_empty=with_effects
    )
    effects = None
    if part is not None and part.effects is not None:
        found = regression_of(part, panel, train, covariates, options.group)
        effects = found.effects(part.effects)
    scaler = fit_scaler(
        settings.scaler,
        panel,
        train,
        season_length=options.season_length,
        effects=None if effects is None else effects.of(panel),
    )
    step = median_step(head(panel, train)) if panel.freq == IRREGULAR else None
    return view_of(settings, scaler, covariates, step, effects)


def regression_of(
    part: Part, panel: Panel, train: Integers, covariates: Covariates, group: Group = ALONE
) -> Regression:
    """The regression of the scaled training rows on their columns.

    Args:
        part: whose first scaler is used.
        panel: the series.
        train: [series] training rows of each.
        covariates: fitted on them.
        group: as in `FitOptions`.
    """
    values = fit_scaler(part.settings.scaler[:1], panel, train).transform_rows(panel.y, panel)
    framing = part.settings.framing
    seasons = tuple(rows for rows in (framing.season, framing.longer_season) if rows > 1)
    design = design_of(covariates, panel, train, group, part.lags, part.static)
    return Regression(design, panel, train, values, seasons, group, part.static)


def with_gaps(settings: Settings, panel: Panel) -> Settings:
    """The settings with gaps="auto" replaced by its meaning for a panel."""
    if settings.gaps != "auto":
        return settings
    return replace(settings, gaps="decay" if panel.freq == IRREGULAR else "mask")


def sizes_of(settings: Settings, rows: Rows, view: View, *, masked: bool) -> Sizes:
    """The shapes of the network that reads these rows."""
    framing = settings.framing
    targets = rows.values.shape[-1]
    columns = targets * framing.columns + _columns(rows.past)
    in_steps = framing.shape == "steps"
    if not in_steps:
        columns += view.decays + masked
    return Sizes(
        steps=framing.steps if in_steps else 1,
        features=columns if in_steps else columns * framing.steps,
        horizon=framing.ahead,
        targets=targets,
        future=_columns(rows.future) + (rows.time is not None),
        static=_columns(rows.static),
        categories=() if rows.category is None else _categories(view),
        masked=masked and in_steps,
        elapsed=view.decays and in_steps,
    )


def _categories(view: View) -> tuple[int, ...]:
    return tuple(len(known) for known in view.covariates.categories.values())


def _columns(array: Any) -> int:
    return 0 if array is None else int(array.shape[-1])


def _held_back(windows: Windows, share: float) -> tuple[Windows, Windows]:
    """Training samples, and the newest share of each series' samples for validation."""
    counts = np.bincount(windows.series)
    newest = windows.place >= np.ceil(counts * (1 - share))[windows.series]
    return windows.where(~newest), windows.where(newest)


def _refuse_unsuited(output: Output, panel: Panel) -> None:
    """Raise an `InputError` at the first value that an output cannot describe."""
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
