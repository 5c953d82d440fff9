"""Which past rows a forecast responds to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from gatecast._types import Floats, Integers, Panel
from gatecast.data import extend
from gatecast.forecasting._model import Model
from gatecast.forecasting.inspection._gates import gates, gates_of, half_lives, memory_of
from gatecast.forecasting.members import Members, PartState, Runner
from gatecast.forecasting.online import on_history
from gatecast.framing import (
    SampleRows,
    Windows,
    first_target,
    last_windows,
    next_level,
    training_windows,
)
from gatecast.network import State

# At most so many windows are differentiated, and gates of so many series are returned.
_MOST_WINDOWS = 64
_MOST_SERIES = 16
# Windows that are differentiated at once, and derivatives of each of their members: bounds memory.
_AT_ONCE, _MOST_AT_ONCE = 8, 500_000
# Derivatives in all, by each member: fewer windows where there are many rows.
_MOST_DERIVATIVES = 8_000_000

# Share of the sensitivity that the effective memory carries.
_CARRIED = 0.95
# An effective memory of at most this share of `look_back`: it is longer than needed.
_MUCH = 0.5
# With equal sensitivities the oldest quarter of the lags would carry a quarter of the total. If it
# carries half of that, `look_back` may be too short.
_OLDEST = 0.25
_STILL = 0.125


@dataclass(frozen=True)
class Inspection:
    """What a forecaster remembers.

    Attributes:
        gates: as `gates` returns them, of some series; without rows if the cells have none.
        half_life: `member`, `layer`, `unit`, `half_life` in rows; as `half_lives`.
        sensitivity: `lag`, `step`, `sensitivity`; as `sensitivity`.
        effective_memory: so many of the newest lags carry 95 % of the sensitivity.
        summary: what this means for `look_back`, in words.
    """

    gates: pd.DataFrame
    half_life: pd.DataFrame
    sensitivity: pd.DataFrame
    effective_memory: int
    summary: str


def inspect_model(model: Model, panel: Panel | None = None, unique_id: Any = None) -> Inspection:
    """The gates, and the rows that the forecast responds to.

    Args:
        model: fitted.
        panel: histories to look at; else the last window of each series.
        unique_id: return the gates of this series alone; else of a few.

    Raises:
        InputError: as `gates`, where a series is named.
    """
    standing = model if panel is None else on_history(model, panel)
    if unique_id is not None:
        traces = gates(standing, unique_id=unique_id)
    else:
        traces = gates_of(
            standing, _some(len(first_target(standing.context.panel).ids), _MOST_SERIES)
        )
    found = _sensitivity_of(standing, panel)
    half_life = half_lives(traces)
    summary = _about_memory(
        found, chosen=all(part.part.role == "own" for part in standing.members.parts)
    )
    if len(half_life):
        middle = half_life["half_life"].median()
        summary += f" Half of what a typical unit holds is gone after {middle:.1f} steps."
    return Inspection(traces, half_life, found, effective_memory(found), summary)


def sensitivity(model: Model, panel: Panel | None = None) -> pd.DataFrame:
    """How much the forecast moves with each row it looks back on.

    The exact derivative |d forecast / d value|, both in scaled units (so after differencing, if
    the scaler differences), averaged over windows, members and variants; summed over the columns
    read and averaged over those forecast, where there are several. Where forecasts are fed back,
    the derivative goes through them too; the state before the window is held fixed.
    Gradients as saliency: Simonyan et al. (2014).

    Args:
        model: fitted.
        panel: average over windows of these histories (at most 64, evenly chosen); without it,
            and where state is carried or each series has its own network, over the last window
            of each series.

    Returns:
        `lag` (1 is the newest row), `step` (rows ahead, from 1), `sensitivity`.
    """
    return _sensitivity_of(model if panel is None else on_history(model, panel), panel)


def _sensitivity_of(standing: Model, panel: Panel | None) -> pd.DataFrame:
    """As `sensitivity`, of a model whose context is the end of the panel."""
    states, known = standing.context.states, standing.context.panel
    if panel is not None:
        # At the first row of a whole history there is no level yet.
        states, known = [PartState(state.memory, None) for state in states], panel
    parts = standing.members.parts
    found = [_of_part(*pair, known, standing.h) for pair in zip(parts, states, strict=True)]
    longest = max(each.shape[1] for each in found)
    # A part that looks back less does not respond to older rows.
    padded = [np.pad(each, ((0, 0), (0, longest - each.shape[1]))) for each in found]
    mean = np.mean(padded, axis=0)
    step, lag = np.indices(mean.shape).reshape(2, -1) + 1
    return pd.DataFrame({"lag": lag, "step": step, "sensitivity": mean.reshape(-1)})


def effective_memory(found: pd.DataFrame) -> int:
    """How many of the newest lags carry 95 % of the total absolute sensitivity.

    Args:
        found: as `sensitivity` returns it.
    """
    share = _shares(found)
    return int(np.searchsorted(np.cumsum(share), _CARRIED - 1e-9)) + 1 if share.any() else 0


def _shares(found: pd.DataFrame) -> Floats:
    """[lags] the share of each lag in the total, newest first."""
    by_lag = found.groupby("lag")["sensitivity"].sum().to_numpy(float)
    share: Floats = by_lag / (by_lag.sum() or 1.0)
    return share


def _about_memory(found: pd.DataFrame, *, chosen: bool) -> str:
    """The summary in words, with a judgement of look_back where the user has chosen it."""
    share, rows = _shares(found), effective_memory(found)
    look_back = len(share)
    if not rows:
        return f"The forecast does not respond to the {look_back} rows it looks back on."
    steps = "1 step" if rows == 1 else f"{rows} steps"
    if not chosen:
        return f"Effective memory is about {steps} of the {look_back} that it looks back on."
    oldest = share[-int(np.ceil(_OLDEST * look_back)) :]
    if rows <= _MUCH * look_back:
        verdict = "is longer than needed"
    elif oldest.sum() >= _STILL:
        lags = (
            f"{len(oldest)} oldest lags still carry"
            if len(oldest) > 1
            else "oldest lag still carries"
        )
        verdict = f"may be too short (the {lags} {100 * oldest.sum():.0f} %)"
    else:
        verdict = "is about right"
    return f"Effective memory is about {steps}: look_back={look_back} {verdict}."


def _some(count: int, most: int) -> Integers:
    """At most so many of the numbers below `count`, evenly spread, with the last one."""
    return np.unique(np.linspace(count - 1, 0, min(count, most)).round().astype(int))


def _windows(part: Members, ids: Panel, known: Integers, h: int) -> Windows:
    """The windows to differentiate, over rows that go on beyond the known ones."""
    last, each = last_windows(ids, known), h * part.settings.framing.look_back
    most = int(np.clip(_MOST_DERIVATIVES // each, 1, _MOST_WINDOWS))
    if part.one_origin:
        return last.where(_some(len(last), most))
    look_back, lag = part.settings.framing.look_back, part.view.scaler.lag
    every = training_windows(ids, look_back, 0, skip=lag, rows=known)
    chosen = every if len(every) else last
    return chosen.where(_some(len(chosen), most))


def _of_part(part: Members, state: PartState, known: Panel, h: int) -> Floats:
    """[h, lags], the newest lag first."""
    known, reach = part.read(known), part.runner(masked=False).reach(h)
    ahead = extend(known, reach, step=part.view.step)
    windows = _windows(part, first_target(ahead), first_target(known).lengths, h)
    runner, rows = part.rows(ahead, windows, state.level)
    own = part.view.sample_rows(rows, windows.origin, reach)
    group = windows.series if part.groups > 1 else np.zeros_like(windows.series)
    memory = memory_of(part, state, runner, windows.series)
    found = np.asarray(_derivatives(runner, h, part.weights, own, group, memory), float)
    mean: Floats = found.mean(axis=(0, 1))
    return mean[:, ::-1]


@partial(jax.jit, static_argnums=(0, 1))
def _derivatives(
    runner: Runner, h: int, weights: Any, rows: SampleRows, group: Any, memory: State
) -> Any:
    """[samples, members, h, look_back] absolute derivatives.

    Args:
        runner: the forward pass.
        h: rows to forecast.
        weights: [groups, members, ...] each.
        rows: of each sample, as `Runner.beyond` takes them, [samples, ...].
        group: [samples] whose weights are taken.
        memory: hidden and cell state before the window, [samples, members, units] each.
    """
    look_back = runner.framing.look_back

    def sample(sample: Any) -> Any:
        rows, group, memory = sample
        own = jax.tree.map(lambda value: value[group], weights)

        def forecast(window: Any, weights: Any, memory: State) -> Any:
            seen = _with_window(runner, rows, window)
            # One group, one member, one sample.
            weights, seen = jax.tree.map(lambda part: part[None, None], (weights, seen))
            memory = [part[None, None, None] for part in memory]
            return runner.beyond(weights, seen, memory, h).center[0, 0, 0]

        window = rows.values[:look_back]

        def member(weights: Any, memory: State) -> Any:
            center, pull = jax.vjp(lambda window: forecast(window, weights, memory), window)
            each = jnp.eye(center.size).reshape(-1, *center.shape)
            # By what moves (step, target), then by what moves it (row, target).
            found = jax.lax.map(lambda one: pull(one)[0], each, batch_size=at_once)
            return jnp.abs(found).sum(-1).reshape(*center.shape, -1).mean(1)

        return jax.vmap(member)(own, memory)

    at_once = max(1, _MOST_AT_ONCE // look_back)
    windows = int(np.clip(_MOST_AT_ONCE // (h * look_back), 1, _AT_ONCE))
    return jax.lax.map(sample, (rows, group, memory), batch_size=windows)


def _with_window(runner: Runner, rows: SampleRows, window: Any) -> SampleRows:
    """The rows with other values in the window, and the smoothed level after those."""
    look_back = runner.framing.look_back
    moved = replace(rows, values=rows.values.at[:look_back].set(window))
    if rows.level is None:
        return moved
    change = window - rows.values[:look_back]
    observed = jnp.ones(look_back, bool) if rows.observed is None else rows.observed[:look_back]

    def smooth(level: Any, row: tuple[Any, Any]) -> tuple[Any, None]:
        value, counts = row
        return next_level(level, value, runner.framing.smoothing, counts), None

    # The level is linear in the values, so it changes by the smoothed change.
    by, _ = jax.lax.scan(smooth, jnp.zeros_like(change[0]), (change, observed))
    return replace(moved, level=rows.level.at[look_back - 1].add(by))
