"""The season of the calendar year: whether a series has one, and its shape.

The series is averaged over weeks and regressed on a line and harmonics of the year,

    y_t = a + b t + sum_k (c_k cos 2 pi k t + s_k sin 2 pi k t) + u_t,   t in years,

where the errors u_t depend on each other: (1 - p L)(1 - q L) u_t = e_t, p up to 1, a random walk.
For each p and q of a grid this is a regression of the filtered values on the filtered columns, by
generalised least squares (Cochrane and Orcutt 1949); the likelihood chooses p and q.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from gatecast._types import Floats

HARMONICS = 10
# Fewer years say too little; weights halve with every so many years.
_FEWEST_YEARS, _HALF_LIFE = 1.4, 5.0
# A season is evident where twice the logarithm of the likelihood ratio is at least 15 + 20 / years
# by the first three harmonics, in which most of it lies, or 30 + 70 / years by all: a random walk
# of a year and a half reaches that once in fifty times, a longer one hardly ever ("Seasons and
# traits" in docs/tried.md).
_TESTS = ((3, 15.0, 20.0), (HARMONICS, 30.0, 70.0))
_WEEKS = 52
_TREND = 2
# Of the errors: the two factors of their dependence, from none to a random walk.
_FILTERS = np.array(
    [
        (1.0, -(p + q), p * q)
        for p, q in product((0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98, 1), (-0.3, 0, 0.3, 0.6, 0.9))
    ]
)
# Relative to a standard deviation of 1: what is smaller is rounding.
_ROUNDING = 1e-6


def waves(years: Floats, harmonics: int = HARMONICS) -> Floats:
    """[..., 2 * harmonics] cosines, then sines, of one to `harmonics` cycles in a year."""
    angle = 2 * np.pi * years[..., None] * np.arange(1, harmonics + 1)
    return np.concatenate([np.cos(angle), np.sin(angle)], axis=-1)


def yearly(values: Floats, years: Floats) -> Floats:
    """[2 * HARMONICS] the season of one series, in the order of `waves`; zeros if it has none.

    Args:
        values: [rows] oldest first, NaN where nothing was observed.
        years: [rows] their times.
    """
    none: Floats = np.zeros(2 * HARMONICS)
    seen = ~np.isnan(values)
    values, years = values[seen], years[seen]
    if len(values) < _WEEKS or years[-1] - years[0] < _FEWEST_YEARS:
        return none
    ago = years - years[-1]
    weeks = np.ceil(ago * _WEEKS)
    first = np.flatnonzero(np.diff(weeks, prepend=-np.inf))
    counts = np.diff(first, append=len(weeks))
    when, means = np.add.reduceat(np.stack([ago, values]), first, axis=1) / counts
    center, spread = means.mean(), means.std()
    if len(means) < _WEEKS or spread <= _ROUNDING * max(abs(center), _ROUNDING):
        return none
    # The mean of a wave over a week is the wave in its middle, times sin(x) / x.
    width = np.where(counts > 1, 1 / _WEEKS, 0)[:, None]
    attenuated = np.sinc(width * np.tile(np.arange(1, HARMONICS + 1), 2))
    season = waves(when + years[-1]) * attenuated
    columns = [np.ones(len(when)), when, season, (means - center) / spread]
    found = _estimated(np.column_stack(columns))
    return none if found is None else found * spread


def _estimated(means: Floats) -> Floats | None:
    """[2 * HARMONICS] the coefficients of an evident season.

    Args:
        means: [weeks, columns] a constant, the time in years before the last row, the harmonics,
            and last the values.
    """
    weight = 0.5 ** (-means[2:, 1] / _HALF_LIFE)
    lagged = np.stack([means[2:], means[1:-1], means[:-2]])
    products = np.einsum("t,atc,btd->abcd", weight, lagged, lagged, optimize=True)
    grams = np.einsum("fa,fb,abcd->fcd", _FILTERS, _FILTERS, products, optimize=True)
    number = weight.sum()
    without = _residual(grams, [*range(_TREND)], number)
    for harmonics, evident, short in _TESTS:
        with_season = _residual(grams, [*range(_TREND), *_places(harmonics)], number)
        gain = number * np.log(without.min() / with_season.min())
        if gain >= evident + short / -means[0, 1]:
            break
    else:
        return None
    best = int(with_season.argmin())
    gram = grams[best][:-1, :-1]
    # The prior: standard deviation 1 / k of harmonic k, in those of the series. Its precision
    # relative to that of the errors is k^2 times their variance.
    order = np.tile(np.arange(1, HARMONICS + 1), 2)
    penalty = np.concatenate([[_ROUNDING] * _TREND, order**2 * with_season[best] / number])
    found: Floats = np.linalg.solve(gram + np.diag(penalty), grams[best][:-1, -1])[_TREND:]
    return found


def _places(harmonics: int) -> list[int]:
    """The columns of the first harmonics."""
    first = [*range(_TREND, _TREND + harmonics)]
    return [*first, *(HARMONICS + place for place in first)]


def _residual(grams: Floats, columns: list[int], number: float) -> Floats:
    """[filters] the sum of squared errors that a regression on some columns leaves."""
    chosen = grams[:, columns][:, :, columns] + _ROUNDING * np.eye(len(columns))
    right = grams[:, columns, -1:]
    explained = (right * np.linalg.solve(chosen, right)).sum(axis=(1, 2))
    left: Floats = np.maximum(grams[:, -1, -1] - explained, 0) + _ROUNDING * number
    return left
