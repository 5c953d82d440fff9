"""Normalising a window: its level, season and spread are estimated from it alone and removed.

The formulas are written once for `jax.numpy` and for `keras.ops`, whose functions have the same
names: the first compiles them, the second keeps them in a model that is exported.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from gatecast.framing.seasonal._blocks import block_means, in_blocks, places_ahead
from gatecast.framing.seasonal._masks import WindowMask, newest_mean, total_of
from gatecast.framing.seasonal._season import Seasons, every_index, repeated
from gatecast.framing.seasonal._traits import MEMORY

# Rows ahead whose seasonal index, and value one season before, are input of the network.
AHEAD = 24
# Rows after which an observation counts half in the level.
_LEVEL_HALF_LIFE = 1
# Spreads below this (in scaled units; on logarithms 0.2 %) are rounding rather than noise.
_LEAST_SPREAD = 2e-3
# The number of rows of a series is an input of networks, up to this one: as many as they read.
_LONG = 60
# How far forecasts may leave the range of the window: in spreads, and in ranges per window length.
_MOST_SPREADS, _MOST_RANGES = 3.0, 1.5
# Where all values of a window are positive, forecasts stay above this share of the smallest.
_LEAST_SHARE = 0.2


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
    indices, trusted = every_index(values, seen, seasons, xp)
    plain = values - repeated(indices, rows, xp)
    means, kept, scatter = in_blocks(plain, seen, block, xp)
    level = newest_mean(means, kept.inside, _LEVEL_HALF_LIFE, xp)
    both = kept.observed[:, 1:] * kept.observed[:, :-1]
    change = (means[:, 1:] - means[:, :-1]) * both
    moved = total_of(xp.abs(change), xp) / xp.maximum(total_of(both, xp), 1)
    spread = xp.maximum(moved, _LEAST_SPREAD)
    ahead = repeated(indices, max(horizon, AHEAD * block), xp, from_the_end=False)
    low, high = _plausible(means, kept.inside, moved, places_ahead(horizon, block), xp)
    # Zeros are the input of a series without a season.
    shown = float(seasons.shown)
    near = block_means(ahead[:, : AHEAD * block], block, xp)
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
    mean = newest_mean(means, inside, MEMORY * season, xp)
    share = seasons.traits.reverted(places_ahead(horizon, seasons.block), season)
    return level + share * (mean - level)


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
    before = block_means(xp.take(height, place, axis=1) * there, block, xp)
    if block > 1:
        before = before / xp.maximum(block_means(there, block, xp), 1 / block)
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
        xp.minimum(total_of(inside, xp) / _LONG, 1),
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
    share = xp.divide(steps, xp.maximum(total_of(inside, xp), 1))
    room = _MOST_SPREADS * spread + _MOST_RANGES * (highest - lowest) * xp.minimum(share, 1)
    return lowest - room, highest + room
