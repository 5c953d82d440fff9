"""A window without its level, season and size, which are estimated from the window alone."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

# Rows ahead whose seasonal index, and row one season before, the network is shown.
AHEAD = 24
# Weight of a season's observations compared with those one season later.
_SEASON_DECAY = 0.8
# Weight of an observation in the level compared with the next one.
_LEVEL_DECAY = 0.5
# Spreads below this (in scaled units; on logarithms 0.2 %) are rounding rather than noise.
_LEAST_SPREAD = 2e-3
# Networks are told how many rows there are, up to this number: as many as they read.
_LONG = 60
# How far forecasts may leave the range of the window: in spreads, and in ranges per window length.
_MOST_SPREADS, _MOST_RANGES = 3.0, 1.5
# What they do not fall below: a share of the smallest value, where all of a window are positive.
_LEAST_SHARE = 0.2


class Seen(NamedTuple):
    """Which rows of a window count, [samples, rows] each, as numbers 0 and 1.

    Attributes:
        inside: rows of the series; others are padding before its first row.
        observed: rows with an observation; in others the last one is repeated.
    """

    inside: Any
    observed: Any


class Normal(NamedTuple):
    """A window in units of its own; targets are brought to them by (y - level) / spread.

    Attributes:
        columns: [samples, rows, COLUMNS] what a network reads.
        level: [samples, horizon] the level of the window and the season of each row ahead.
        spread: [samples, 1] the mean absolute change from row to row, without the season.
        low: [samples, horizon] what a forecast may not fall below.
        high: [samples, horizon] what it may not exceed.
    """

    columns: Any
    level: Any
    spread: Any
    low: Any
    high: Any


COLUMNS = 8


class Seasons(NamedTuple):
    """The seasons of a series, and whether a network is told of them.

    Attributes:
        rows: per season, 1 for none.
        longer: rows per longer season, a multiple; 1 for none.
        shown: a network that is not shown the season sees windows without it, as if they never had
            one.
    """

    rows: int
    longer: int = 1
    shown: bool = True


def normalised(values: Any, seen: Seen, seasons: Seasons, horizon: int) -> Normal:
    """Take season, level and spread from windows.

    Level and season are additive: on logarithms the season is multiplicative. The season is that
    of `seasonal_indices`, and a longer one that of what the shorter one leaves; the level an
    exponentially weighted mean of the newest deseasonalised values; the spread the mean absolute
    change between neighbours.

    Args:
        values: [samples, rows] scaled, oldest first, gaps bridged.
        seen: which of them count.
        seasons: where two of one do not fit into the window it is left out.
        horizon: rows of target.
    """
    rows = values.shape[1]
    season, longer = (each if 2 * each <= rows else 1 for each in seasons[:2])
    indices, trusted = seasonal_indices(values, seen, season)
    age = np.arange(rows)[::-1]
    if longer > season:
        left = values - indices[:, age % season]
        indices = jnp.tile(indices, longer // season) + seasonal_indices(left, seen, longer)[0]
    plain = values - indices[:, age % indices.shape[1]]
    weight = seen.inside * _decay(_LEVEL_DECAY, age)
    level = ((plain * weight).sum(1) / jnp.maximum(weight.sum(1), 1e-9))[:, None]
    both = seen.observed[:, 1:] * seen.observed[:, :-1]
    change = jnp.diff(plain, axis=1) * both
    moved = jnp.abs(change).sum(1, keepdims=True) / jnp.maximum(both.sum(1, keepdims=True), 1)
    spread = jnp.maximum(moved, _LEAST_SPREAD)
    ahead = indices[:, (-1 - np.arange(max(horizon, AHEAD))) % indices.shape[1]]
    low, high = _plausible(plain, seen.inside, moved, horizon)
    # A column of zeros is what a network sees of a series without a season.
    shown = float(seasons.shown)
    columns = [
        jnp.arcsinh((plain - level) / spread / 2),
        jnp.arcsinh(jnp.pad(change, ((0, 0), (1, 0))) / spread),
        shown * _at_the_end(jnp.arcsinh(ahead[:, :AHEAD] / spread), rows),
        shown * _a_season_before(plain, level, spread, seen, season),
        *_about(shown * indices, shown * trusted, spread, seen.inside),
    ]
    season_ahead = ahead[:, :horizon]
    low, high = low + season_ahead, high + season_ahead
    # What was never negative is not forecast to be, and what was always positive not to vanish.
    smallest = jnp.where(seen.inside > 0, values, jnp.inf).min(1, keepdims=True)
    low = jnp.where(smallest >= 0, jnp.maximum(low, _LEAST_SHARE * smallest), low)
    high = jnp.maximum(high, low)
    together = jnp.stack(jnp.broadcast_arrays(*columns), -1)
    return Normal(together, level + season_ahead, spread, low, high)


def seasonal_indices(values: Any, seen: Seen, season: int) -> tuple[Any, Any]:
    """The additive seasonal indices of windows, by classical decomposition, shrunken.

    d_t = y_t - centred moving average over one season
    s_p = weighted mean of d_t over the rows of phase p, newer seasons counting more; sum_p s_p = 0
    s_p <- s_p max(0, 1 - v / mean_p s_p^2),  v the sampling variance of the s_p

    The last line shrinks towards no season as James and Stein (1961) do: where indices are no
    larger than noise makes them, nothing remains, which is the usual test for a season made
    smooth (shrinkage of indices: Miller and Williams 2003).

    Args:
        values: [samples, rows].
        seen: which of them count.
        season: rows per season.

    Returns:
        [samples, season] indices, that of the newest row first, then of the row before it; and
        [samples] the share that shrinking left. Both zero where not every phase was seen.
    """
    samples, rows = values.shape
    if season == 1:
        return jnp.zeros((samples, 1)), jnp.zeros(samples)
    age = np.arange(rows)[::-1]
    average, phases = _moving_average(rows, season), np.eye(season, dtype=np.float32)[age % season]
    # Only where the whole average lies inside the series.
    counts = (seen.inside @ average > 1 - 1e-3) * seen.observed
    detrended = jnp.where(counts > 0, values - (values * seen.inside) @ average, 0)
    weight = counts * _decay(_SEASON_DECAY, age // season)
    total = weight @ phases
    indices = (detrended * weight) @ phases / jnp.maximum(total, 1e-6)
    indices -= indices.mean(1, keepdims=True)
    spare = counts.sum(1) - season
    noise = counts * (detrended - indices @ phases.T)
    variance = (noise**2).sum(1) / jnp.maximum(spare, 1)
    of_index = (
        (counts * _decay(_SEASON_DECAY, age // season) ** 2)
        @ phases
        / (jnp.maximum(total, 1e-6) ** 2)
    )
    power = jnp.maximum((indices**2).mean(1), 1e-12)
    trusted = jnp.clip(1 - variance * of_index.mean(1) / power, 0, 1)
    # A single season cannot tell its pattern from noise.
    trusted = jnp.where(spare < season // 2, jnp.minimum(trusted, 0.5), trusted)
    trusted = jnp.where((total > 0).all(1), trusted, 0)
    return indices * trusted[:, None], trusted


def _moving_average(rows: int, season: int) -> Any:
    """[rows, rows] a matrix that averages over one centred season; zero columns at the edges."""
    weights = np.full(season + 1 - season % 2, 1 / season, np.float32)
    if season % 2 == 0:
        weights[[0, -1]] /= 2
    half = season // 2
    average = np.zeros((rows, rows), np.float32)
    for row in range(half, rows - half):
        average[row - half : row + half + 1, row] = weights
    return average


def _decay(share: float, age: Any) -> Any:
    return np.power(share, age, dtype=np.float32)


def _a_season_before(plain: Any, level: Any, spread: Any, seen: Seen, season: int) -> Any:
    """[samples, rows] at the end: what was seen in the same phase as the rows ahead."""
    rows = plain.shape[1]
    if season == 1:
        return jnp.zeros_like(plain)
    steps = np.arange(AHEAD)
    place = rows + steps - season * (1 + steps // season)
    before = jnp.arcsinh((plain[:, place] - level) / spread) * seen.inside[:, place]
    return _at_the_end(before, rows)


def _at_the_end(ahead: Any, rows: int) -> Any:
    """[samples, AHEAD] as the last columns of [samples, rows]."""
    return jnp.pad(ahead, ((0, 0), (max(rows - AHEAD, 0), 0)))[:, -rows:]


def _about(indices: Any, trusted: Any, spread: Any, inside: Any) -> list[Any]:
    """[samples, 1] each: what does not change along the window."""
    power = (indices**2).mean(1, keepdims=True)
    # The slope of a root at zero is infinite: `sensitivity` takes slopes.
    size = jnp.where(power > 0, jnp.sqrt(jnp.where(power > 0, power, 1)), 0)
    return [
        (jnp.log(spread) + 3) / 1.5,
        trusted[:, None],
        jnp.minimum(inside.sum(1, keepdims=True) / _LONG, 1),
        jnp.log1p(size / spread),
    ]


def _plausible(plain: Any, inside: Any, spread: Any, horizon: int) -> tuple[Any, Any]:
    """[samples, horizon] bounds, which widen as a straight line through the window would need."""
    highest = jnp.where(inside > 0, plain, -jnp.inf).max(1, keepdims=True)
    lowest = jnp.where(inside > 0, plain, jnp.inf).min(1, keepdims=True)
    share = jnp.arange(1, horizon + 1) / jnp.maximum(inside.sum(1, keepdims=True), 1)
    room = _MOST_SPREADS * spread + _MOST_RANGES * (highest - lowest) * jnp.minimum(share, 1)
    return lowest - room, highest + room
