"""Forecast distributions as quantiles on one grid."""

from __future__ import annotations

import numpy as np

from gatecast._types import Floats

PROBABILITIES = np.array(
    [0.005, 0.01, 0.025, *np.arange(0.05, 0.951, 0.05).round(2), 0.975, 0.99, 0.995]
)
"""Where a forecast distribution is evaluated; between them it is interpolated."""


MEDIAN = int(np.flatnonzero(PROBABILITIES == 1 / 2)[0])
"""The place of the median in `PROBABILITIES`."""


def mean_of_quantiles(quantiles: Floats) -> Floats:
    """[...] the mean of a distribution: each quantile stands for the probability around it.

    Args:
        quantiles: [..., probabilities] at `PROBABILITIES`.
    """
    borders = (PROBABILITIES[1:] + PROBABILITIES[:-1]) / 2
    # Added in a fixed order: the result of a series does not depend on others.
    mean: Floats = (quantiles * np.diff([0, *borders, 1])).sum(axis=-1)
    return mean


def probability_at(quantiles: Floats, y: Floats) -> Floats:
    """The probability at which each value falls; the middle where several quantiles equal it.

    Args:
        quantiles: [..., probabilities] at `PROBABILITIES`.
        y: [...].
    """
    at_most = _share(quantiles, y, strict=False)
    below = _share(quantiles, y, strict=True)
    return np.where(np.isnan(y), np.nan, (at_most + below) / 2)


def _share(quantiles: Floats, y: Floats, *, strict: bool) -> Floats:
    """Probability of values below y (or up to it), linear between quantiles."""
    above = (quantiles >= y[..., None]) if strict else (quantiles > y[..., None])
    first = np.where(above.any(axis=-1), above.argmax(axis=-1), len(PROBABILITIES))
    right = np.clip(first, 1, len(PROBABILITIES) - 1)
    low = np.take_along_axis(quantiles, right[..., None] - 1, -1)[..., 0]
    high = np.take_along_axis(quantiles, right[..., None], -1)[..., 0]
    share = np.clip((y - low) / np.where(high > low, high - low, 1), 0, 1)
    inside = PROBABILITIES[right - 1] + share * (PROBABILITIES[right] - PROBABILITIES[right - 1])
    found: Floats = np.where(first == 0, 0, np.where(first == len(PROBABILITIES), 1, inside))
    return found


def value_at(quantiles: Floats, probability: Floats) -> Floats:
    """[series, h] the values at probabilities [h] or [series, h]."""
    probability = np.broadcast_to(probability, quantiles.shape[:-1])
    right = np.clip(np.searchsorted(PROBABILITIES, probability), 1, len(PROBABILITIES) - 1)
    low = np.take_along_axis(quantiles, right[..., None] - 1, -1)[..., 0]
    high = np.take_along_axis(quantiles, right[..., None], -1)[..., 0]
    apart = PROBABILITIES[right] - PROBABILITIES[right - 1]
    share = np.clip((probability - PROBABILITIES[right - 1]) / apart, 0, 1)
    found: Floats = low + share * (high - low)
    return found
