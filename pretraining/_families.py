"""Families of synthetic series, mixed evenly beside the prior of level, trend and season.

What published models that learn from synthetic series alone draw from (KernelSynth of Chronos,
Ansari et al. 2024; TempoPFN; an even mix is as good as the best single family: arXiv 2606.09912).
All are in logarithms, or what `gatecast.framing.scaling.Asinh` makes of zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from pretraining._random import Draws
from pretraining._structural import Base, autocorrelated, slope, structural, with_season

Family: TypeAlias = Callable[[Draws, int], Base]
"""(draws, rows) -> series without the calendar's season."""

# No series moves further than this from its mean: e^6 is four hundredfold.
_WIDEST = 6.0
_FEATURES = 24
_REGIMES = 3
# As `Asinh` has it where some values are zero: it begins to bend at this share of the mean.
_BEND = 0.1


def kernels(draws: Draws, rows: int) -> Base:
    """Gaussian processes: sums and products of smooth, rough, periodic and linear ones, and noise.

    Stationary kernels by random features (Rahimi and Recht 2007).
    """
    size = jnp.exp(np.log(0.15) + draws.normal(1)).clip(0.005, 1)
    parts = [
        _smooth(draws, rows, draws.log_uniform(rows / 3, 2 * rows)),
        # A mixture of lengths is what a rational quadratic kernel is.
        _smooth(draws, rows, draws.log_uniform(3, rows / 2) * draws.log_uniform(0.5, 2)),
        _wave(draws, rows, draws.log_uniform(4, rows / 3)),
        draws.normal(1) * np.linspace(-1.5, 1.5, rows),
    ]
    kept = [jnp.where(draws.some(0.55), part, 0) for part in parts]
    product = jnp.where(draws.some(0.3), parts[0] * parts[2], 0)
    noise = draws.log_uniform(0.03, 1)
    return Base(size * (sum(kept) + product + noise * draws.shocks(rows)), size * noise)


def _smooth(draws: Draws, rows: int, length: Any) -> Any:
    """[series, rows] of unit variance with a squared-exponential kernel."""
    turn = draws.normal(_FEATURES) / length
    phase = draws.uniform(0, 2 * np.pi, _FEATURES)
    waves = jnp.cos(turn[..., None] * np.arange(rows) + phase[..., None])
    return (draws.normal(_FEATURES)[..., None] * waves).sum(1) * np.sqrt(2 / _FEATURES)


def _wave(draws: Draws, rows: int, length: Any) -> Any:
    """[series, rows] of about unit variance: three harmonics of any length."""
    turn = 2 * np.pi * np.arange(rows) / length
    return sum(
        draws.normal(1) / place * jnp.sin(place * turn + draws.uniform(0, 2 * np.pi))
        for place in (1, 2, 3)
    )


def regimes(draws: Draws, rows: int) -> Base:
    """Ornstein-Uhlenbeck processes whose mean, pull and size switch at random times."""
    size = jnp.exp(np.log(0.06) + draws.normal(1)).clip(0.003, 0.6)
    switches = draws.some(1 / draws.log_uniform(6, 60), rows)
    chosen = jax.lax.associative_scan(
        lambda old, new: (old[0] | new[0], jnp.where(new[0], new[1], old[1])),
        (switches, jnp.floor(draws.uniform(0, _REGIMES, rows)).astype(jnp.int32)),
        axis=1,
    )[1]
    mean, pull, loud = (
        jnp.take_along_axis(each, chosen, axis=1)
        for each in (
            size * 5 * draws.normal(_REGIMES),
            draws.log_uniform(0.02, 0.8, _REGIMES),
            size * draws.log_uniform(0.3, 3, _REGIMES),
        )
    )

    def step(before: Any, new: Any) -> tuple[Any, Any]:
        mean, pull, shock = new
        now = before + pull * (mean - before) + shock
        return now, now

    moved = (mean.T, pull.T, (loud * draws.shocks(rows)).T)
    return Base(jax.lax.scan(step, mean[:, 0], moved)[1].T, size)


def steps(draws: Draws, rows: int) -> Base:
    """Levels that stay and jump, growth that saturates, spikes that come by chance or by turns."""
    size = jnp.exp(np.log(0.08) + draws.normal(1)).clip(0.003, 0.6)
    jumps = draws.some(1 / draws.log_uniform(8, 200), rows) * draws.normal(rows)
    y = size * 6 * jnp.cumsum(jumps, axis=1)
    middle, pace = draws.uniform(-0.5, 1.5) * rows, draws.log_uniform(3, rows / 3)
    grown = jax.nn.sigmoid((np.arange(rows) - middle) / pace)
    y += jnp.where(draws.some(0.4), draws.normal(1) * grown, 0)
    by_chance = draws.some(0.04, rows) * jnp.abs(draws.normal(rows))
    every = jnp.floor(draws.log_uniform(3, rows / 2))
    by_turns = (np.arange(rows) + jnp.floor(draws.uniform(0, 60))) % every == 0
    sign = jnp.where(draws.some(0.7), 1, -1)
    y += jnp.where(draws.some(0.4), sign * size * 5 * by_chance, 0)
    y += jnp.where(draws.some(0.4), sign * size * 4 * by_turns, 0)
    noise = size * draws.log_uniform(0.05, 1)
    return Base(y + noise * autocorrelated(draws, rows), noise)


def intermittent(draws: Draws, rows: int) -> Base:
    """Counts of which many are zero: whether there is demand and how much are drawn apart.

    Croston (1972). How often there is some drifts.
    """
    often = jnp.log(draws.log_uniform(0.08, 1.5)) + _smooth(
        draws, rows, draws.log_uniform(rows / 3, 3 * rows)
    ) * draws.uniform(0, 0.7)
    often += jnp.where(draws.some(0.5), 0.5, 0) * _wave(draws, rows, draws.log_uniform(4, rows / 3))
    comes = draws.uniform(0, 1, rows) < 1 - jnp.exp(-jnp.exp(often))
    # Geometric counts from 1 on; a few series sell by the lot.
    share = draws.uniform(0.1, 1)
    more = jnp.floor(jnp.log(draws.uniform(1e-7, 1, rows)) / jnp.log1p(-jnp.minimum(share, 0.999)))
    counts = comes * (1 + more)
    scale = _BEND * jnp.maximum(counts.mean(1, keepdims=True), 1e-3)
    return Base(jnp.arcsinh(counts / scale), jnp.zeros_like(scale))


def seasons(draws: Draws, rows: int) -> Base:
    """The prior's series with one more season on top, longer or shorter than the calendar's."""
    y, size = structural(draws, rows)
    length = jnp.round(draws.log_uniform(3, rows / 2))
    return Base(y + size * draws.log_uniform(0.5, 5) * _wave(draws, rows, length), size)


def trending(family: Family) -> Family:
    """A family whose series have the prior's trends, too, in half of the cases."""

    def draw(draws: Draws, rows: int) -> Base:
        y, size = family(draws, rows)
        trend = jnp.cumsum(slope(draws, rows, size), axis=1)
        return Base(y + jnp.where(draws.some(0.5), trend, 0), size)

    return draw


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "structural": structural,
        "kernels": trending(kernels),
        "regimes": trending(regimes),
        "steps": trending(steps),
        "intermittent": intermittent,
        "seasons": seasons,
    }
)
PRIORS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "structural": {"structural": 1.0},
        "mixed": {
            "structural": 0.8,
            "kernels": 0.05,
            "regimes": 0.03,
            "steps": 0.04,
            "intermittent": 0.04,
            "seasons": 0.04,
        },
    }
)
"""The share of each family."""


def drawn(key: Any, prior: str, series: int, rows: int) -> Base:
    """Draw series without the calendar's season, in no particular order.

    Args:
        key: the same key draws the same series.
        prior: one of `PRIORS`.
        series: how many.
        rows: of each.
    """
    shares = PRIORS[prior]
    ends = np.round(np.cumsum([0, *shares.values()]) * series).astype(int)
    parts = [
        FAMILIES[name](Draws(jax.random.fold_in(key, place), int(count)), rows)
        for place, (name, count) in enumerate(zip(shares, np.diff(ends), strict=True))
        if count
    ]
    if len(parts) == 1:
        return parts[0]
    # Whoever shares series out must not share out families.
    order = jax.random.permutation(jax.random.fold_in(key, len(shares)), series)
    return Base(*(jnp.concatenate(each)[order] for each in zip(*parts, strict=True)))


def finished(key: Any, prior: str, base: Base, season: int) -> Any:
    """[series, rows] logarithms: with their season, some rounded, none too wide.

    Args:
        key: the same key draws the same season.
        prior: where it mixes families, a fifth of the series are rounded to whole numbers.
        base: from `drawn`.
        season: rows per season, 1 for none.
    """
    draws = Draws(key, len(base.y))
    y = with_season(draws, base, season)
    wide = jnp.abs(y - y.mean(1, keepdims=True)).max(1, keepdims=True)
    y *= jnp.minimum(1, _WIDEST / jnp.maximum(wide, 1e-6))
    # Only of what is not too wide can the exponential be taken.
    return _rounded(draws, y) if len(PRIORS[prior]) > 1 else y


def _rounded(draws: Draws, y: Any) -> Any:
    """A fifth of the series as whole numbers, of a level from a few to thousands."""
    level, middle = draws.log_uniform(5, 5000), jnp.median(y, axis=1, keepdims=True)
    # The exponential of what wandered far from 0 would overflow.
    whole = jnp.log(jnp.maximum(jnp.round(jnp.exp(y - middle) * level), 0.3) / level) + middle
    return jnp.where(draws.some(0.2), whole, y)
