"""Forecasts of members from any windows of a panel, in the user's units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.data import filled
from gatecast.forecasting.members._forecast import Forecast, MemberForecast, joined
from gatecast.forecasting.members._members import Members
from gatecast.forecasting.members._program import Program
from gatecast.forecasting.members._quantiles import PROBABILITIES
from gatecast.forecasting.members._runner import ForecastInputs, NetworkOutput, Runner
from gatecast.forecasting.members._state import (
    NOTHING,
    PartState,
    along,
    empty_or_given,
    every_window,
    memory_before,
)
from gatecast.framing import (
    Rows,
    SampleRows,
    Windows,
    first_target,
    last_windows,
    of_every_target,
    rows_before,
)
from gatecast.network import Point, State

# Random continuations per series where a distribution is fed back beyond the horizon.
_PATHS = 200
_DRAWN_AT_ONCE = 100
# Windows whose rows, states and distributions are in memory at once: whole blocks of
# `Runner.forecast`, and of random continuations, so that they change no forecast.
_BLOCK = 2_048
_BLOCK_DRAWN = 12_800
# Fewer where they are of more rows than a number of so many bits.
_MOST_BITS = 10


def from_windows(
    members: Members, panel: Panel, windows: Windows, h: int, state: PartState = NOTHING
) -> MemberForecast:
    """The `h` rows that follow some windows.

    Args:
        members: trained.
        panel: the series, with what is known of the rows ahead.
        windows: over `first_target(panel)`; one of each id in order where `members.one_origin`.
        h: rows to forecast.
        state: before the rows of the panel, where it holds the last rows of each series only;
            without it, carried state is computed by running along the panel.
    """
    blocks = [*_in_blocks(members, panel, windows, h, state)]
    if len(blocks) == 1:
        return blocks[0]
    quantiles = [each.quantiles for each in blocks if each.quantiles is not None]
    return MemberForecast(
        np.concatenate([each.point for each in blocks], axis=1),
        np.concatenate(quantiles, axis=1) if quantiles else None,
    )


def combined_from_windows(
    members: Members, panel: Panel, windows: Windows, h: int, state: PartState = NOTHING
) -> Forecast:
    """As `from_windows`, members combined: the distributions of each are never there as a whole."""
    how = members.settings.combine
    blocks = [each.combined(how) for each in _in_blocks(members, panel, windows, h, state)]
    return blocks[0] if len(blocks) == 1 else joined(blocks)


def points_from_windows(
    members: Members, panel: Panel, windows: Windows, h: int, choices: Sequence[Sequence[int]]
) -> list[Floats]:
    """[choices] of [windows, h]: as `combined_from_windows`, of some of the members each time.

    Args:
        members: trained; all of them forecast once.
        panel: as for `from_windows`.
        windows: as for `from_windows`.
        h: rows to forecast.
        choices: places of the members that are combined.
    """
    how = members.settings.combine
    blocks = [each.point for each in _in_blocks(members, panel, windows, h, NOTHING)]
    return [
        np.concatenate([MemberForecast(each[[*own]], None).combined(how).point for each in blocks])
        for own in choices
    ]


def _in_blocks(
    members: Members, panel: Panel, windows: Windows, h: int, state: PartState
) -> Iterator[MemberForecast]:
    """The forecasts of `from_windows`, of so many windows at a time."""
    if members.part.apart:
        windows, panel = of_every_target(panel, windows), members.read(panel)
    runner, rows = members.rows(panel, windows, state.level)
    origins, back = members.grouped(windows)
    memory = state.memory
    if members.settings.stateful and not memory:
        memory = memory_before(members, panel, windows)
    work = _Work(members, runner, rows, panel, filled(panel), members.view.effects_of(panel), h)
    number = origins.shape[1]
    size = _BLOCK_DRAWN if work.draws else _at_once(h)
    if members.groups > 1 or number <= size:
        # Local networks forecast few windows each: those of all are one block.
        yield work.forecast(_Block(windows, origins, back, memory))
        return
    for first in range(0, number, size):
        now = slice(first, first + size)
        some = windows.where(now)
        held = [np.asarray(part)[:, now] for part in memory]
        yield work.forecast(_Block(some, origins[:, now], np.arange(len(some)), held))


@dataclass(frozen=True)
class _Block:
    """Windows that are forecast together.

    Attributes:
        windows: over `first_target(panel)`.
        origins: [groups, samples] of them.
        back: where each window is in these, flattened.
        memory: before each sample, [members, samples, units] each; empty where none is carried.
    """

    windows: Windows
    origins: Integers
    back: Integers
    memory: State


@dataclass(frozen=True)
class _Work:
    """What the blocks of a forecast share.

    Attributes:
        members: whose forecast it is.
        runner: their forward pass.
        rows: of the panel, as they are read.
        panel: the series.
        past: [rows] their values, gaps filled.
        effects: [rows] of columns, or None.
        h: rows to forecast.
    """

    members: Members
    runner: Runner
    rows: Rows
    panel: Panel
    past: Floats
    effects: Floats | None
    h: int

    @property
    def draws(self) -> bool:
        """Whether a distribution is fed back."""
        settings = self.members.settings
        return not isinstance(settings.output, Point) and self.h > settings.framing.horizon

    def forecast(self, block: _Block) -> MemberForecast:
        """What follows the windows of a block."""
        members, runner = self.members, self.runner
        samples = around(members, self.rows, block.origins, runner.reach(self.h))
        before = empty_or_given(members, runner, block.origins.shape[1], block.memory)
        inputs = ForecastInputs(members.weights, samples, before)
        found = runner.forecast(inputs, self.h, program=members.program, block=members.block)
        quantiles = None
        if not isinstance(members.settings.output, Point):
            scaled = _quantiles(members, found, samples.scale)
            if self.draws:
                scaled = _drawn(runner, inputs, self.h, scaled)
            quantiles = self._in_units(scaled, block)
        center = np.asarray(found.center)[..., None]
        return MemberForecast(self._in_units(center, block)[..., 0], quantiles)

    def _in_units(self, scaled: Floats, block: _Block) -> Floats:
        """[groups, members, samples, h, targets, values] as [members, samples, h, values]."""
        groups, number, samples, h, targets, values = scaled.shape
        rows = np.moveaxis(scaled, (1, 5), (0, 1)).reshape(
            number * values, groups * samples, h, targets
        )
        by_series = rows[:, block.back].swapaxes(2, 3).reshape(number * values, -1, h).astype(float)
        own, view = of_every_target(self.panel, block.windows), self.members.view
        history = rows_before(self.past, own.origin, view.scaler.lag)
        units = view.in_units([*by_series], self.panel, own, history, self.effects)
        return np.moveaxis(np.stack(units).reshape(number, values, -1, h), 1, -1)


def _at_once(h: int) -> int:
    """Windows whose forecasts of so many rows are in memory at once: a power of two."""
    return _BLOCK >> max(0, (h - 1).bit_length() - _MOST_BITS)


def ahead(members: Members, panel: Panel, h: int, rows: Integers | None = None) -> Floats:
    """[members, series, h] what follows the first `rows` [series] of each series, or all."""
    known = None if rows is None else rows[:: len(panel.targets)]
    return from_windows(members, panel, last_windows(first_target(panel), known), h).point


def one_step(members: Members, panel: Panel, newest: Integers | None = None) -> Floats:
    """Every row forecast one step ahead from the rows before it.

    Args:
        members: trained.
        panel: the series.
        newest: [series] forecast only so many last rows of each series; None forecasts all.

    Returns:
        [members, rows] in the user's units; NaN in the first `context_rows` of each series, and
        where no forecast is wanted.
    """
    panel = members.read(panel)
    ids, windows = first_target(panel), every_window(members, panel)
    wanted = np.ones(len(windows), bool)
    if newest is not None:
        wanted = windows.origin >= (ids.offsets[1:] - newest[:: len(panel.targets)])[windows.series]
    if members.settings.stateful:
        # The state has to read all rows.
        center = along(members, panel, windows)[0][:, wanted]
        windows = windows.where(wanted)
    else:
        windows = windows.where(wanted)
        runner, rows = members.rows(panel, windows)
        origins, back = members.grouped(windows)
        center = np.asarray(runner.at_windows(members.weights, rows, origins, 1).center)
        center = center.swapaxes(0, 1).reshape(members.number, -1, *center.shape[3:])[:, back]
    forecasts = np.full((members.number, panel.rows), np.nan)
    own, view = of_every_target(panel, windows), members.view
    history = rows_before(filled(panel), own.origin, view.scaler.lag)
    scaled = np.asarray(center[:, :, 0], float).reshape(members.number, -1, 1)
    units = view.in_units([*scaled], panel, own, history, view.effects_of(panel))
    for member, values in zip(forecasts, units, strict=True):
        member[own.origin] = values[:, 0]
    return forecasts


def traced(members: Members, panel: Panel, h: int) -> Program | None:
    """The program of a forecast of `h` rows from the end of each series.

    Members that were loaded with a program keep that one.
    """
    if members.program is not None:
        return members.program
    panel = members.read(panel)
    windows = last_windows(first_target(panel))
    runner, rows = members.rows(panel, windows)
    origins, _ = members.grouped(windows)
    # Only the shapes matter.
    samples = around(members, rows, origins, runner.reach(h))
    before = empty_or_given(members, runner, origins.shape[1], [])
    return Program.of(runner, ForecastInputs(members.weights, samples, before), h)


def around(members: Members, rows: Rows, origins: Integers, reach: int) -> SampleRows:
    """[groups, samples, look_back + reach, ...] the rows around origins [groups, samples]."""
    flat = members.view.sample_rows(rows, origins.reshape(-1), reach)
    grouped: SampleRows = jax.tree.map(
        lambda array: array.reshape(*origins.shape, *array.shape[1:]), flat
    )
    return grouped


def _quantiles(members: Members, found: NetworkOutput, scale: Any) -> Floats:
    """[groups, members, samples, h, targets, probabilities], scaled."""
    raw = np.asarray(found.raw, float)
    units = np.ones(raw.shape[:-1])
    if scale is not None:
        units = np.broadcast_to(scale[:, None, :, None], units.shape)
    scaled = members.settings.output.quantiles(raw, units, PROBABILITIES)
    if found.spread is not None:
        scaled *= np.asarray(found.spread, float)[..., None]
    scaled += np.asarray(found.level, float)[..., None]
    return scaled


def _drawn(runner: Runner, inputs: ForecastInputs, h: int, scaled: Floats) -> Floats:
    """The quantiles, beyond the horizon replaced by those of random continuations."""
    groups, number = scaled.shape[:2]
    keys = jax.vmap(jax.random.key)(np.arange(groups * number)).reshape(groups, number)
    horizon, found = runner.framing.horizon, scaled.copy()
    for first in range(0, scaled.shape[2], _DRAWN_AT_ONCE):
        # The last chunk repeats earlier samples, so that it needs no program for fewer samples.
        last = min(first + _DRAWN_AT_ONCE, scaled.shape[2])
        now = slice(max(0, last - _DRAWN_AT_ONCE), last)
        many = jax.tree.map(lambda array: np.repeat(array[:, now], _PATHS, axis=1), inputs.rows)  # noqa: B023 (called at once)
        state = [np.repeat(np.asarray(part)[:, :, now], _PATHS, axis=2) for part in inputs.state]
        drawn = runner.forecast(ForecastInputs(inputs.weights, many, state), h, keys)
        center = np.asarray(drawn.center, float)
        paths = center.reshape(*center.shape[:2], -1, _PATHS, *center.shape[3:])
        shares = np.moveaxis(np.quantile(paths, PROBABILITIES, axis=3), 0, -1)
        found[:, :, now, horizon:] = shares[..., horizon:, :, :]
    return found
