"""The prior of `_series` in JAX, so that series are drawn where networks are trained.

Every line has its counterpart there, where its reasons stand; a test compares what both draw.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from pretraining._chances import Chances, carried

# A season of fewer rows has no room for waves.
_FEWEST_WITH_WAVES = 5
# Series of more rows are of weeks, days or hours.
_LONG = 250


class Base(NamedTuple):
    """Series without their season.

    Attributes:
        y: [series, rows] logarithms.
        size: [series, 1] of their noise, which their season goes by; zero of those without one.
    """

    y: Any
    size: Any


def structural(chances: Chances, rows: int) -> Base:
    """Level, trend, cycle and noise.

    Args:
        chances: of how many series.
        rows: of each.
    """
    size = jnp.exp(np.log(0.05) + chances.normal(1)).clip(0.002, 0.6)
    y = _sum(chances, rows, size)
    return Base(jnp.where(chances.some(0.5), _linear(chances, y), y), size)


def _sum(chances: Chances, rows: int, size: Any) -> Any:
    # The share of what cannot be foreseen that stays.
    lasting = chances.beta(0.7)
    y = _level(chances, rows, size * jnp.sqrt(lasting))
    y += jnp.cumsum(_slope(chances, rows, size), axis=1)
    y += size * jnp.sqrt(1 - lasting) * autocorrelated(chances, rows)
    y += chances.some(0.03, rows) * chances.some(0.25) * chances.normal(rows) * size * 4
    return y + _cycle(chances, rows, size)


def _level(chances: Chances, rows: int, size: Any) -> Any:
    kept = jnp.where(chances.some(0.4), chances.uniform(0.3, 0.97), 1)
    if rows > _LONG:
        kept = jnp.where(chances.some(0.4), 1 - chances.log_uniform(0.003, 0.1), kept)
    steps = chances.shocks(rows)
    steps += chances.some(1.5 / rows, rows) * chances.some(0.25) * chances.normal(rows) * 4
    return carried(kept, size * steps)


def _slope(chances: Chances, rows: int, size: Any) -> Any:
    first = chances.log_uniform(0.02, 1.5) * jnp.where(chances.some(0.68), size, -size)
    first = jnp.where(chances.some(0.75), first, 0)
    if rows > _LONG:
        first *= chances.log_uniform(0.01, 1)
    mean = jnp.where(chances.some(0.4), first, 0)
    wander = jnp.where(chances.some(0.35), size * chances.log_uniform(0.01, 0.5), 0)
    damped = jnp.where(chances.some(0.5), 1, chances.uniform(0.7, 1))
    return mean + carried(damped, wander * chances.normal(rows), first - mean)


def autocorrelated(chances: Chances, rows: int) -> Any:
    """[series, rows] noise of unit variance; autocorrelated in half of the series."""
    kept = jnp.where(chances.some(0.5), chances.uniform(-0.4, 0.8), 0)
    shocks = chances.shocks(rows)
    steps = jnp.where(jnp.arange(rows) == 0, shocks, jnp.sqrt(1 - kept**2) * shocks)
    return carried(kept, steps)


def _cycle(chances: Chances, rows: int, size: Any) -> Any:
    height = jnp.where(chances.some(0.4), size * chances.uniform(0.5, 4), 0)
    turn = chances.uniform(2 * np.pi / 60, 2 * np.pi / 12) * np.arange(rows)
    return height * jnp.sin(turn + chances.uniform(0, 2 * np.pi))


def _linear(chances: Chances, y: Any) -> Any:
    return jnp.log(jnp.maximum(1 + (y - y[:, :1]) * chances.uniform(0.5, 1.5), 0.1))


def with_season(chances: Chances, base: Base, season: int) -> Any:
    """[series, rows] with a season that may evolve, multiplicative or additive; some stay as is.

    Args:
        chances: of as many series.
        base: what it is added to.
        season: rows per season, 1 for none.
    """
    y, size = base
    if season == 1:
        return y
    rows = y.shape[1]
    height = jnp.maximum(size, 0.01) * jnp.exp(np.log(1.5) + chances.normal(1))
    height = jnp.where(chances.some(0.8) & (size > 0), height, 0).clip(0, 1.5)
    first = _pattern(chances, season)
    evolves = jnp.where(chances.some(0.5), chances.log_uniform(0.02, 0.3), 0)[..., None]
    cycles = -(-rows // season)
    every = first[:, None] + jnp.cumsum(chances.normal(cycles, season) * evolves, axis=1)
    every -= every.mean(2, keepdims=True)
    shape = every.reshape(chances.series, -1)[:, :rows] * height
    shrinking = shape * jnp.exp(-(y - y[:, :1]).clip(-3, 3))
    return y + jnp.where(chances.some(0.3), jnp.log1p(jnp.maximum(shrinking, -0.8)), shape)


def _pattern(chances: Chances, season: int) -> Any:
    """[series, season] of mean 0 and deviation 1: waves, free numbers, and some spikes."""
    free = chances.normal(season)
    if season >= _FEWEST_WITH_WAVES:
        waves = np.arange(1, season // 2 + 1)
        angle = 2 * np.pi * waves[:, None] * np.arange(season) / season
        share = chances.normal(len(waves), 2) / waves[:, None] ** chances.uniform(0.5, 1.5, 1, 1)
        smooth = share[..., 0] @ np.cos(angle) + share[..., 1] @ np.sin(angle)
        free = jnp.where(chances.some(0.7), smooth, free)
        spikes = chances.normal(season) * chances.some(0.15, season) * 2
        free = free + jnp.where(chances.some(0.4), spikes, 0)
    free = free - free.mean(1, keepdims=True)
    return free / (free.std(1, keepdims=True) + 1e-6)
