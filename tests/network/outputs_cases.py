"""Outputs with their distributions as SciPy has them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from gatecast.network.outputs import (
    Bernoulli,
    NegativeBinomial,
    Normal,
    Output,
    Quantiles,
    StudentT,
    Tweedie,
    ZeroInflatedNegativeBinomial,
)

SCALE = 4.0
P = (0.05, 0.25, 0.5, 0.75, 0.95)


def raw_of(value: float) -> float:
    """The raw output of a positive parameter."""
    return float(np.log(np.expm1(value - 1e-6)))


def log_odds(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


@dataclass(frozen=True)
class Case:
    """One output at one setting of its parameters, in scaled units but for the counts.

    Attributes:
        draw: `draw(random, size)` values in scaled units, by NumPy and SciPy alone.
        mean: of the distribution.
        variance: of the distribution.
    """

    output: Output
    raw: tuple[float, ...]
    draw: Callable[[Any, int], Any]
    mean: float
    variance: float


def _tweedie_draws(random: Any, size: int) -> Any:
    # Mean 2, dispersion 1.5, power 1.4: number 2^0.6 / 0.9, gammas of shape 1.5, size 0.6 2^0.4
    number = random.poisson(2**0.6 / 0.9, size)
    return random.gamma(1.5 * number, 0.6 * 2**0.4)


CASES = (
    Case(Normal(), (1.5, raw_of(2.0)), lambda r, n: r.normal(1.5, 2.0, n), 1.5, 4.0),
    Case(
        StudentT(),
        (-1.0, raw_of(0.5), raw_of(3.0)),
        lambda r, n: -1 + 0.5 * r.standard_t(5, n),
        -1.0,
        0.25 * 5 / 3,
    ),
    # Counts of mean 2 * 4 and dispersion 0.8 / sqrt(4): variance 8 + 0.4 * 64
    Case(
        NegativeBinomial(),
        (raw_of(2.0), raw_of(0.8)),
        lambda r, n: r.negative_binomial(2.5, 1 / (1 + 0.4 * 8), n) / SCALE,
        2.0,
        (8 + 0.4 * 64) / SCALE**2,
    ),
    Case(
        ZeroInflatedNegativeBinomial(),
        (raw_of(2.0), raw_of(0.8), log_odds(0.6)),
        lambda r, n: (r.random(n) > 0.6) * r.negative_binomial(2.5, 1 / 4.2, n) / SCALE,
        0.4 * 2.0,
        (0.4 * (8 + 0.4 * 64 + 64) - 3.2**2) / SCALE**2,
    ),
    Case(Bernoulli(), (log_odds(0.3),), lambda r, n: 1.0 * (r.random(n) < 0.3), 0.3, 0.21),
    Case(Tweedie(1.4), (raw_of(2.0), raw_of(1.5)), _tweedie_draws, 2.0, 1.5 * 2**1.4),
    # The gaps between the quantiles of a normal distribution
    Case(
        Quantiles(P),
        (
            *(raw_of(gap) for gap in np.diff(stats.norm.ppf(P, 1, 3))[:2]),
            1.0,
            *(raw_of(gap) for gap in np.diff(stats.norm.ppf(P, 1, 3))[2:]),
        ),
        lambda r, n: r.normal(1, 3, n),
        1.0,
        9.0,
    ),
)
