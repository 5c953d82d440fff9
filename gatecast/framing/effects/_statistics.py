"""What each series says of the effect of its columns: whitened sums of products.

Errors of a regression of a series on columns depend on each other, and both have seasons; a trend
or a season would pass for an effect. So values and columns are filtered alike before they are
compared, and a season that repeats is taken out of both (Cochrane and Orcutt 1949; seasonal
factors: Box and Jenkins 1970; the same result as with columns for the season: Lovell 1963):

f(L) y_t = a + b' f(L) x_t + e_t,   f(L) = (1 - p L) (1 - q L) (1 - s L^m)

with m rows in a season, and 1 + q L + q^2 L^2 in the place of 1 - q L where a moving average is
inverted. Of a grid of p, q and s, p and s up to 1 where differences remain, the likelihood chooses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from gatecast._types import Floats, Integers
from gatecast.framing.effects._shrinkage import Sums

BLOCKS = 10
"""Parts of a series, one after another, that are held back in turn."""

_FIRST = [(1, -p) for p in (0, 0.5, 0.8, 0.95, 1)]
_SECOND = [*[(1, -q, 0) for q in (0, 0.4, 0.7)], *[(1, q, q * q) for q in (0.4, 0.7)]]
_SHORT = np.array([np.convolve(*pair) for pair in product(_FIRST, _SECOND)])
_LAGS = _SHORT.shape[1]
_SEASONAL = (0.6, 1)
# A season is looked at where there are so many, and rows are compared where so many are left.
_FEWEST_SEASONS, _FEWEST_ROWS = 3, 6
# Relative to a variance of 1: what is smaller is rounding.
_ROUNDING = 1e-8


@dataclass(frozen=True)
class Statistics:
    """Sums of products of filtered numbers, in units of the errors' variance.

    Attributes:
        gram: [series, blocks, numbers, numbers].
        right: [series, blocks, numbers] with the filtered values.
        total: [series, blocks] of the filtered values with themselves.
        rows: [series, blocks].
        error: [series] standard deviation of the errors, in scaled units; 0 where too few rows say
            anything.
    """

    gram: Floats
    right: Floats
    total: Floats
    rows: Integers
    error: Floats

    def of(self, places: Integers) -> Statistics:
        """Of some of the numbers."""
        gram = self.gram[:, :, places][..., places]
        return Statistics(gram, self.right[:, :, places], self.total, self.rows, self.error)

    def sums(self, predictors: Floats | None = None) -> Sums:
        """Over all blocks, of series with [series, predictors]; None where none is known."""
        gram, right = self.gram.sum(axis=1), self.right.sum(axis=1)
        return Sums.alike(gram, right) if predictors is None else Sums(gram, right, predictors)


def statistics(
    values: Sequence[Floats], numbers: Sequence[Floats], seasons: Sequence[int]
) -> Statistics:
    """The sums of some series.

    Args:
        values: [series] of [rows] scaled values, oldest first; NaN where nothing was observed.
        numbers: [series] of [rows, numbers] of the same rows.
        seasons: rows in seasons, above 1.
    """
    each = [_of_one(*own, seasons) for own in zip(values, numbers, strict=True)]
    sums = np.stack([own[0] for own in each])
    return Statistics(
        sums[:, :, :-1, :-1],
        sums[:, :, :-1, -1],
        sums[:, :, -1, -1],
        np.stack([own[1] for own in each]),
        np.array([own[2] for own in each]),
    )


def _of_one(
    values: Floats, numbers: Floats, seasons: Sequence[int]
) -> tuple[Floats, Integers, float]:
    """[blocks, numbers + 1, numbers + 1] sums, the values last; [blocks] rows; the deviation."""
    seen = np.flatnonzero(~np.isnan(values))
    columns = numbers.shape[1] + 1
    nothing = np.zeros((BLOCKS, columns, columns)), np.zeros(BLOCKS, int), 0.0
    if len(seen) < _FEWEST_ROWS:
        return nothing
    # Gaps are bridged only as rows that others are compared with.
    bridged = np.interp(np.arange(len(values)), seen, values[seen])
    table = np.column_stack([numbers, bridged])
    own = [season for season in seasons if len(values) >= _FEWEST_SEASONS * season + _FEWEST_ROWS]
    if own:
        _take_out_season(table, max(own))
    lags = np.array([first + lag for first in (0, *own) for lag in range(_LAGS)])
    rows = seen[seen >= lags.max()]
    if len(rows) < _FEWEST_ROWS:
        return nothing
    lagged = table[rows[:, None] - lags]
    lagged -= lagged.mean(axis=0)
    flat = lagged.reshape(len(rows), -1)
    products = (flat.T @ flat).reshape(len(lags), columns, len(lags), columns)
    filters = _filters(len(own))
    grams = np.einsum("fa,fb,acbd->fcd", filters, filters, products, optimize=True)
    left = _left(grams, len(rows))
    best = int(left.argmin())
    free = len(rows) - columns - max(own, default=0)
    deviation = float(np.sqrt(left[best] / max(free, len(rows) / 2)))
    if deviation <= _ROUNDING:
        return nothing
    white = np.einsum("a,tac->tc", filters[best], lagged) / deviation
    parts = np.array_split(white, BLOCKS)
    sums = np.stack([part.T @ part for part in parts])
    return sums, np.array([len(part) for part in parts]), deviation


def _take_out_season(table: Floats, season: int) -> None:
    """Subtract the mean of each place in the season from all columns."""
    place = np.arange(len(table)) % season
    counts = np.bincount(place, minlength=season)[:, None]
    sums = np.zeros((season, table.shape[1]))
    np.add.at(sums, place, table)
    table -= (sums / counts)[place]


def _filters(seasons: int) -> Floats:
    """[filters, lags] the products of the factors, for the first lags and these after seasons."""
    without = np.pad(_SHORT, ((0, 0), (0, _LAGS * seasons)))
    every = [without]
    for place in range(1, seasons + 1):
        for s in _SEASONAL:
            own = without.copy()
            own[:, _LAGS * place : _LAGS * (place + 1)] = -s * _SHORT
            every.append(own)
    return np.concatenate(every)


def _left(grams: Floats, rows: int) -> Floats:
    """[filters] the sum of squared errors that a regression leaves, weakly shrunken."""
    square, right = grams[:, :-1, :-1], grams[:, :-1, -1:]
    size = np.diagonal(square, axis1=1, axis2=2)
    weighted = square + (size / rows + _ROUNDING)[:, :, None] * np.eye(size.shape[1])
    slopes = np.linalg.solve(weighted, right)
    explained = (slopes * (2 * right - square @ slopes)).sum(axis=(1, 2))
    left: Floats = np.maximum(grams[:, -1, -1] - explained, 0) + _ROUNDING**2 * rows
    return left
