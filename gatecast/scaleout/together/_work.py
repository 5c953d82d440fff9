"""What each of some processes does that fit one global model."""

from __future__ import annotations

import tempfile
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import jax
import pandas as pd

from gatecast._group import ALONE, Group
from gatecast._types import Freq, InputError, Panel
from gatecast.data import to_panel
from gatecast.forecasting import Columns, Estimator
from gatecast.forecasting.online import on_history
from gatecast.training import DataParallel, connected, train_network

_KEPT = 10_000


class Series(Protocol):
    """Series in buckets, each series in one of them."""

    @property
    def number(self) -> int:
        """Of buckets."""

    def read(self, bucket: int) -> pd.DataFrame:
        """The rows of a bucket."""


@dataclass(frozen=True)
class Place:
    """A process among those that fit together.

    Attributes:
        rank: from 0.
        size: how many there are.
        address: host and port at which the first one is found; empty where there is no other.
    """

    rank: int = 0
    size: int = 1
    address: str = ""

    def join(self) -> Group:
        """The group, once all processes are there."""
        if self.size == 1:
            return ALONE
        # JAX has no other way to be told, and this process does nothing else.
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.config.update("jax_enable_preemption_service", False)  # noqa: FBT003 (JAX's own setting)
        jax.distributed.initialize(
            self.address, self.size, self.rank, coordinator_bind_address=self.address
        )
        return connected()


@dataclass(frozen=True)
class Work:
    """Fit a forecaster to the series of all processes.

    Attributes:
        forecaster: unfitted, with one global model.
        series: of all processes; each reads every so many-th bucket.
        columns: names in the frames.
        freq: the calendar step; None for that of the first process's series.
        checkpoint: a file that all processes can read and the first one writes; None for none.
        kept: series of the first process whose last rows stay in the model, at most: all others are
            forecast from their histories.
    """

    forecaster: Estimator
    series: Series
    columns: Columns
    freq: Freq | None = None
    checkpoint: Path | None = None
    kept: int = _KEPT

    def __call__(self, place: Place) -> bytes:
        """The artefact, in the first process; nothing in others.

        Raises:
            InputError: as `fit`; if there are fewer series than processes.
        """
        frame = self._rows(place)
        group = place.join()
        panel = self._panel(frame, group)
        forecaster = copy(self.forecaster)
        several = not group.alone or jax.local_device_count() > 1
        trainer = DataParallel.on_devices(group) if several else train_network
        forecaster.fit_together(panel, self.columns, trainer, group, self.checkpoint)
        if place.rank > 0:
            return b""
        return _artefact(self._with_some_series(forecaster, frame))

    def _rows(self, place: Place) -> pd.DataFrame:
        own = [
            rows
            for bucket in range(place.rank, self.series.number, place.size)
            if len(rows := self.series.read(bucket))
        ]
        if not own:
            raise InputError(
                f"process {place.rank + 1} of {place.size} has no series: take fewer workers"
            )
        return pd.concat(own, ignore_index=True)

    def _panel(self, frame: pd.DataFrame, group: Group) -> Panel:
        """The series of this process, on the calendar of all."""
        freq = self.freq
        if freq is None:
            own = self._panel_on(frame, None).freq if group.rank == 0 else None
            freq = group.first(own)
        return self._panel_on(frame, freq)

    def _panel_on(self, frame: pd.DataFrame, freq: Freq | None) -> Panel:
        columns = self.columns
        return to_panel(
            frame,
            id_col=columns.unique_id,
            time_col=columns.ds,
            target_col=columns.y[0] if len(columns.y) == 1 else columns.y,
            freq=freq,
            exog=list(dict.fromkeys(self.forecaster.exog)),
        )

    def _with_some_series(self, forecaster: Estimator, frame: pd.DataFrame) -> Estimator:
        """The fitted forecaster without the last rows of most series, where they are very many."""
        ids = frame[self.columns.unique_id]
        kept = ids.unique()[: self.kept]
        if len(kept) == ids.nunique():
            return forecaster
        model = forecaster.model_
        panel = self._panel_on(frame[ids.isin(kept)], model.freq)
        return forecaster.standing_at(on_history(model, panel))


def _artefact(forecaster: Estimator) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return forecaster.save(Path(folder) / "model.gatecast").read_bytes()
