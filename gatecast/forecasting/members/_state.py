"""The state of a part: hidden and cell state, and the smoothed level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.forecasting.members._masking import empty_steps
from gatecast.forecasting.members._members import Members
from gatecast.forecasting.members._runner import Runner
from gatecast.framing import (
    SampleRows,
    Windows,
    first_target,
    lane_order,
    training_windows,
    windows_between,
)
from gatecast.network import State

# Series that are moved in one call.
_LANES = 32
# Rows of each that are gathered at once.
_STEPS = 256


@dataclass(frozen=True)
class PartState:
    """What a part needs to forecast, besides the rows it looks back on.

    Attributes:
        memory: hidden and cell state before its last window, [members, ids, units] each; empty
            where none is carried.
        level: [series] the smoothed level before the first row kept, or None.
    """

    memory: State
    level: Floats | None


NOTHING = PartState([], None)
"""The state before the first row of each series."""


def memory_before(members: Members, panel: Panel, windows: Windows) -> State:
    """Hidden and cell state before the given windows, one of each id in order."""
    every = every_window(members, panel)
    first = first_target(panel).offsets[:-1] + members.context_rows
    upto = windows.origin - first
    if members.block is None:
        return along(members, panel, every, upto)[1]
    number = len(first)
    empty = [
        np.zeros((members.number, number, units), np.float32)
        for units in members.runner(masked=False).network.state_units
    ]
    order = lane_order(np.bincount(every.series, minlength=number), upto)
    return _moved(members, panel, every, order, PartState(empty, None))


def memory_after(members: Members, known: Panel, whole: Panel, state: PartState) -> State:
    """Hidden and cell state before the last window of a panel that has grown.

    Args:
        members: that carry it.
        known: the panel before it has grown.
        whole: the same series with more rows.
        state: before the last window of `known`.
    """
    if not state.memory:
        return state.memory
    # `state` is before the last known window: run from there up to the new last window.
    ids = first_target(whole)
    first = np.maximum(first_target(known).lengths, members.context_rows)
    windows = windows_between(ids, first, ids.lengths - 1)
    order = lane_order(np.bincount(windows.series, minlength=len(ids.ids)))
    return _moved(members, whole, windows, order, state)


def _moved(
    members: Members, panel: Panel, windows: Windows, order: Integers, state: PartState
) -> State:
    """The memory of each series after its windows.

    Series are moved row by row, in blocks of the same size: so the memory is the same, bit for bit,
    whether rows arrive one by one or at once, alone or with those of other series.

    Args:
        members: that carry it.
        panel: the series.
        windows: over `first_target(panel)`.
        order: [steps, series] their numbers, -1 for none.
        state: before the windows.
    """
    memory = [np.array(part) for part in state.memory]
    # A window gets a mask only if it needs one, whichever others are moved with it.
    empty = empty_steps(members.settings, panel, windows, members.context_rows)
    prepared = {
        masked: members.rows(panel, windows, state.level, empty=masked)
        for masked in np.unique(empty[order[order >= 0]]).tolist()
    }
    for steps in _runs(order, np.where(order >= 0, empty[order], -1)):
        for masked, (runner, rows) in prepared.items():
            lanes = np.flatnonzero((steps[0] >= 0) & (empty[steps[0]] == masked))
            for lane in _blocks(lanes):
                now = [part[None, :, lane] for part in memory]
                # The rows of many steps are gathered at once, which takes longer than to read one.
                origins = windows.origin[steps[:, lane]]
                own = members.view.sample_rows(rows, origins.reshape(-1), runner.reach(1))
                leaves, kind = jax.tree.flatten(own)
                leaves = [leaf.reshape(*origins.shape, *leaf.shape[1:]) for leaf in leaves]
                for place in range(len(steps)):
                    step = jax.tree.unflatten(kind, [leaf[None, place] for leaf in leaves])
                    now = _after(runner, members.weights, step, now)
                for part, new in zip(memory, now, strict=True):
                    part[:, lane] = np.asarray(new)[0]
    return memory


def _runs(order: Integers, pattern: Integers) -> Iterator[Integers]:
    """Parts of some steps in which the same series are moved, in the same way.

    Args:
        order: [steps, series] what is moved.
        pattern: of the same shape, how.
    """
    changes = np.flatnonzero((pattern[1:] != pattern[:-1]).any(axis=1)) + 1
    for run in np.split(order, changes):
        for first in range(0, len(run), _STEPS):
            yield run[first : first + _STEPS]


def _blocks(lanes: Integers) -> list[Integers]:
    """Some numbers in parts of the same size; the last one is repeated in the last part."""
    starts = range(0, len(lanes), _LANES)
    return [lanes[np.minimum(np.arange(start, start + _LANES), len(lanes) - 1)] for start in starts]


@partial(jax.jit, static_argnums=0)
def _after(runner: Runner, weights: Any, rows: SampleRows, state: State) -> State:
    return runner.after(weights, rows, state)


def level_before(
    members: Members, panel: Panel, place: Integers, level: Floats | None
) -> Floats | None:
    """[series] the smoothed level before the rows that follow the given flat rows.

    A scaler that takes differences leaves the first `lag` of these rows without a scaled value, so
    the level returned is the one after them. It is NaN where there is no row before; None for
    other window levels.
    """
    if members.settings.framing.level != "smoothed":
        return None
    view = members.view
    smooth = view.smoothed(panel, view.scaled_rows(panel), level)
    seen = np.clip(place + view.scaler.lag, 0, panel.rows - 1)
    known = np.where(place >= panel.offsets[:-1], smooth[seen], np.nan)
    return known if level is None else np.where(np.isnan(known), level, known)


def every_window(members: Members, panel: Panel) -> Windows:
    """All windows of a panel from which its next row can be forecast."""
    whole, lag = members.settings.framing.whole, members.view.scaler.lag
    return training_windows(first_target(panel), whole, 1, skip=lag)


def along(
    members: Members, panel: Panel, windows: Windows, upto: Integers | None = None
) -> tuple[Any, State]:
    """[members, samples, horizon, targets] with the state carried along each series; and the state.

    Args:
        members: of a global model.
        panel: the series.
        windows: numbered series by series.
        upto: [series] run only so many leading windows of each series.
    """
    runner, rows = members.rows(panel, windows)
    series = len(first_target(panel).ids)
    order = lane_order(np.bincount(windows.series, minlength=series), upto)
    empty = runner.network.zero_state(series)
    state = [jnp.broadcast_to(part, (members.number, *part.shape)) for part in empty]
    centers, state = runner.along_lanes(members.weights, rows, windows.origin, order, state)
    # Lane by lane, so that samples come back series by series.
    by_lane = np.asarray(centers).swapaxes(1, 2)
    return by_lane[:, order.T >= 0], state


def empty_or_given(members: Members, runner: Runner, samples: int, memory: State) -> State:
    """[groups, members, samples, units] the state before windows; zeros where none is given."""
    if memory:
        return [np.asarray(part)[None] for part in memory]
    shape = (members.groups, members.number, samples)
    return [np.zeros((*shape, units), np.float32) for units in runner.network.state_units]
