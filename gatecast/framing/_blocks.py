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
