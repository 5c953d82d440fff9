"""What a part keeps between values that arrive one by one, and how a new row moves it on.

All values here are scaled, as in `gatecast.forecasting._rollout`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import Panel
from gatecast.forecasting._combination import Start
from gatecast.forecasting._ensemble import Ensemble
from gatecast.forecasting._rollout import Runner
from gatecast.framing import Rows, last_windows, leads, stretches
from gatecast.network import State


class Carry(NamedTuple):
    """Where a part stands; its size does not depend on the history.

    Attributes:
        rows: the last `look_back` rows of each sample, then those to forecast, as `stretches`.
        level: [groups, samples, targets] the smoothed level after the last row, NaN where nothing
            was observed yet; None for other levels.
        memory: before the window that ends with the last row, as in `Runner.beyond`; empty where
            none is carried.
        memory_observed: before the window that ends with the last row that was observed.
    """

    rows: Rows
    level: Any
    memory: State
    memory_observed: State


class New(NamedTuple):
    """Rows that arrive.

    Attributes:
        values: [rows, series] scaled, gaps bridged.
        observed: [rows, series] False at a gap.
        columns: [rows, groups, samples, columns] of the last row that a forecast then reaches;
            None without calendar columns.
    """

    values: Any
    observed: Any
    columns: Any


@dataclass(frozen=True)
class Stepper:
    """How a part moves on; a value, so that equal ones share programs.

    Attributes:
        runner: the forward pass.
        h: rows to forecast.
        bridges: whether a gap counts as an observation of the value before it.
    """

    runner: Runner
    h: int
    bridges: bool

    def __call__(self, weights: Any, carry: Carry, new: New) -> tuple[Carry, Any]:
        """Where the part stands after new rows, and the center of what follows them."""
        shape = (len(new.values), *carry.rows["values"].shape[:2], -1)
        by_sample = new._replace(
            values=new.values.reshape(shape), observed=new.observed.reshape(shape)
        )
        carry, _ = jax.lax.scan(
            lambda carry, row: (self._seen(weights, carry, row), None), carry, by_sample
        )
        memory = carry.memory or self._empty(weights, carry.rows)
        return carry, self.runner.beyond(weights, carry.rows, memory, self.h).center

    def _seen(self, weights: Any, carry: Carry, new: New) -> Carry:
        """After one row, [groups, samples, targets] each."""
        any_target = new.observed.any(-1)
        memory, observed = carry.memory, carry.memory_observed
        if memory:
            memory = self._remembered(weights, carry)
            observed = _where(any_target, memory, observed)
        level = carry.level
        if level is not None:
            # level += smoothing * (value - level), from the first value.
            change = self.runner.framing.smoothing * (new.values - level)
            moved = jnp.where(jnp.isnan(level), new.values, level + change)
            level = jnp.where(new.observed & ~jnp.isnan(new.values), moved, level)
        return Carry(self._shifted(carry.rows, new, any_target, level), level, memory, observed)

    def _remembered(self, weights: Any, carry: Carry) -> State:
        """The memory after the window so far, where a series has a whole one."""
        after = self.runner.after(weights, carry.rows, carry.memory)
        if "position" not in carry.rows:
            return after
        newest = self.runner.framing.look_back - 1
        return _where(carry.rows["position"][:, :, newest] >= newest, after, carry.memory)

    def _shifted(self, rows: Rows, new: New, any_target: Any, level: Any) -> Rows:
        """The rows with the oldest one gone and the new one at the end of the window."""
        look_back = self.runner.framing.look_back

        def with_newest(array: Any, newest: Any, place: int = look_back) -> Any:
            parts = [array[:, :, 1:place], newest[:, :, None], array[:, :, place:]]
            return jnp.concatenate(parts, 2)

        shifted = rows | {"values": with_newest(rows["values"], jnp.nan_to_num(new.values))}
        if level is not None:
            newest = jnp.nan_to_num(level)
            shifted["level"] = rows["level"].at[:, :, look_back - 1].set(newest)
        if "observed" in rows:
            shifted["observed"] = with_newest(rows["observed"], any_target | self.bridges)
            shifted["position"] = rows["position"] + 1
        if "elapsed" in rows:
            # The first row ahead counts from the last one that was observed.
            ahead = jnp.where(any_target, 1, rows["elapsed"][:, :, look_back] + 1)
            shifted["elapsed"] = with_newest(rows["elapsed"], ahead, look_back + 1)
        if new.columns is not None:
            columns = with_newest(rows["past"], new.columns, rows["past"].shape[2])
            shifted |= {"past": columns, "future": columns}
        return shifted

    def _empty(self, weights: Any, rows: Rows) -> State:
        """[groups, members, samples, units] memory of nothing."""
        groups, samples = rows["values"].shape[:2]
        members = jax.tree.leaves(weights)[0].shape[1]
        zero = self.runner.network.zero_state(samples)
        return [jnp.broadcast_to(part, (groups, members, *part.shape)) for part in zero]


@lru_cache(maxsize=32)
def program(steppers: tuple[Stepper, ...]) -> Callable[..., Any]:
    """(weights, carries, new rows), of each part -> carries, centers: one compiled call."""

    def move(weights: Any, carries: Any, new: Any) -> tuple[Any, Any]:
        moved = [
            stepper(*part) for stepper, *part in zip(steppers, weights, carries, new, strict=True)
        ]
        return [carry for carry, _ in moved], [center for _, center in moved]

    compiled: Callable[..., Any] = jax.jit(move, donate_argnums=1)
    return compiled


def stepper_of(part: Ensemble, h: int) -> Stepper:
    """How a part moves on."""
    return Stepper(part.runner(masked=_masked(part)), h, part.view.bridges)


def carry_of(part: Ensemble, start: Start, stepper: Stepper, panel: Panel, ends: Any) -> Carry:
    """Where a part stands after the first rows of each series.

    Args:
        part: the ensemble.
        start: what it carries into the panel.
        stepper: that will move it on.
        panel: the last rows of each series and those to forecast.
        ends: [series] how many of them are past.
    """
    targets = len(panel.targets)
    rows = part.view.rows(panel, masked=_masked(part), level=start.level)
    origin = last_windows(leads(panel), ends[::targets]).origin
    own = stretches(part.view, rows, origin, stepper.runner.reach(stepper.h))
    last = panel.offsets[:-1] + ends - 1
    level = part.level_before(panel, last - part.view.scaler.lag, start.level)
    return Carry(
        {name: _by_group(part, array) for name, array in own.items()},
        None if level is None else _by_group(part, level.reshape(-1, targets).astype(np.float32)),
        *([jnp.array(value)[None] for value in start.memory] for _ in range(2)),
    )


def _masked(part: Ensemble) -> bool:
    """Whether steps can be empty: wherever the network can pass over them."""
    return part.masked or part.settings.framing.shape == "steps"


def _by_group(part: Ensemble, array: Any) -> Any:
    """[samples, ...] as [groups, samples, ...], on the device."""
    return jnp.array(array).reshape(part.groups, -1, *array.shape[1:])


def _where(chosen: Any, new: Sequence[Any], old: Sequence[Any]) -> State:
    """[groups, members, samples, units] each, by [groups, samples]."""
    return [jnp.where(chosen[:, None, :, None], *pair) for pair in zip(new, old, strict=True)]
