"""Parts of different settings, combined."""

from dataclasses import replace

import numpy as np
import pytest
from small_forecasters import drawn_members, panel_of, small_settings, wandering

from gatecast.data import tail
from gatecast.forecasting import Combination, Members, Settings
from gatecast.forecasting.members import Forecast, ahead, mean_of, one_step
from gatecast.framing import Framing, last_windows

PANEL = panel_of(wandering(16), wandering(12, 1))
SHORT = small_settings(Framing(3, 2), scaler=("log",))
LONG = small_settings(Framing(4, 1), scaler=("difference",), stateful=True)


def members_of(settings: Settings, number: int, seed: int = 0) -> Members:
    return drawn_members(replace(settings, members=number, random_seed=seed), PANEL)


PARTS = (members_of(SHORT, 3), members_of(LONG, 2), members_of(SHORT, 3, seed=7))
ALL = Combination(PARTS)


def mean_of_medians(three: np.ndarray, two: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The middle one of three members, the mean of two."""
    middle = np.sort(three, axis=0)[1] + np.sort(others, axis=0)[1]
    return (middle + two.sum(axis=0) / 2) / 3


def test_forecasts_are_the_mean_of_medians():
    rows = np.array([14, 9])
    expected = mean_of_medians(*(ahead(part, PANEL, 3, rows) for part in PARTS))
    np.testing.assert_allclose(ALL.ahead(PANEL, 3, rows), expected)
    found = ALL.forecast(PANEL, last_windows(PANEL, rows), 3)
    np.testing.assert_array_equal(found.point, ALL.ahead(PANEL, 3, rows))
    assert found.quantiles is None


def test_members_may_be_averaged():
    part = members_of(replace(SHORT, combine="mean"), 3)
    found = Combination((part,)).ahead(PANEL, 2)
    np.testing.assert_allclose(found, ahead(part, PANEL, 2).mean(axis=0))


def test_one_step_is_known_where_all_parts_forecast():
    expected = mean_of_medians(*(one_step(part, PANEL) for part in PARTS))
    found = ALL.one_step(PANEL)
    np.testing.assert_allclose(found, expected)
    np.testing.assert_array_equal(np.isnan(found), PANEL.position < 5)


def test_last_rows_and_what_is_carried_are_all_a_forecast_needs():
    last = tail(PANEL, ALL.kept_rows)
    assert last.lengths.tolist() == [5, 5]
    states = ALL.states(PANEL, last)
    assert [len(each.memory) for each in states] == [0, 2, 0]
    found = ALL.forecast(last, last_windows(last), 4, states)
    np.testing.assert_allclose(found.point, ALL.ahead(PANEL, 4), rtol=1e-6)


@pytest.mark.parametrize(
    ("parts", "one_origin", "relative", "kept_rows"),
    [(PARTS, True, False, 5), (PARTS[:1], False, True, 3), (PARTS[1:2], True, False, 5)],
)
def test_what_its_parts_are(
    parts: tuple[Members, ...], *, one_origin: bool, relative: bool, kept_rows: int
):
    combination = Combination(parts)
    assert combination.one_origin == one_origin
    assert combination.relative == relative
    assert combination.kept_rows == kept_rows
    assert not combination.distributional


def test_parts_are_forecast_one_by_one_with_what_each_carries():
    last = tail(PANEL, ALL.kept_rows)
    found = ALL.by_part(last, last_windows(last), 4, ALL.states(PANEL, last))
    assert len(found) == len(PARTS)
    for forecast, part in zip(found, PARTS, strict=True):
        expected = np.median(ahead(part, PANEL, 4), axis=0)
        np.testing.assert_allclose(forecast.point, expected, rtol=1e-6)


def test_distributions_are_averaged_quantile_by_quantile():
    low, high = np.arange(6.0).reshape(1, 2, 3), np.array([[[3.0, 5, 9], [7, 8, 8]]])
    one = Forecast(np.array([[1.0, 4]]), low)
    other = Forecast(np.array([[5.0, 8]]), high)
    found = mean_of([one, other])
    np.testing.assert_array_equal(found.point, [[3, 6]])
    np.testing.assert_array_equal(found.quantiles, [[[1.5, 3, 5.5], [5, 6, 6.5]]])
    # A point has no quantiles to average.
    mixed = mean_of([one, Forecast(other.point, None)])
    np.testing.assert_array_equal(mixed.point, [[3, 6]])
    assert mixed.quantiles is None
