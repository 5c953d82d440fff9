"""Rows that are averaged into blocks, so that a network of few steps reads far back and ahead.

A day of minutes in blocks of an hour is to the network what a day of hours is. It forecasts one
distribution for each block; a row's is interpolated between those of the blocks around it, and
widened by how far rows scatter around the means of their blocks. (Averages over non-overlapping
blocks as a second scale of forecasting: Kourentzes, Petropoulos and Trapero 2014, "MAPA".)
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from gatecast.framing.seasonal._masks import WindowMask, total_of

# Rows scatter around the means of blocks as they did in the newest so many of these.
_NEWEST = 60
# The weight of a value that was repeated, beside one that was observed, in the mean of a block.
_HARDLY = 1e-6


def places_ahead(horizon: int, block: int) -> Any:
    """[horizon] how many blocks ahead each row lies, at least 1.

    The middle of row k ahead lies (k + (block - 1) / 2) / block blocks ahead, which is k itself in
    blocks of one row.
    """
    steps = np.arange(1, horizon + 1, dtype=np.float32)
    return np.maximum((steps + np.float32((block - 1) / 2)) / np.float32(block), np.float32(1))


def blocks_ahead(horizon: int, block: int) -> int:
    """How many blocks ahead a network forecasts, so that each row lies between two of them."""
    return math.ceil(max((horizon + (block - 1) / 2) / block, 1))


class Scatter(NamedTuple):
    """How the forecasts of blocks become those of rows.

    Attributes:
        size: [samples, 1, targets] the standard deviation of rows around the mean of their block,
            in spreads.
        horizon: rows that are forecast.
        block: rows of each block.
    """

    size: Any
    horizon: int
    block: int

    def of_rows(self, raw: Any, output: Any) -> Any:
        """[samples, horizon, targets, parameters] from those of [samples, blocks, ...].

        Args:
            raw: outputs of the network.
            output: quantiles, which say what these mean.
        """
        place = places_ahead(self.horizon, self.block)
        left = np.floor(place).astype(int) - 1
        right = np.minimum(left + 1, raw.shape[1] - 1)
        share = (place - np.floor(place))[:, None, None]
        between = jnp.take(raw, left, axis=1) * (1 - share) + jnp.take(raw, right, axis=1) * share
        return output.scattered(between, jnp.broadcast_to(self.size, between.shape[:-1]))


def in_blocks(
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
    squares = xp.sum(observed * (parts - means) ** 2, axis=2)[:, -_NEWEST:]
    number, some = xp.sum(observed, axis=2)[:, -_NEWEST:], xp.max(observed, axis=2)
    spare = total_of(number, xp) - total_of(some[:, -_NEWEST:], xp)
    inside = xp.max(xp.reshape(seen.inside, (-1, some.shape[1], block)), axis=2)
    scatter = xp.sqrt(total_of(squares, xp) / xp.maximum(spare, 1))
    return means[:, :, 0], WindowMask(inside, some), scatter


def block_means(values: Any, block: int, xp: Any) -> Any:
    """[samples, rows / block] the means of each so many columns."""
    if block == 1:
        return values
    return xp.mean(xp.reshape(values, (-1, values.shape[1] // block, block)), axis=2)
