"""Is one forecast really better than another?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._lazy import lazy
from gatecast._types import Floats, InputError

stats = lazy("scipy.stats")

Alternative: TypeAlias = Literal["two-sided", "less", "greater"]


@dataclass(frozen=True)
class DieboldMariano:
    """Outcome of the Diebold-Mariano test.

    Attributes:
        statistic: positive where the first forecast has the larger loss.
        p_value: the probability of such a statistic were both forecasts equally good.
    """

    statistic: float
    p_value: float


def diebold_mariano(
    errors_a: Floats,
    errors_b: Floats,
    h: int = 1,
    power: float = 2,
    *,
    alternative: Alternative = "two-sided",
    ds: NDArray[Any] | None = None,
) -> DieboldMariano:
    """Test whether two forecasts of the same rows are equally accurate.

    Diebold and Mariano 1995, "Comparing predictive accuracy", Journal of Business and Economic
    Statistics 13, with the small-sample correction and Student t of Harvey, Leybourne and Newbold
    1997, "Testing the equality of prediction mean squared errors", International Journal of
    Forecasting 13.

    Where the loss never differs, or there are no more than `h` steps, nothing speaks against
    equality: statistic 0, p-value 1. Where it differs by the same amount at every step, the
    statistic is infinite.

    Args:
        errors_a: [rows] errors of the first forecast, in time order; rows with NaN are left out.
        errors_b: [rows] errors of the second, row by row the same targets.
        h: the horizon; losses up to `h - 1` steps apart may be correlated.
        power: the loss is |error| ** power.
        alternative: "less" tests whether the first loss is smaller, "greater" whether it is larger.
        ds: [rows] the time of each row. Series share their shocks, so the rows of a panel are no
            independent evidence: loss differences of one time are averaged into one step.

    Raises:
        InputError: the arrays differ in length.
    """
    if len(errors_a) != len(errors_b) or (ds is not None and len(ds) != len(errors_a)):
        raise InputError(
            f"errors_a ({len(errors_a)} rows), errors_b ({len(errors_b)} rows) and ds must have"
            " one entry for each of the same rows"
        )
    # d[t] = |a[t]|^power - |b[t]|^power
    difference = pd.Series(np.abs(errors_a) ** power - np.abs(errors_b) ** power).dropna()
    if ds is not None:
        difference = difference.groupby(np.asarray(ds)[difference.index]).mean()
    return differential_test(difference.to_numpy(dtype=np.float64), h, alternative)


def differential_test(
    difference: Floats, h: int = 1, alternative: Alternative = "two-sided"
) -> DieboldMariano:
    """The test of `diebold_mariano`, from the differences of the losses.

    Args:
        difference: [steps] the first loss less the second, in time order, without NaN.
        h: as there.
        alternative: as there.
    """
    n = len(difference)
    mean = float(difference.mean()) if n else 0.0
    if n <= h or not difference.any():
        return DieboldMariano(statistic=0.0, p_value=1.0)
    variance = _long_run_variance(difference, h) / n
    # Harvey, Leybourne and Newbold, equation 9: sqrt((n + 1 - 2h + h(h - 1)/n) / n)
    correction = math.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
    statistic = (
        correction * mean / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, mean)
    )
    tails = {
        "two-sided": 2 * stats.t.sf(abs(statistic), n - 1),
        "less": stats.t.cdf(statistic, n - 1),
        "greater": stats.t.sf(statistic, n - 1),
    }
    return DieboldMariano(statistic=statistic, p_value=float(tails[alternative]))


def holm(p_values: Floats) -> Floats:
    """[tests] p-values that pay for the number of tests made together.

    The smallest is multiplied by the number of tests, the next by one less, and so on; none comes
    out below a smaller one, nor above 1. Judged at 5 %, the chance of any false finding among all
    of them is at most 5 %, however they depend on each other. Source: Holm 1979, "A simple
    sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.

    Args:
        p_values: [tests] without NaN.
    """
    order = np.argsort(p_values, kind="stable")
    # p[1] m, p[2] (m - 1), ..., p[m], each at least as large as those before it
    paid = np.asarray(p_values)[order] * np.arange(len(order), 0, -1)
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(paid), 1)
    return adjusted


def _long_run_variance(difference: Floats, h: int) -> float:
    """Variance of the sum per step, from autocovariances up to lag h - 1.

    The plain sum of the original test can come out negative; then Bartlett's weights are used
    (Newey and West 1987), under which it cannot.
    """
    centred = difference - difference.mean()
    covariances = np.array([centred[k:] @ centred[: len(centred) - k] for k in range(h)])
    covariances /= len(centred)
    # gamma[0] + 2 * sum of gamma[k]
    plain = covariances[0] + 2 * covariances[1:].sum()
    weights = 1 - np.arange(1, h) / h
    return float(plain if plain > 0 else covariances[0] + 2 * weights @ covariances[1:])
