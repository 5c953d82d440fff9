"""One small model for each series, trained side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import InputError, Integers, Panel
from gatecast.forecasting._part import Part
from gatecast.forecasting._settings import Settings
from gatecast.forecasting.fitting._options import PartOptions
from gatecast.forecasting.fitting._samples import learnt_view, samples_of, sizes_of
from gatecast.forecasting.fitting._weights import refuse_divergence, weights_of, without_groups
from gatecast.forecasting.members import Members
from gatecast.framing import Rows, Windows, first_target
from gatecast.network import Network, build_network
from gatecast.training import Checkpoint, Trained, TrainingData, TrainingSet

# Numbers per time step of the models trained in one call, so that they fit in a core's cache.
_CACHED = 2**16
_FEWEST_AT_ONCE = 16
# The arrays of `Rows` that have an entry for each row.
_BY_ROW = (
    "values",
    "targets",
    "past",
    "future",
    "observed",
    "position",
    "remaining",
    "elapsed",
    "time",
    "level",
    "series",
)


def train_local(
    part: Part, panel: Panel, train: Integers, options: PartOptions
) -> tuple[Members, Trained]:
    """Train one model per series, many in one call of a compiled program.

    All calls are of the same shape, so that they share one program.

    Args:
        part: with scope="local".
        panel: the series.
        train: [series] leading rows to train on.
        options: further options; `pad_to` has no meaning here.

    Raises:
        InputError: as `train`; if the settings ask for validation samples.
    """
    settings = part.settings
    if settings.training.validation:
        raise InputError("scope='local' takes no validation split: set validation=0")
    view = learnt_view(settings, panel, train, options)
    samples = samples_of(settings, panel, train, view)
    rows = _rounded_up(view.rows(panel, train, masked=samples.masked), panel)
    sizes = sizes_of(settings, rows, view, masked=samples.masked)
    network = build_network(settings.architecture, sizes, settings.output)
    job = _Job(network, settings, options, rows, _origins(samples.fitting, samples.series))
    runs = job.run()
    weights = jax.tree.map(
        lambda *parts: jnp.concatenate(parts)[job.places],
        *(weights_of(run, len(groups)) for run, groups in zip(runs, job.calls, strict=True)),
    )
    refuse_divergence(settings.training, weights)
    return Members(part, view, sizes, weights, samples.masked), _together(runs)


def _rounded_up(rows: Rows, panel: Panel) -> Rows:
    """The rows, the last one repeated up to a number that a program is compiled for.

    No sample reads the repeated ones. Fits of about the same size then share a program, whose
    compiling takes longer than training a few hundred small models.
    """
    number = first_target(panel).rows
    place = np.minimum(np.arange(_few(number)), number - 1)
    own = {name: getattr(rows, name)[place] for name in _BY_ROW if getattr(rows, name) is not None}
    return replace(rows, **own)


def _few(number: int) -> int:
    """At most a sixteenth more: of numbers of about the same size there are few."""
    step = 1 << max(number.bit_length() - 5, 0)
    return -(-number // step) * step


def _together(runs: list[Trained]) -> Trained:
    """Several runs as one; its variables are those of the first."""
    return replace(
        runs[0],
        curves={
            name: np.concatenate([run.curves[name] for run in runs]) for name in runs[0].curves
        },
        interrupted=any(run.interrupted for run in runs),
        compile_seconds=sum(run.compile_seconds for run in runs),
        train_seconds=sum(run.train_seconds for run in runs),
    )


def _origins(windows: Windows, series: int) -> Integers:
    """[series, samples] the origins of each series, then -1."""
    counts = np.bincount(windows.series, minlength=series)
    own = np.full((series, _few(int(counts.max()))), -1)
    own[windows.series, windows.place] = windows.origin
    return own


@dataclass(frozen=True)
class _Job:
    """The models to train, and how they are spread over calls of the program.

    Attributes:
        network: of each.
        settings: of the forecaster.
        options: as in `train_local`.
        rows: that the samples of all models are gathered from.
        origins: [series, samples] forecast origins of each series, then -1.
    """

    network: Network
    settings: Settings
    options: PartOptions
    rows: Rows
    origins: Integers

    @property
    def calls(self) -> list[Integers]:
        """The series of each call: the same number in each, long and short series mixed."""
        order = np.argsort((self.origins >= 0).sum(axis=1), kind="stable")
        number = -(-len(order) // self._at_once())
        size = -(-len(order) // number)
        # A call that is one series short trains the shortest series a second time.
        return [np.resize(np.append(order[call::number], order[0]), size) for call in range(number)]

    def _at_once(self) -> int:
        """Models in one call: as many as fit the cache."""
        settings = self.settings
        gates = 4 * settings.architecture.units * settings.training.batch_size * settings.members
        return max(_CACHED // gates, _FEWEST_AT_ONCE)

    @property
    def places(self) -> Integers:
        """[series] the place of each series in the calls, taken end to end."""
        calls = np.concatenate(self.calls)
        place = np.empty(len(self.origins), dtype=np.int64)
        place[calls] = np.arange(len(calls))
        return place

    def run(self) -> list[Trained]:
        """Train all calls, one after the other: XLA's threads on a CPU may block each other."""
        return [self._train(place, groups) for place, groups in enumerate(self.calls)]

    def _train(self, place: int, groups: Integers) -> Trained:
        train = np.repeat(self.origins[groups], self.settings.members, axis=0)
        start: Any = None
        if self.options.start is not None:
            start = without_groups(jax.tree.map(lambda v: v[groups], self.options.start.weights))
        return self.options.trainer(
            self.network,
            self.settings.framing,
            TrainingSet(TrainingData(self.rows, train), own="origins"),
            self.settings.training,
            seeds=[*self.settings.seeds] * len(groups),
            initial=start,
            checkpoint=self._checkpoint(place),
            verbose=self.options.verbose if place == 0 else False,
        )

    def _checkpoint(self, place: int) -> Checkpoint | None:
        if self.options.checkpoint is None:
            return None
        path = Path(self.options.checkpoint.path)
        return replace(self.options.checkpoint, path=path.with_name(f"{path.name}.{place}"))
