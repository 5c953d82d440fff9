"""Forecasts of known rows from earlier origins, by which a series says what suits it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.forecasting.members._from_windows import around
from gatecast.forecasting.members._members import Members
from gatecast.forecasting.members._runner import ForecastInputs, Runner
from gatecast.forecasting.members._state import empty_or_given
from gatecast.framing import Framing, Rows, SampleRows, Windows

# Windows whose rows are in memory at once, and the fewest that a program is compiled for: the
# trials of a single series then share one.
_AT_ONCE, _FEWEST = 2_048, 32
# Errors below this, in scaled units, are rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Trial:
    """Forecasts of known rows.

    Attributes:
        members: that forecast.
        runner: their forward pass.
        rows: of the panel.
        windows: whose rows are forecast.
        series: how many there are.
    """

    members: Members
    runner: Runner
    rows: Rows
    windows: Windows
    series: int

    @classmethod
    def of(cls, members: Members, panel: Panel, origin: Integers, fewest: int) -> Trial | None:
        """The trial from some origins; None where there is none.

        Args:
            members: that forecast.
            panel: the series.
            origin: [origins, series] places in each series.
            fewest: rows before an origin; others are left out.
        """
        inside = origin >= fewest
        if not inside.any():
            return None
        series = np.broadcast_to(np.arange(len(panel.ids)), origin.shape)[inside]
        windows = Windows(series, panel.offsets[series] + origin[inside])
        return cls(members, *members.rows(panel, windows), windows, len(panel.ids))

    def ahead(self, traits: Floats) -> tuple[Floats, Floats]:
        """[windows, horizon] scaled forecasts, and the level in them.

        Args:
            traits: [series, TRAITS].
        """
        rows = replace(self.rows, traits=traits.astype(np.float32))
        found = [self._ahead(rows, origins) for origins in self._blocks()]
        number = len(self.windows)
        center, level = (np.concatenate(each)[:number] for each in zip(*found, strict=True))
        return center, level

    def _ahead(self, rows: Rows, origins: Integers) -> tuple[Floats, Floats]:
        members, runner, horizon = self.members, self.runner, self.runner.framing.horizon
        samples = around(members, rows, origins[None], runner.reach(horizon))
        state = empty_or_given(members, runner, len(origins), [])
        inputs = ForecastInputs(members.weights, samples, state)
        found = runner.forecast(inputs, horizon, block=members.block)
        # Of the one network and target.
        center, level = (
            np.asarray(each, float)[0, 0, :, :, 0] for each in (found.center, found.level)
        )
        return center, level

    def level(self, traits: Floats) -> Floats:
        """[windows, horizon] the level in the forecasts alone, for which no network runs.

        Args:
            traits: [series, TRAITS].
        """
        rows, framing = replace(self.rows, traits=traits.astype(np.float32)), self.runner.framing
        sample_rows = self.members.view.sample_rows
        found = [
            _level(framing, sample_rows(rows, origins, framing.horizon))
            for origins in self._blocks()
        ]
        return np.concatenate(found)[: len(self.windows)].astype(float)

    def _blocks(self) -> Iterator[Integers]:
        """[windows] the origins, so many at once, the last one again and again to fill a block.

        Blocks are of few sizes, for which programs are compiled; where the members have one, of
        that, so that other series change no bit.
        """
        origins, own = self.windows.origin, self.members.block
        for first in range(0, len(origins), own or _AT_ONCE):
            some = origins[first : first + (own or _AT_ONCE)]
            size = own or max(_FEWEST, 1 << (len(some) - 1).bit_length())
            yield np.pad(some, (0, size - len(some)), mode="edge")

    def errors(self, forecast: Floats) -> Floats:
        """[windows] of a forecast; NaN where nothing was observed."""
        place = self.windows.origin[:, None] + np.arange(self.runner.framing.horizon)
        wrong = np.abs(forecast - np.asarray(self.rows.targets, float)[place, 0])
        seen = (~np.isnan(wrong)).sum(axis=1)
        mean: Floats = np.nansum(wrong, axis=1) / np.where(seen > 0, seen, np.nan)
        return mean + _ROUNDING

    def by_series(self, values: Floats) -> Floats:
        """[series] sums over the windows of each."""
        sums = np.bincount(self.windows.series, np.nan_to_num(values), self.series)
        return sums.astype(float)


@partial(jax.jit, static_argnums=0)
def _level(framing: Framing, samples: SampleRows) -> Any:
    """[samples, horizon] the level of the one target in the rows ahead."""
    number, length = samples.values.shape[:2]
    origin = jnp.arange(number) * length + framing.look_back
    level = framing(samples.end_to_end(), origin).level[..., 0]
    return jnp.broadcast_to(level, (number, framing.horizon))


def origins(early: Integers, number: int, apart: int) -> Integers:
    """[origins, series] the newest first."""
    return early - apart * np.arange(number)[:, None]
