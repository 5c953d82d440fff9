"""Random numbers of many series at once, on whatever device JAX computes."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy import special

_TABLE = 2049


class Draws:
    """Draws one array after another, each from a key of its own.

    The order of calls decides what is drawn, so a program that is traced once draws the same from
    the same key.

    Args:
        key: a random key of JAX.
        series: how many; the first axis of all that is drawn.
    """

    def __init__(self, key: Any, series: int) -> None:
        self._key = key
        self._drawn = 0
        self.series = series

    def normal(self, *shape: int) -> Any:
        """[series, *shape] standard normal."""
        return jax.random.normal(self._next(), (self.series, *shape))

    def uniform(self, low: float, high: float, *shape: int) -> Any:
        """[series, 1 or *shape] uniform."""
        shape = (self.series, *(shape or (1,)))
        return jax.random.uniform(self._next(), shape, minval=low, maxval=high)

    def log_uniform(self, low: float, high: float, *shape: int) -> Any:
        """[series, 1 or *shape] whose logarithm is uniform."""
        return jnp.exp(self.uniform(math.log(low), math.log(high), *shape))

    def beta(self, shape: float) -> Any:
        """[series, 1] of a symmetric beta distribution, by a table: no loop has to be compiled."""
        grid = np.linspace(0, 1, _TABLE)
        return jnp.interp(self.uniform(0, 1), grid, special.betaincinv(shape, shape, grid))

    def some(self, share: Any, *shape: int) -> Any:
        """[series, 1 or *shape] whether each is one of so large a share."""
        return self.uniform(0, 1, *shape) < share

    def shocks(self, rows: int) -> Any:
        """[series, rows] of unit variance: normal, or of some series Student's t (4 degrees)."""
        normal = self.normal(rows)
        # The logarithm of a product of two uniform numbers is minus half a chi square of 4 degrees.
        product = self.uniform(1e-7, 1, rows) * self.uniform(1e-7, 1, rows)
        return jnp.where(self.some(0.4), normal / jnp.sqrt(-jnp.log(product)), normal)

    def _next(self) -> Any:
        self._drawn += 1
        return jax.random.fold_in(self._key, self._drawn)


def carried(kept: Any, steps: Any, first: Any = 0.0) -> Any:
    """[series, rows] of z_t = kept z_(t-1) + steps_t, from z_(-1) = first.

    Args:
        kept: [series, 1], or one number for all.
        steps: [series, rows].
        first: as `kept`.
    """
    kept, first = (jnp.broadcast_to(part, (len(steps), 1))[:, 0] for part in (kept, first))

    def step(before: Any, new: Any) -> tuple[Any, Any]:
        now = kept * before + new
        return now, now

    return jax.lax.scan(step, first, steps.T)[1].T
