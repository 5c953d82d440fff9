"""Forecasts of members from any windows of a panel, in the user's units."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.data import filled
from gatecast.forecasting.members._forecast import MemberForecast
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
from gatecast.network import Point

# Random continuations per series where a distribution is fed back beyond the horizon.
_PATHS = 200
_DRAWN_AT_ONCE = 100


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
    runner, rows = members.rows(panel, windows, state.level)
    origins, back = members.grouped(windows)
    samples = _around(members, rows, origins, runner.reach(h))
    memory = state.memory
    if members.settings.stateful and not memory:
        memory = memory_before(members, panel, windows)
    before = empty_or_given(members, runner, origins.shape[1], memory)
    inputs = ForecastInputs(members.weights, samples, before)
    found = runner.forecast(inputs, h, program=members.program, block=members.block)
    quantiles = None
    if not isinstance(members.settings.output, Point):
        scaled = _quantiles(members, found, samples.scale)
        if h > members.settings.framing.horizon:
            scaled = _drawn(runner, inputs, h, scaled)
        quantiles = _in_units(members, scaled, panel, windows, back)
    center = np.asarray(found.center)[..., None]
    return MemberForecast(_in_units(members, center, panel, windows, back)[..., 0], quantiles)


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
    own, scaler = of_every_target(panel, windows), members.view.scaler
    history = rows_before(filled(panel), own.origin, scaler.lag)
    for member, values in zip(forecasts, np.asarray(center[:, :, 0], float), strict=True):
        member[own.origin] = scaler.inverse(values.reshape(-1, 1), own.series, history)[:, 0]
    return forecasts


def traced(members: Members, panel: Panel, h: int) -> Program | None:
    """The program of a forecast of `h` rows from the end of each series.

    Members that were loaded with a program keep that one.
    """
    if members.program is not None:
        return members.program
    windows = last_windows(first_target(panel))
    runner, rows = members.rows(panel, windows)
    origins, _ = members.grouped(windows)
    # Only the shapes matter.
    samples = _around(members, rows, origins, runner.reach(h))
    before = empty_or_given(members, runner, origins.shape[1], [])
    return Program.of(runner, ForecastInputs(members.weights, samples, before), h)


def _around(members: Members, rows: Rows, origins: Integers, reach: int) -> SampleRows:
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
    quantiles = members.settings.output.quantiles(raw, units, PROBABILITIES)
    scaled: Floats = quantiles + np.asarray(found.level, float)[..., None]
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


def _in_units(
    members: Members, scaled: Floats, panel: Panel, windows: Windows, back: Integers
) -> Floats:
    """[groups, members, samples, h, targets, values] as [members, samples, h, values]."""
    groups, number, samples, h, targets, values = scaled.shape
    rows = np.moveaxis(scaled, (1, 5), (0, 1)).reshape(
        number * values, groups * samples, h, targets
    )
    by_series = rows[:, back].swapaxes(2, 3).reshape(number * values, -1, h).astype(float)
    own, scaler = of_every_target(panel, windows), members.view.scaler
    history = rows_before(filled(panel), own.origin, scaler.lag)
    units = [scaler.inverse(each, own.series, history) for each in by_series]
    return np.moveaxis(np.stack(units).reshape(number, values, -1, h), 1, -1)
