"""The state of a part between values that arrive one by one, and its change with each row.

All values here are in scaled units, as in `gatecast.forecasting.members.Runner`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import Integers, Panel
from gatecast.forecasting.members import Members, PartState, Runner, can_mask, level_before
from gatecast.framing import SampleRows, first_target, last_windows, next_level
from gatecast.network import State


class StreamState(NamedTuple):
    """The state of a part; its size does not depend on the history.

    Attributes:
        rows: the last `look_back` rows of each sample, then those to forecast, with an axis of
            groups in front.
        level: [groups, samples, targets] the smoothed level after the last row, NaN where nothing
            was observed yet; None for other levels.
        memory: hidden and cell state before the window that ends with the last row, as in
            `Runner.beyond`; empty where none is carried.
        memory_observed: the same before the window that ends with the last row that was observed.
    """

    rows: SampleRows
    level: Any
    memory: State
    memory_observed: State


class NewRows(NamedTuple):
    """Rows that arrive.

    Attributes:
        values: [rows, series] scaled, gaps filled with the last value before them.
        observed: [rows, series] False at a gap.
        columns: [rows, groups, samples, columns] of the last row that a forecast then reaches;
            None without calendar columns.
    """

    values: Any
    observed: Any
    columns: Any


@dataclass(frozen=True)
class Stepper:
    """Advances a part by new rows; equal ones share compiled programs.

    Attributes:
        runner: the forward pass.
        h: rows to forecast.
        bridges: whether a gap counts as an observation of the value before it.
    """

    runner: Runner
    h: int
    bridges: bool

    def __call__(self, weights: Any, state: StreamState, new: NewRows) -> tuple[StreamState, Any]:
        """The state of the part after new rows, and its point forecast from there."""
        shape = (len(new.values), *state.rows.values.shape[:2], -1)
        by_sample = new._replace(
            values=new.values.reshape(shape), observed=new.observed.reshape(shape)
        )
        state, _ = jax.lax.scan(
            lambda state, row: (self._after(weights, state, row), None), state, by_sample
        )
        memory = state.memory or self._empty(weights, state.rows)
        return state, self.runner.beyond(weights, state.rows, memory, self.h).center

    def _after(self, weights: Any, state: StreamState, new: NewRows) -> StreamState:
        """After one row, [groups, samples, targets] each."""
        any_target = new.observed.any(-1)
        memory, observed = state.memory, state.memory_observed
        if memory:
            memory = self.runner.after(weights, state.rows, memory)
            observed = _where(any_target, memory, observed)
        level = state.level
        if level is not None:
            level = next_level(level, new.values, self.runner.framing.smoothing, new.observed)
        rows = self._shifted(state.rows, new, any_target, level)
        return StreamState(rows, level, memory, observed)

    def _shifted(self, rows: SampleRows, new: NewRows, any_target: Any, level: Any) -> SampleRows:
        """The rows without the oldest one, with the new one at the end of the window."""
        look_back = self.runner.framing.look_back

        def with_newest(array: Any, newest: Any, place: int = look_back) -> Any:
            parts = [array[:, :, 1:place], newest[:, :, None], array[:, :, place:]]
            return jnp.concatenate(parts, 2)

        rows = replace(rows, values=with_newest(rows.values, jnp.nan_to_num(new.values)))
        if level is not None:
            newest = rows.level.at[:, :, look_back - 1].set(jnp.nan_to_num(level))
            rows = replace(rows, level=newest)
        if rows.observed is not None:
            observed = with_newest(rows.observed, any_target | self.bridges)
            rows = replace(rows, observed=observed, position=rows.position + 1)
        if rows.elapsed is not None:
            # For the first row ahead, time is counted from the last observed row.
            ahead = jnp.where(any_target, 1, rows.elapsed[:, :, look_back] + 1)
            rows = replace(rows, elapsed=with_newest(rows.elapsed, ahead, look_back + 1))
        if new.columns is not None:
            columns = with_newest(rows.past, new.columns, rows.past.shape[2])
            rows = replace(rows, past=columns, future=columns)
        return rows

    def _empty(self, weights: Any, rows: SampleRows) -> State:
        """[groups, members, samples, units] the state before the first row: zeros."""
        groups, samples = rows.values.shape[:2]
        members = jax.tree.leaves(weights)[0].shape[1]
        zero = self.runner.network.zero_state(samples)
        return [jnp.broadcast_to(part, (groups, members, *part.shape)) for part in zero]


@lru_cache(maxsize=32)
def program(steppers: tuple[Stepper, ...]) -> Callable[..., Any]:
    """(weights, states, new rows), of each part -> states, centers: one compiled call."""

    def move(weights: Any, states: Any, new: Any) -> tuple[Any, Any]:
        moved = [
            stepper(*part) for stepper, *part in zip(steppers, weights, states, new, strict=True)
        ]
        return [state for state, _ in moved], [center for _, center in moved]

    compiled: Callable[..., Any] = jax.jit(move, donate_argnums=1)
    return compiled


def stepper_of(part: Members, h: int) -> Stepper:
    """The stepper of a part."""
    return Stepper(part.runner(masked=_masked(part)), h, part.view.bridges)


def stream_state(
    part: Members, state: PartState, stepper: Stepper, panel: Panel, ends: Integers
) -> StreamState:
    """The state of a part after the first rows of each series.

    Args:
        part: the members.
        state: of the part before the panel.
        stepper: that will advance it.
        panel: the last rows of each series and those to forecast.
        ends: [series] how many of them are past.
    """
    panel = part.read(panel)
    targets = len(panel.targets)
    rows = part.view.rows(panel, masked=_masked(part), level=state.level)
    origin = last_windows(first_target(panel), ends[::targets]).origin
    own = part.view.sample_rows(rows, origin, stepper.runner.reach(stepper.h))
    last = panel.offsets[:-1] + ends - 1
    level = level_before(part, panel, last - part.view.scaler.lag, state.level)
    return StreamState(
        jax.tree.map(lambda array: _by_group(part, array), own),
        None if level is None else _by_group(part, level.reshape(-1, targets).astype(np.float32)),
        *([jnp.array(value)[None] for value in state.memory] for _ in range(2)),
    )


def _masked(part: Members) -> bool:
    return can_mask(part.settings, trained_with_mask=part.masked)


def _by_group(part: Members, array: Any) -> Any:
    """[samples, ...] as [groups, samples, ...], on the device."""
    return jnp.array(array).reshape(part.groups, -1, *array.shape[1:])


def _where(chosen: Any, new: Sequence[Any], old: Sequence[Any]) -> State:
    """[groups, members, samples, units] each, by [groups, samples]."""
    return [jnp.where(chosen[:, None, :, None], *pair) for pair in zip(new, old, strict=True)]
