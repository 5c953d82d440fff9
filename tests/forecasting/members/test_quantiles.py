"""Distributions as quantiles on a grid: where values fall, and what is at a probability."""

import numpy as np
from scipy import stats
from small_forecasters import NAN

from gatecast.forecasting.members import PROBABILITIES, probability_at, value_at

NORMAL = stats.norm.ppf(PROBABILITIES)


def test_a_probability_is_where_a_value_falls():
    quantiles = np.broadcast_to(NORMAL, (5, len(NORMAL)))
    y = np.array([0.0, 1.0, -1.5, 9.0, -9.0])
    found = probability_at(quantiles, y)
    np.testing.assert_allclose(found, [*stats.norm.cdf(y[:3]), 1, 0], atol=0.005)
    assert np.isnan(probability_at(quantiles[:1], np.array([NAN])))


def test_a_value_that_several_quantiles_equal_falls_in_their_middle():
    # Zero with probability 0.5, else one.
    quantiles = (PROBABILITIES > 0.5).astype(float)
    found = probability_at(np.stack([quantiles] * 2), np.array([0.0, 1.0]))
    np.testing.assert_allclose(found, [0.25, 0.775], atol=0.03)


def test_between_quantiles_values_are_interpolated():
    # Two series and three rows ahead, each with a distribution of its own.
    center = np.array([[0.0, 5, 10], [-20, 0, 20]])
    quantiles = center[..., None] + NORMAL
    wanted = np.array([[0.005, 0.07, 0.5], [0.333, 0.9, 0.995]])
    expected = center + np.interp(wanted, PROBABILITIES, NORMAL)
    np.testing.assert_allclose(value_at(quantiles, wanted), expected)
    # One probability for each row ahead.
    expected = center + np.interp(wanted[1], PROBABILITIES, NORMAL)
    np.testing.assert_allclose(value_at(quantiles, wanted[1]), expected)


def test_beyond_the_grid_values_end_with_it():
    quantiles = np.stack([NORMAL, 3 + NORMAL])[:, None]
    for probability, end in ((0.0, NORMAL[0]), (1.0, NORMAL[-1])):
        found = value_at(quantiles, np.array([probability]))
        np.testing.assert_array_equal(found, [[end], [3 + end]])
