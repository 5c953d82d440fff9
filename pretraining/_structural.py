"""The prior of `_series` in JAX, so that series are drawn where networks are trained.

Every line has its counterpart there, where its reasons stand; a test compares what both draw.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from pretraining._random import Draws, carried

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


def structural(draws: Draws, rows: int) -> Base:
    """Level, trend, cycle and noise.

    Args:
        draws: of how many series.
        rows: of each.
    """
    size = jnp.exp(np.log(0.05) + draws.normal(1)).clip(0.002, 0.6)
    y = _sum(draws, rows, size)
    return Base(jnp.where(draws.some(0.5), _linear(draws, y), y), size)


def _sum(draws: Draws, rows: int, size: Any) -> Any:
    # The share of what cannot be foreseen that stays.
    lasting = draws.beta(0.7)
    y = _level(draws, rows, size * jnp.sqrt(lasting))
    y += jnp.cumsum(slope(draws, rows, size), axis=1)
    y += size * jnp.sqrt(1 - lasting) * autocorrelated(draws, rows)
    y += draws.some(0.03, rows) * draws.some(0.25) * draws.normal(rows) * size * 4
    return y + _cycle(draws, rows, size)


def _level(draws: Draws, rows: int, size: Any) -> Any:
    kept = jnp.where(draws.some(0.4), draws.uniform(0.3, 0.97), 1)
    if rows > _LONG:
        kept = jnp.where(draws.some(0.4), 1 - draws.log_uniform(0.003, 0.1), kept)
    steps = draws.shocks(rows)
    steps += draws.some(1.5 / rows, rows) * draws.some(0.25) * draws.normal(rows) * 4
    return carried(kept, size * steps)


def slope(draws: Draws, rows: int, size: Any) -> Any:
    """[series, rows] what is added per row: constant, wandering, or damped.

    Gardner and McKenzie (1985).

    Args:
        draws: of how many series.
        rows: of each.
        size: [series, 1] of their noise.
    """
    first = draws.log_uniform(0.02, 1.5) * jnp.where(draws.some(0.68), size, -size)
    first = jnp.where(draws.some(0.75), first, 0)
    if rows > _LONG:
        first *= draws.log_uniform(0.01, 1)
    mean = jnp.where(draws.some(0.4), first, 0)
    wander = jnp.where(draws.some(0.35), size * draws.log_uniform(0.01, 0.5), 0)
    damped = jnp.where(draws.some(0.5), 1, draws.uniform(0.7, 1))
    return mean + carried(damped, wander * draws.normal(rows), first - mean)


def autocorrelated(draws: Draws, rows: int) -> Any:
    """[series, rows] noise of unit variance; autocorrelated in half of the series."""
    kept = jnp.where(draws.some(0.5), draws.uniform(-0.4, 0.8), 0)
    shocks = draws.shocks(rows)
    steps = jnp.where(jnp.arange(rows) == 0, shocks, jnp.sqrt(1 - kept**2) * shocks)
    return carried(kept, steps)


def _cycle(draws: Draws, rows: int, size: Any) -> Any:
    height = jnp.where(draws.some(0.4), size * draws.uniform(0.5, 4), 0)
    turn = draws.uniform(2 * np.pi / 60, 2 * np.pi / 12) * np.arange(rows)
    return height * jnp.sin(turn + draws.uniform(0, 2 * np.pi))


def _linear(draws: Draws, y: Any) -> Any:
    return jnp.log(jnp.maximum(1 + (y - y[:, :1]) * draws.uniform(0.5, 1.5), 0.1))


def with_season(draws: Draws, base: Base, season: int) -> Any:
    """[series, rows] with a season that may evolve, multiplicative or additive; some stay as is.

    Args:
        draws: of as many series.
        base: what it is added to.
        season: rows per season, 1 for none.
    """
    y, size = base
    if season == 1:
        return y
    rows = y.shape[1]
    height = jnp.maximum(size, 0.01) * jnp.exp(np.log(1.5) + draws.normal(1))
    height = jnp.where(draws.some(0.8) & (size > 0), height, 0).clip(0, 1.5)
    first = _pattern(draws, season)
    evolves = jnp.where(draws.some(0.5), draws.log_uniform(0.02, 0.3), 0)[..., None]
    cycles = -(-rows // season)
    every = first[:, None] + jnp.cumsum(draws.normal(cycles, season) * evolves, axis=1)
    every -= every.mean(2, keepdims=True)
    shape = every.reshape(draws.series, -1)[:, :rows] * height
    shrinking = shape * jnp.exp(-(y - y[:, :1]).clip(-3, 3))
    return y + jnp.where(draws.some(0.3), jnp.log1p(jnp.maximum(shrinking, -0.8)), shape)


def _pattern(draws: Draws, season: int) -> Any:
    """[series, season] of mean 0 and deviation 1: waves, free numbers, and some spikes."""
    free = draws.normal(season)
    if season >= _FEWEST_WITH_WAVES:
        waves = np.arange(1, season // 2 + 1)
        angle = 2 * np.pi * waves[:, None] * np.arange(season) / season
        share = draws.normal(len(waves), 2) / waves[:, None] ** draws.uniform(0.5, 1.5, 1, 1)
        smooth = share[..., 0] @ np.cos(angle) + share[..., 1] @ np.sin(angle)
        free = jnp.where(draws.some(0.7), smooth, free)
        spikes = draws.normal(season) * draws.some(0.15, season) * 2
        free = free + jnp.where(draws.some(0.4), spikes, 0)
    free = free - free.mean(1, keepdims=True)
    return free / (free.std(1, keepdims=True) + 1e-6)
