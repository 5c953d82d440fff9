"""The distribution of a Poisson number of gamma-distributed amounts, summed."""

from typing import Any

import numpy as np

from gatecast._lazy import lazy
from gatecast._types import Floats

elementwise = lazy("scipy.optimize.elementwise")
special = lazy("scipy.special")

# The Poisson distribution is summed over this many counts, or ranges of counts if it is wide.
_MOST_RANGES = 100


def compound_quantiles(number: Floats, shape: float, probabilities: Floats) -> Floats:
    """Quantiles of the sum of a Poisson number of gamma-distributed amounts of scale 1.

    Inverts F(x) = exp(-number) + sum over j of P(j) G(x; j shape), with G the distribution
    function of the gamma distribution, by bracketing (Chandrupatla 1997).

    Args:
        number: [...] mean number of amounts.
        shape: of the gamma distribution of one amount.
        probabilities: [probabilities] or [..., probabilities].

    Returns:
        [..., probabilities].
    """
    number, probability = np.broadcast_arrays(number[..., None], probabilities)
    found = np.zeros(number.shape)
    # Where zeros alone are likely enough, the quantile is zero.
    above = probability > np.exp(-number)
    number, probability = number[above], probability[above]
    if not len(number):
        return found
    counts, shares = _ranges(number)

    def excess(x: Floats, target: Floats, row: Floats) -> Any:
        each = row.astype(int)
        below = special.gammainc(counts[each] * shape, x[..., None])
        return np.exp(-number[each]) + (shares[each] * below).sum(axis=-1) - target

    # Cantelli's inequality: quantile <= mean + deviation sqrt(p / (1 - p))
    mean, deviation = number * shape, np.sqrt(number * shape * (1 + shape))
    highest = mean + deviation * np.sqrt(probability / (1 - probability))
    rows = np.arange(len(number), dtype=float)
    solution = elementwise.find_root(
        excess, (np.zeros(len(number)), highest), args=(probability, rows)
    )
    found[above] = solution.x
    return found


def _ranges(number: Floats) -> tuple[Floats, Floats]:
    """[rows, ranges] counts of a Poisson distribution and their shares, of its mean [rows].

    Nearly all counts from 1 on lie within 8 standard deviations. Where those are more than
    `_MOST_RANGES`, neighbours are taken together at their middle.
    """
    reach = 8 * np.sqrt(number) + 8
    lowest = np.maximum(np.floor(number - reach), 0)
    span = np.ceil(number + reach) - lowest
    width = np.ceil(span / _MOST_RANGES)[:, None]
    before = lowest[:, None] + width * np.arange(np.ceil(span / width[:, 0]).max() + 1)
    shares = np.diff(special.pdtr(before, number[:, None]), axis=-1)
    return before[:, :-1] + (width + 1) / 2, shares
