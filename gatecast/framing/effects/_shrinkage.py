"""The effects of many series, shrunken towards each other: empirical Bayes.

Effects b_i of series i are drawn around those of the panel, and these around zero,

b_i ~ N(m, T),  m ~ N(0, S),  T and S diagonal,

and T and S are estimated from the data (Robbins 1956; Efron and Morris 1973; S for each column by
itself: MacKay 1994), so that columns without an effect get next to none, and a series with few rows
gets the effects of the panel.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gatecast._types import Floats

_TURNS = 40
_SMALLEST = 1e-10


class Shared(NamedTuple):
    """What the effects of all series have in common.

    Attributes:
        mean: [numbers] m.
        between: [numbers] T, the variance between series.
        around: [numbers] S, that of the mean around zero.
    """

    mean: Floats
    between: Floats
    around: Floats


def shared(gram: Floats, right: Floats) -> Shared:
    """The mean of the effects and their variances, which a fixed number of steps of EM estimate.

    Args:
        gram: [series, numbers, numbers] in units of the variance of the errors.
        right: [series, numbers].
    """
    numbers = right.shape[1]
    mean: Floats = np.zeros(numbers)
    between: Floats = np.full(numbers, 0.01)
    around: Floats = np.ones(numbers)
    for _ in range(_TURNS):
        mean, uncertain = _mean(gram, right, between, around)
        own, variance = _own(gram, right, Shared(mean, between, around))
        between = ((own - mean) ** 2 + variance).mean(axis=0) + _SMALLEST
        around = mean**2 + uncertain + _SMALLEST
    return Shared(mean, between, around)


def of_panel(gram: Floats, right: Floats, known: Shared) -> Floats:
    """[numbers] the mean of the effects, with variances that are known."""
    return _mean(gram, right, known.between, known.around)[0]


def of_each(gram: Floats, right: Floats, known: Shared) -> Floats:
    """[series, numbers] the effects of each series.

    b = m + V (r - G m),  V = (G + 1 / T)^-1
    """
    return _own(gram, right, known)[0]


def _mean(gram: Floats, right: Floats, between: Floats, around: Floats) -> tuple[Floats, Floats]:
    """The mean, and the variance of what is not known of it.

    With H = (G^-1 + T)^-1 = G - G V G it is (sum H + 1 / S)^-1 sum (r - G V r).
    """
    variance = _variance(gram, between)
    weighted = gram @ variance
    precision = (gram - weighted @ gram).sum(axis=0) + np.diag(1 / around)
    told = (right - np.einsum("sab,sb->sa", weighted, right)).sum(axis=0)
    inverse = np.linalg.inv(precision)
    return inverse @ told, np.maximum(np.diagonal(inverse), 0)


def _own(gram: Floats, right: Floats, known: Shared) -> tuple[Floats, Floats]:
    variance = _variance(gram, known.between)
    own = known.mean + np.einsum("sab,sb->sa", variance, right - gram @ known.mean)
    return own, np.diagonal(variance, axis1=1, axis2=2)


def _variance(gram: Floats, between: Floats) -> Floats:
    """[series, numbers, numbers] V = D (1 + D G D)^-1 D, D the square root of T."""
    root = np.sqrt(between)
    inner = np.eye(len(root)) + root[:, None] * gram * root
    found: Floats = root[:, None] * np.linalg.inv(inner) * root
    return found
