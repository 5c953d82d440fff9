"""Which rows of a window count, and means over those that do."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class WindowMask(NamedTuple):
    """Which rows of a window count, [samples, rows] each, as numbers 0 and 1.

    Attributes:
        inside: rows of the series; others are padding before its first row.
        observed: rows with an observation; in others the last one is repeated.
    """

    inside: Any
    observed: Any


def total_of(values: Any, xp: Any) -> Any:
    """[samples, 1] the sum over the rows of each window."""
    return xp.sum(values, axis=1, keepdims=True)


def newest_mean(values: Any, inside: Any, half_life: float, xp: Any) -> Any:
    """[samples, 1] the mean of values, whose weights halve every so many rows back."""
    weight = inside * decay(0.5 ** (1 / half_life), np.arange(values.shape[1])[::-1])
    return total_of(values * weight, xp) / xp.maximum(total_of(weight, xp), 1e-9)


def decay(share: Any, age: Any) -> Any:
    """The weights of values of some ages, each a share of the one before."""
    return np.power(share, age, dtype=np.float32)
