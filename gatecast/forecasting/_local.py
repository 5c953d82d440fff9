"""One small model for each series, trained side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import InputError, Integers, Panel
from gatecast.forecasting._ensemble import Ensemble
from gatecast.forecasting._samples import Fit, samples_of, sizes_of, view_of, with_gaps
from gatecast.forecasting._settings import Settings
from gatecast.forecasting._weights import refuse_divergence, weights_of, without_groups
from gatecast.framing import Rows, Windows
from gatecast.network import Network, build_network
from gatecast.training import Checkpoint, Trained, TrainingSet, train_network

# Numbers that the models trained in one call hold per time step: what stays in a core's cache.
_CACHED = 2**16
_FEWEST_AT_ONCE = 16


def fit_local(
    settings: Settings, panel: Panel, train: Integers, how: Fit
) -> tuple[Ensemble, Trained]:
    """Train one model per series, many in one call of a compiled program.

    All calls are of the same shape, so that they share one program.

    Args:
        settings: of the forecaster.
        panel: the series.
        train: [series] leading rows to train on.
        how: the rest; `room` has no meaning here.

    Raises:
        InputError: as `fit_ensemble`; if samples are to be held back for validation.
    """
    settings = with_gaps(settings, panel)
    if settings.training.validation:
        raise InputError("scope='local' takes no validation split: set validation=0")
    view = view_of(settings, panel, train, how)
    samples = samples_of(settings, panel, train, view, replace(how, room=None))
    rows = view.rows(panel, train, masked=samples.masked)
    sizes = sizes_of(settings, rows, view, masked=samples.masked)
    network = build_network(settings.architecture, sizes, settings.output)
    job = _Job(network, settings, how, rows, _origins(samples.fitting, samples.series))
    runs = job.run()
    weights = jax.tree.map(
        lambda *parts: jnp.concatenate(parts)[job.places],
        *(weights_of(run, len(groups)) for run, groups in zip(runs, job.calls, strict=True)),
    )
    refuse_divergence(settings, weights)
    curves = {name: np.concatenate([run.curves[name] for run in runs]) for name in runs[0].curves}
    trained = Trained(
        variables={"trainable": weights[0], "non_trainable": weights[1]},
        curves=curves,
        interrupted=any(run.interrupted for run in runs),
        compile_seconds=sum(run.compile_seconds for run in runs),
        train_seconds=sum(run.train_seconds for run in runs),
    )
    return Ensemble(settings, view, sizes, weights, samples.masked), trained


def _origins(windows: Windows, series: int) -> Integers:
    """[series, samples] the origins of each series, then -1."""
    counts = np.bincount(windows.series, minlength=series)
    place = np.arange(len(windows)) - (np.cumsum(counts) - counts)[windows.series]
    own = np.full((series, counts.max()), -1)
    own[windows.series, place] = windows.origin
    return own


@dataclass(frozen=True)
class _Job:
    """The models to train, and how they are spread over calls of the program.

    Attributes:
        network: of each.
        settings: of the forecaster.
        how: as in `fit_local`.
        rows: what all gather from.
        origins: [series, samples] of each, then -1.
    """

    network: Network
    settings: Settings
    how: Fit
    rows: Rows
    origins: Integers

    @property
    def calls(self) -> list[Integers]:
        """The series of each call: as many in each, long and short ones mixed."""
        order = np.argsort((self.origins >= 0).sum(axis=1), kind="stable")
        number = -(-len(order) // self._at_once())
        size = -(-len(order) // number)
        # A call of one too few trains the shortest once more.
        return [np.resize(np.append(order[call::number], order[0]), size) for call in range(number)]

    def _at_once(self) -> int:
        """Models in one call: as many as fit the cache."""
        settings = self.settings
        gates = 4 * settings.architecture.units * settings.training.batch_size * settings.members
        return max(_CACHED // gates, _FEWEST_AT_ONCE)

    @property
    def places(self) -> Integers:
        """[series] where each one is in the calls, end to end."""
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
        if self.how.start is not None:
            start = without_groups(jax.tree.map(lambda v: v[groups], self.how.start.weights))
        return train_network(
            self.network,
            self.settings.framing,
            TrainingSet(self.rows | {"train": train}, ("train",)),
            self.settings.training,
            seeds=[*self.settings.seeds] * len(groups),
            initial=start,
            checkpoint=self._checkpoint(place),
            verbose=self.how.verbose if place == 0 else False,
        )

    def _checkpoint(self, place: int) -> Checkpoint | None:
        if self.how.checkpoint is None:
            return None
        path = Path(self.how.checkpoint.path)
        return replace(self.how.checkpoint, path=path.with_name(f"{path.name}.{place}"))
