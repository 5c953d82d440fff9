"""Normalising a window: its level, season and spread are estimated from it alone and removed.

The formulas are written once for `jax.numpy` and for `keras.ops`, whose functions have the same
names: the first compiles them, the second keeps them in a model that is exported.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from gatecast.framing._blocks import places_ahead
from gatecast.framing._traits import MEMORY, SEASON_DECAYS, Traits

# Rows ahead whose seasonal index, and value one season before, are input of the network.
AHEAD = 24
# Rows after which an observation counts half in the level.
_LEVEL_HALF_LIFE = 1
# Spreads below this (in scaled units; on logarithms 0.2 %) are rounding rather than noise.
_LEAST_SPREAD = 2e-3
# The number of rows of a series is an input of networks, up to this one: as many as they read.
# Rows scatter around the means of blocks as they did in the newest so many of these.
_LONG = 60
# How far forecasts may leave the range of the window: in spreads, and in ranges per window length.
_MOST_SPREADS, _MOST_RANGES = 3.0, 1.5
# Where all values of a window are positive, forecasts stay above this share of the smallest.
_LEAST_SHARE = 0.2
# The weight of a value that was repeated, beside one that was observed, in the mean of a block.
_HARDLY = 1e-6


class WindowMask(NamedTuple):
    """Which rows of a window count, [samples, rows] each, as numbers 0 and 1.

    Attributes:
        inside: rows of the series; others are padding before its first row.
        observed: rows with an observation; in others the last one is repeated.
    """

    inside: Any
    observed: Any


class NormalisedWindow(NamedTuple):
    """A window without level, season and spread; targets become (y - level) / spread.

    For other than seasonal window levels only `level` is set. Several targets are a last axis.

    Attributes:
        level: [samples, 1 or horizon] the level of the window, with the season of each row ahead.
        columns: [samples, rows, COLUMNS] what a network reads, see `COLUMNS`; None where it
            reads the values less their level.
        spread: [samples, 1] the mean absolute change from row to row, without the season.
        bounds: [samples, horizon] each, lower and upper bound of a forecast; None where there are
            none.
        scatter: [samples, 1] the standard deviation of rows around the mean of their block, without
            the season, in spreads; None where a network reads rows.
    """

    level: Any
    columns: Any = None
    spread: Any = 1.0
    bounds: tuple[Any, Any] | None = None
    scatter: Any = None


COLUMNS = 8
"""What a network reads of each row of a normalised window.

1. the value without season, less the level, in spreads: arcsinh of half of it, so that cells do not
   saturate
2. the change from the row before, in spreads: arcsinh
3. in the last `AHEAD` rows: the season of the rows ahead, in spreads: arcsinh
4. in the last `AHEAD` rows: the newest value in the same phase as the rows ahead, in spreads:
   arcsinh
5. the logarithm of the spread; shifted and divided, so that changes of 0.2 % to 20 % a row become
   about -2 to 1
6. the share of the season that shrinking left
7. the number of rows of the series, as a share of those that a network reads, at most 1
8. the size of the season, in spreads: log(1 + size)

Columns 5 to 8 are the same in every row. Where rows are averaged into blocks, "row" means a block.
"""


class Seasons(NamedTuple):
    """The seasons of a series, and whether they are input of the network.

    Attributes:
        rows: per season, 1 for none.
        longer: rows per longer season, a multiple; 1 for none.
        shown: False gives a network the input of a series that has no season.
        traits: of the samples; None for the usual ones.
        block: rows that are averaged after the season was removed, and read as one.
    """

    rows: int
    longer: int = 1
    shown: bool = True
    traits: Traits | None = None
    block: int = 1


def normalised(
    values: Any, seen: WindowMask, seasons: Seasons, horizon: int, xp: Any = jnp
) -> NormalisedWindow:
    """Remove season, level and spread from windows.

    Level and season are additive: on logarithms the season is multiplicative. The season comes from
    `seasonal_indices`; a longer one is estimated from the values without the shorter one. The level
    is an exponentially weighted mean of the newest deseasonalised values, and reverts to that of
    the last seasons as far as the traits say; the spread is the mean absolute change between
    neighbours.

    Args:
        values: [samples, rows] scaled, oldest first, gaps filled with the last value before.
        seen: which of them count.
        seasons: a season is left out unless two of it fit into the window.
        horizon: rows of target.
        xp: the library of array functions, `jax.numpy` or `keras.ops`.
    """
    rows, block = values.shape[1], seasons.block
    season = seasons.rows if 2 * seasons.rows <= rows else 1
    indices, trusted = _every_index(values, seen, seasons, xp)
    plain = values - _repeated(indices, rows, xp)
    means, kept, scatter = _in_blocks(plain, seen, block, xp)
    level = _newest_mean(means, kept.inside, _LEVEL_HALF_LIFE, xp)
    both = kept.observed[:, 1:] * kept.observed[:, :-1]
    change = (means[:, 1:] - means[:, :-1]) * both
    moved = _sum(xp.abs(change), xp) / xp.maximum(_sum(both, xp), 1)
    spread = xp.maximum(moved, _LEAST_SPREAD)
    ahead = _repeated(indices, max(horizon, AHEAD * block), xp, from_the_end=False)
    low, high = _plausible(means, kept.inside, moved, places_ahead(horizon, block), xp)
    # Zeros are the input of a series without a season.
    shown = float(seasons.shown)
    near = _block_means(ahead[:, : AHEAD * block], block, xp)
    columns = [
        xp.arcsinh((means - level) / spread / 2),
        xp.arcsinh(xp.pad(change, ((0, 0), (1, 0))) / spread),
        shown * _at_the_end(xp.arcsinh(near / spread), means.shape[1], xp),
        shown * _a_season_before((plain - level) / spread, seen, season, block, xp),
        *_about(shown * indices, shown * trusted, spread, kept.inside, xp),
    ]
    season_ahead = ahead[:, :horizon]
    low, high = low + season_ahead, high + season_ahead
    # A window without negative values gets no negative forecast; one of positive values only gets
    # forecasts well above zero.
    smallest = xp.min(xp.where(seen.inside > 0, values, np.inf), axis=1, keepdims=True)
    low = xp.where(smallest >= 0, xp.maximum(low, _LEAST_SHARE * smallest), low)
    high = xp.maximum(high, low)
    every = xp.ones_like(means)
    together = xp.stack([column * every for column in columns], axis=-1)
    return NormalisedWindow(
        _level_ahead(level, means, kept.inside, seasons, horizon, xp) + season_ahead,
        together,
        spread,
        (low, high),
        None if scatter is None else scatter / spread,
    )


def _level_ahead(
    level: Any, means: Any, inside: Any, seasons: Seasons, horizon: int, xp: Any
) -> Any:
    """[samples, 1 or horizon] the level of the rows ahead, which may revert to the mean.

    l_k = l + r_k (m - l),  m the mean of the last seasons, r_k the share of `Traits.reverted`
    """
    if seasons.traits is None:
        return level
    season = seasons.rows / seasons.block
    mean = _newest_mean(means, inside, MEMORY * season, xp)
    share = seasons.traits.reverted(places_ahead(horizon, seasons.block), season)
    return level + share * (mean - level)


def _every_index(values: Any, seen: WindowMask, seasons: Seasons, xp: Any) -> tuple[Any, Any]:
    """The indices of both seasons together, as `seasonal_indices` has them."""
    rows, traits = values.shape[1], seasons.traits
    season, longer = (each if 2 * each <= rows else 1 for each in seasons[:2])
    paces = None if traits is None else traits.paces
    indices, trusted = seasonal_indices(values, seen, season, xp, paces)
    if longer > season:
        left = values - _repeated(indices, rows, xp)
        of_longer = seasonal_indices(left, seen, longer, xp, paces)[0]
        if traits is not None:
            of_longer = of_longer * traits.longer
        indices = xp.tile(indices, (1, longer // season)) + of_longer
    return indices, trusted


def _repeated(indices: Any, rows: int, xp: Any, *, from_the_end: bool = True) -> Any:
    """[samples, rows] the indices [samples, season] again and again.

    Args:
        indices: in the order of the newest season.
        rows: as many.
        xp: as in `normalised`.
        from_the_end: of the rows of a window, the newest of which has the last index; else of the
            rows ahead, the first of which has the first one.
    """
    again = xp.tile(indices, (1, -(-rows // indices.shape[1])))
    return again[:, again.shape[1] - rows :] if from_the_end else again[:, :rows]


def _in_blocks(
    plain: Any, seen: WindowMask, block: int, xp: Any
) -> tuple[Any, WindowMask, Any | None]:
    """Means of blocks that end at the origin, which of them count, and the scatter within.

    s^2 = sum (row - mean of its block)^2 / (rows - blocks), over the newest observed ones

    Returns:
        [samples, blocks], the mask of blocks, and [samples, 1] s; None for blocks of one row.
    """
    if block == 1:
        return plain, seen, None
    # A block without any observation has the mean of the values that were repeated in it.
    weight = seen.inside * (_HARDLY + seen.observed)
    parts, weights, observed = (
        xp.reshape(each, (-1, each.shape[1] // block, block))
        for each in (plain, weight, seen.observed)
    )
    total = xp.sum(weights, axis=2, keepdims=True)
    means = xp.sum(parts * weights, axis=2, keepdims=True) / xp.maximum(total, _HARDLY)
    squares = xp.sum(observed * (parts - means) ** 2, axis=2)[:, -_LONG:]
    number, some = xp.sum(observed, axis=2)[:, -_LONG:], xp.max(observed, axis=2)
    spare = _sum(number, xp) - _sum(some[:, -_LONG:], xp)
    inside = xp.max(xp.reshape(seen.inside, (-1, some.shape[1], block)), axis=2)
    scatter = xp.sqrt(_sum(squares, xp) / xp.maximum(spare, 1))
    return means[:, :, 0], WindowMask(inside, some), scatter


def _block_means(values: Any, block: int, xp: Any) -> Any:
    """[samples, rows / block] the means of each so many columns."""
    if block == 1:
        return values
    return xp.mean(xp.reshape(values, (-1, values.shape[1] // block, block)), axis=2)


def seasonal_indices(
    values: Any, seen: WindowMask, season: int, xp: Any = jnp, paces: Any = None
) -> tuple[Any, Any]:
    """The additive seasonal indices of windows, by classical decomposition, shrunken.

    d_t = y_t - centred moving average over one season
    s_p = weighted mean of d_t over the rows of phase p, newer seasons counting more; sum_p s_p = 0
    s_p <- s_p max(0, 1 - v / mean_p s_p^2),  v the sampling variance of the s_p

    The last line shrinks the season towards zero as James and Stein (1961) do: indices that are no
    larger than noise alone would make them become zero. It is a smooth form of the usual test for
    a season (shrinkage of indices: Miller and Williams 2003).

    Args:
        values: [samples, rows].
        seen: which of them count.
        season: rows per season.
        xp: as in `normalised`.
        paces: [samples, paces] the mean with these weights of what each of `SEASON_DECAYS` gives;
            None for the first alone.

    Returns:
        [samples, season] indices of the rows of the newest season, in their order; and
        [samples, 1] the share that shrinking left. Both zero where a phase was not observed.
    """
    if season == 1:
        return xp.zeros_like(values[:, :1]), xp.zeros_like(values[:, :1])
    # Only where the whole average lies inside the series, which is where its oldest row does.
    half = season // 2
    counts = xp.pad(seen.inside[:, : -2 * half], ((0, 0), (half, half))) * seen.observed
    average = _moving_average(values * seen.inside, season, xp)
    detrended = xp.where(counts > 0, values - average, 0)
    decays = SEASON_DECAYS if paces is not None else SEASON_DECAYS[:1]
    indices, trusted = _indices(detrended, counts, season, decays, xp)
    if paces is None:
        return indices[:, 0], trusted[:, 0]
    share = paces[:, :, None]
    return xp.sum(share * indices, axis=1), xp.sum(share * trusted, axis=1)


def _indices(
    detrended: Any, counts: Any, season: int, decays: tuple[float, ...], xp: Any
) -> tuple[Any, Any]:
    """As `seasonal_indices`, of rows without their moving average, for each of some decays.

    Args:
        detrended: [samples, rows].
        counts: [samples, rows] which of them count.
        season: rows per season.
        decays: the weights of a season's observations compared with those one season later.
        xp: as in `normalised`.

    Returns:
        [samples, decays, season] and [samples, decays, 1].
    """
    rows = detrended.shape[1]
    cycles = -(-rows // season)
    newer = _decay(np.array(decays)[:, None, None], np.arange(cycles)[::-1, None])
    # [samples, 1, cycles, season] seasons that end at the origin.
    front = ((0, 0), (cycles * season - rows, 0))
    counted, values = (
        xp.reshape(xp.pad(each, front), (-1, 1, cycles, season)) for each in (counts, detrended)
    )
    weight = counted * newer
    total = xp.sum(weight, axis=2)
    indices = xp.sum(values * weight, axis=2) / xp.maximum(total, 1e-6)
    indices = indices - xp.mean(indices, axis=2, keepdims=True)
    spare = (_sum(counts, xp) - season)[:, None]
    squares = xp.sum(counted * (values - indices[:, :, None]) ** 2, axis=2)
    variance = xp.sum(squares, axis=2, keepdims=True) / xp.maximum(spare, 1)
    of_index = xp.sum(counted * newer**2, axis=2) / (xp.maximum(total, 1e-6) ** 2)
    power = xp.maximum(xp.mean(indices**2, axis=2, keepdims=True), 1e-12)
    of_index = xp.mean(of_index, axis=2, keepdims=True)
    trusted = xp.clip(1 - variance * of_index / power, 0, 1)
    # From a single season, pattern and noise cannot be told apart: half is trusted at most.
    trusted = xp.where(spare < season // 2, xp.minimum(trusted, 0.5), trusted)
    trusted = xp.where(xp.all(total > 0, axis=2, keepdims=True), trusted, 0)
    return indices * trusted, trusted


def _sum(values: Any, xp: Any) -> Any:
    """[samples, 1] the sum over the rows of each window."""
    return xp.sum(values, axis=1, keepdims=True)


def _moving_average(values: Any, season: int, xp: Any) -> Any:
    """[samples, rows] the average over one centred season; zero at the edges.

    Of an even number of rows it is the mean of the two that are half a row off the centre. Sums are
    put together from sums of 1, 2, 4, ... rows: differences of running totals would lose digits.
    """
    sums = _moving_sums(values, season, xp)
    if season % 2 == 0:
        sums = (sums[:, 1:] + sums[:, :-1]) / 2
    half = season // 2
    return xp.pad(sums / season, ((0, 0), (half, half)))


def _moving_sums(values: Any, length: int, xp: Any) -> Any:
    """[samples, rows - length + 1] the sums over so many rows each."""
    number = values.shape[1] - length + 1
    total, done, some, size = xp.zeros_like(values[:, :number]), 0, values, 1
    while size <= length:
        if length & size:
            total = total + some[:, done : done + number]
            done += size
        if 2 * size <= length:
            some = some[:, :-size] + some[:, size:]
        size *= 2
    return total


def _newest_mean(values: Any, inside: Any, half_life: float, xp: Any) -> Any:
    """[samples, 1] the mean of values, whose weights halve every so many rows back."""
    weight = inside * _decay(0.5 ** (1 / half_life), np.arange(values.shape[1])[::-1])
    return _sum(values * weight, xp) / xp.maximum(_sum(weight, xp), 1e-9)


def _decay(share: Any, age: Any) -> Any:
    return np.power(share, age, dtype=np.float32)


def _a_season_before(height: Any, seen: WindowMask, season: int, block: int, xp: Any) -> Any:
    """[samples, blocks] in the last ones: the newest value in the same phase as each ahead.

    Args:
        height: [samples, rows] values without season, less the level, in spreads.
        seen: which of them count.
        season: rows per season.
        block: rows per block, whose means are taken.
        xp: as in `normalised`.
    """
    rows = height.shape[1]
    if season == 1:
        return xp.zeros_like(height[:, : rows // block])
    steps = np.arange(AHEAD * block)
    place = rows + steps - season * (1 + steps // season)
    there = xp.take(seen.inside, place, axis=1)
    before = _block_means(xp.take(height, place, axis=1) * there, block, xp)
    if block > 1:
        before = before / xp.maximum(_block_means(there, block, xp), 1 / block)
    return _at_the_end(xp.arcsinh(before), rows // block, xp)


def _at_the_end(ahead: Any, rows: int, xp: Any) -> Any:
    """[samples, AHEAD] as the last columns of [samples, rows]."""
    return xp.pad(ahead, ((0, 0), (max(rows - AHEAD, 0), 0)))[:, -rows:]


def _about(indices: Any, trusted: Any, spread: Any, inside: Any, xp: Any) -> list[Any]:
    """[samples, 1] each: the columns that are the same in every row of a window."""
    power = xp.mean(indices**2, axis=1, keepdims=True)
    # The gradient of a root at zero is infinite: `sensitivity` takes gradients.
    size = xp.where(power > 0, xp.sqrt(xp.where(power > 0, power, 1)), 0)
    return [
        (xp.log(spread) + 3) / 1.5,
        trusted,
        xp.minimum(_sum(inside, xp) / _LONG, 1),
        xp.log1p(size / spread),
    ]


def _plausible(plain: Any, inside: Any, spread: Any, steps: Any, xp: Any) -> tuple[Any, Any]:
    """[samples, horizon] bounds, which widen so that a linear trend stays inside.

    Args:
        plain: [samples, rows] values without season.
        inside: [samples, rows] which of them are of the series.
        spread: [samples, 1].
        steps: [horizon] how many rows ahead each forecast is.
        xp: as in `normalised`.
    """
    highest = xp.max(xp.where(inside > 0, plain, -np.inf), axis=1, keepdims=True)
    lowest = xp.min(xp.where(inside > 0, plain, np.inf), axis=1, keepdims=True)
    share = xp.divide(steps, xp.maximum(_sum(inside, xp), 1))
    room = _MOST_SPREADS * spread + _MOST_RANGES * (highest - lowest) * xp.minimum(share, 1)
    return lowest - room, highest + room
