"""The effects of many series, shrunken towards each other: empirical Bayes.

Effects b_i of series i are drawn around those of the panel, and these around zero,

b_i ~ N(M s_i, T),  M = (m, W) ~ N(0, S),  T and S diagonal,

where s_i = (1, static numbers, categories) are the predictors of the series; without any it is
b_i ~ N(m, T). T and S are estimated from the data (Robbins 1956; Efron and Morris 1973; S for each
column by itself: MacKay 1994), so that columns without an effect get next to none, and a series
with few rows gets the effects of the panel, or of the series like it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gatecast._types import Floats, Integers

_TURNS = 40
_SMALLEST = 1e-10


class Shared(NamedTuple):
    """What the effects of all series have in common.

    Attributes:
        mean: [predictors, numbers] m, and then W.
        between: [numbers] T, the variance between series that are alike.
        around: [predictors, numbers] S, that of the means around zero.
    """

    mean: Floats
    between: Floats
    around: Floats


class Sums(NamedTuple):
    """What series say of their effects, in units of the variance of the errors.

    Attributes:
        gram: [series, numbers, numbers] G.
        right: [series, numbers] r.
        predictors: [series, predictors] s, the first of which is 1.
    """

    gram: Floats
    right: Floats
    predictors: Floats

    @classmethod
    def alike(cls, gram: Floats, right: Floats) -> Sums:
        """Of series of which no predictor is known."""
        return cls(gram, right, np.ones((len(right), 1)))

    def where(self, keep: Any) -> Sums:
        """Of the series chosen by a mask or by numbers."""
        return Sums(*(each[keep] for each in self))


def shared(sums: Sums, groups: Integers | None = None) -> Shared:
    """The means of the effects and their variances, which a fixed number of steps of EM estimate.

    Args:
        sums: of some series.
        groups: [predictors] numbers of groups whose means have one variance; each its own if None.
    """
    numbers, predictors = sums.right.shape[1], sums.predictors.shape[1]
    between: Floats = np.full(numbers, 0.01)
    around: Floats = np.ones((predictors, numbers))
    alike = np.eye(predictors) if groups is None else (groups[:, None] == groups).astype(float)
    alike /= alike.sum(axis=1, keepdims=True)
    mean = np.zeros_like(around)
    for _ in range(_TURNS):
        variance = _variance(sums.gram, between)
        mean, uncertain = _mean(sums, variance, around)
        own = _own(sums, variance, mean)
        left = np.diagonal(variance, axis1=1, axis2=2)
        between = ((own - sums.predictors @ mean) ** 2 + left).mean(axis=0) + _SMALLEST
        around = alike @ (mean**2 + uncertain) + _SMALLEST
    return Shared(mean, between, around)


def of_panel(sums: Sums, known: Shared) -> Floats:
    """[predictors, numbers] the means of the effects, with variances that are known."""
    return _mean(sums, _variance(sums.gram, known.between), known.around)[0]


def of_each(sums: Sums, known: Shared) -> Floats:
    """[series, numbers] the effects of each series.

    b = M s + V (r - G M s),  V = (G + 1 / T)^-1
    """
    return _own(sums, _variance(sums.gram, known.between), known.mean)


def _mean(sums: Sums, variance: Floats, around: Floats) -> tuple[Floats, Floats]:
    """The means, and the variances of what is not known of them.

    With H = (G^-1 + T)^-1 = G - G V G they are (sum s s' x H + 1 / S)^-1 sum s x (r - G V r).
    """
    gram, right, predictors = sums
    weighted = gram @ variance
    left = gram - weighted @ gram
    precision = np.einsum("sj,sl,sab->jalb", predictors, predictors, left, optimize=True)
    precision = precision.reshape(around.size, around.size) + np.diag(1 / around.reshape(-1))
    told = predictors.T @ (right - np.einsum("sab,sb->sa", weighted, right))
    inverse = np.linalg.inv(precision)
    mean: Floats = (inverse @ told.reshape(-1)).reshape(around.shape)
    return mean, np.maximum(np.diagonal(inverse), 0).reshape(around.shape)


def _own(sums: Sums, variance: Floats, mean: Floats) -> Floats:
    of_alike = sums.predictors @ mean
    left = sums.right - np.einsum("sab,sb->sa", sums.gram, of_alike)
    found: Floats = of_alike + np.einsum("sab,sb->sa", variance, left)
    return found


def _variance(gram: Floats, between: Floats) -> Floats:
    """[series, numbers, numbers] V = D (1 + D G D)^-1 D, D the square root of T."""
    root = np.sqrt(between)
    inner = np.eye(len(root)) + root[:, None] * gram * root
    found: Floats = root[:, None] * np.linalg.inv(inner) * root
    return found
