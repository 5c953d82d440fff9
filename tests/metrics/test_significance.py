import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from gatecast._types import InputError
from gatecast.metrics import DieboldMariano, diebold_mariano, holm
from gatecast.metrics._significance import Alternative


@given(st.integers(0, 10_000), st.sampled_from(["two-sided", "less", "greater"]))
def test_at_horizon_one_it_is_the_paired_t_test(seed: int, alternative: Alternative):
    a, b = np.random.default_rng(seed).normal(size=(2, 20))
    expected = stats.ttest_rel(a**2, b**2, alternative=alternative)
    found = diebold_mariano(a, b, alternative=alternative)
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue)


def test_horizon_two_by_hand():
    # loss differences 1, 2, 3, 6: mean 3, centred -2, -1, 0, 3
    # gamma0 = 14/4, gamma1 = 2/4, variance of the mean (3.5 + 2 * 0.5)/4 = 1.125
    # correction sqrt((4 + 1 - 4 + 2/4)/4) = sqrt(0.375)
    found = diebold_mariano(np.array([1.0, 2, 3, 6]), np.zeros(4), h=2, power=1)
    statistic = math.sqrt(0.375) * 3 / math.sqrt(1.125)
    assert found.statistic == pytest.approx(statistic)
    assert found.p_value == pytest.approx(2 * stats.t.sf(statistic, df=3))


def test_negative_variance_falls_back_to_bartlett_weights():
    # differences 1, 5, 1, 5: centred -2, 2, -2, 2; gamma0 = 4, gamma1 = -3; 4 - 6 < 0, 4 - 3 = 1
    found = diebold_mariano(np.array([1.0, 5, 1, 5]), np.zeros(4), h=2, power=1)
    assert found.statistic == pytest.approx(math.sqrt(0.375) * 3 / math.sqrt(1 / 4))


def test_size_is_five_percent():
    errors = np.random.default_rng(1).normal(size=(2000, 2, 30))
    rejected = [diebold_mariano(a, b).p_value < 0.05 for a, b in errors]
    assert np.mean(rejected) == pytest.approx(0.05, abs=0.015)


def test_size_at_a_longer_horizon():
    """Three-step errors overlap: a moving average of three shocks."""
    shocks = np.random.default_rng(2).normal(size=(4000, 2, 202))
    errors = shocks[..., 2:] + shocks[..., 1:-1] + shocks[..., :-2]
    rejected = [diebold_mariano(a, b, h=3).p_value < 0.05 for a, b in errors]
    assert np.mean(rejected) == pytest.approx(0.05, abs=0.015)


def test_rows_of_one_time_are_one_step():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 30))
    copies = 4
    panel = diebold_mariano(
        np.tile(a, copies), np.tile(b, copies), ds=np.tile(np.arange(30), copies)
    )
    alone = diebold_mariano(a, b)
    assert panel.p_value == pytest.approx(alone.p_value)
    assert diebold_mariano(np.tile(a, copies), np.tile(b, copies)).p_value < alone.p_value


def test_rows_with_nan_are_left_out():
    a, b = np.random.default_rng(4).normal(size=(2, 30))
    a[3], b[7] = np.nan, np.nan
    keep = np.isfinite(a + b)
    times = np.arange(30)
    assert diebold_mariano(a, b) == diebold_mariano(a[keep], b[keep])
    assert diebold_mariano(a, b, ds=times) == diebold_mariano(a[keep], b[keep], ds=times[keep])


def test_degenerate_cases():
    nothing = DieboldMariano(statistic=0.0, p_value=1.0)
    ones = np.ones(10)
    assert diebold_mariano(ones, -ones) == nothing
    assert diebold_mariano(np.array([]), np.array([])) == nothing
    assert diebold_mariano(np.array([1.0]), np.array([2.0])) == nothing
    assert diebold_mariano(2 * ones, ones) == DieboldMariano(math.inf, 0.0)
    assert diebold_mariano(ones, 2 * ones, alternative="less") == DieboldMariano(-math.inf, 0.0)


def test_unequal_lengths_are_refused():
    with pytest.raises(InputError, match=r"errors_a \(3 rows\), errors_b \(2 rows\)"):
        diebold_mariano(np.ones(3), np.ones(2))


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_as_defined(p_values: list[float]):
    found, tests = holm(np.array(p_values)), len(p_values)
    order = np.argsort(p_values)
    for place, own in enumerate(order):
        # The largest of what the smaller ones were corrected to: (tests - rank) p.
        corrected = [(tests - rank) * p_values[order[rank]] for rank in range(place + 1)]
        assert found[own] == pytest.approx(min(1, max(corrected)))
    assert len(found) == tests


def test_holm_is_that_of_statsmodels():
    p_values = np.random.default_rng(0).uniform(0, 0.2, 12)
    np.testing.assert_allclose(holm(p_values), multipletests(p_values, method="holm")[1])


def test_the_best_of_three_has_to_pay_for_the_others():
    np.testing.assert_allclose(holm(np.array([0.2, 0.044, 0.9])), [0.4, 0.132, 0.9])
