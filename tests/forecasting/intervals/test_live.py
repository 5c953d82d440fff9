"""Forecasts judged as truths arrive, against the formulas by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatecast.forecasting.intervals import (
    LEVELS,
    TRACK,
    Calibration,
    LiveIntervals,
    new_track,
    record_of,
)
from gatecast.forecasting.members import Forecast

WINDOWS, H = 199, 2
RATE = 0.02


def calibration_of(kind: str = "absolute", windows: int = WINDOWS) -> Calibration:
    scores = np.random.default_rng(0).normal(size=(windows, H)) * (1 if kind == "absolute" else 0.1)
    return Calibration(scores, np.ones(windows), np.array([2.0, 0.5]), kind, {})


def forecast_of(*points: float) -> Forecast:
    return Forecast(np.array([[point] * H for point in points]), None)


@pytest.mark.parametrize("kind", ["absolute", "relative"])
@pytest.mark.parametrize("level", [50.0, 80.0, 95.0])
def test_without_adapting_intervals_are_those_of_predict(kind: str, level: float):
    calibration, forecast = calibration_of(kind), forecast_of(10.0, 20.0)
    live = LiveIntervals.of(calibration, H, adaptive=False)
    found = live.interval(calibration, forecast, new_track(2), level)
    np.testing.assert_allclose(found, calibration.interval(forecast, level), rtol=1e-9)


CALIBRATION = calibration_of()
LIVE = {adaptive: LiveIntervals.of(CALIBRATION, H, adaptive=adaptive) for adaptive in (False, True)}


def judged(truths: list[float], *, adaptive: bool = True) -> tuple[Any, list[float]]:
    """The track of a forecast of 10, again and again, and p-values."""
    forecast = forecast_of(10.0, 10.0)
    track, likely = new_track(2), []
    for truth in truths:
        both = np.array([truth, np.nan])
        found = LIVE[adaptive].judged(CALIBRATION, forecast, both, np.array([9.0, 9.0]), track)
        track = found.track
        likely.append(found.p_value[0])
        assert np.isnan(found.p_value[1])
    assert track[1] == new_track(2)[1]
    return track[0], likely


def test_coverage_is_corrected_by_the_formula():
    """used += rate (level - inside), with the interval of the coverage used before."""
    truths = [10.0, 30.0, 10.5, 12.0, 8.0, 10.2, 14.0]
    track, _ = judged(truths)
    calibration = calibration_of()
    for place, level in enumerate(LEVELS):
        used, covered = level / 100, 0
        for truth in truths:
            grid = np.append(np.arange(200) / 200, 0.999)
            widths = [calibration.width(each, 1)[0] for each in grid]
            inside = abs(truth - 10) <= 2 * np.interp(used, grid, widths)
            covered += inside
            used += RATE * (level / 100 - inside)
        assert track["covered"][place] == covered
        assert track["used"][place] == pytest.approx(used, abs=1e-12)


def test_levels_stay_without_adapting():
    track, _ = judged([10.0, 30.0, 8.0], adaptive=False)
    np.testing.assert_array_equal(track["used"], np.array(LEVELS) / 100)


def test_p_values_are_shares_of_scores_that_are_as_large():
    sizes = np.abs(calibration_of().scores[:, 0])
    for truth in (10.0, 11.0, 7.0):
        _, (found,) = judged([truth])
        as_large = (sizes >= abs(truth - 10) / 2).sum()
        assert found == pytest.approx((as_large + 1) / (WINDOWS + 1))


@pytest.mark.parametrize("coverage", [0.97, 0.99])
def test_p_values_beyond_all_scores_are_those_of_the_widened_intervals(coverage: float):
    """With 22 scores a share could not fall below 1/23: nothing would ever be an anomaly."""
    calibration, forecast = calibration_of(windows=22), forecast_of(10.0, 10.0)
    live = LiveIntervals.of(calibration, H, adaptive=True)
    ends = 10.0 + calibration.scale * calibration.width(coverage, 1)
    found = live.judged(calibration, forecast, ends, np.array([9.0, 9.0]), new_track(2))
    np.testing.assert_allclose(found.p_value, 1 - coverage, rtol=1e-6)
    found = live.judged(calibration, forecast, ends * 1e6, np.array([9.0, 9.0]), new_track(2))
    np.testing.assert_allclose(found.p_value, 0.001, rtol=1e-6)


def test_a_later_row_is_judged_by_the_errors_that_far_ahead():
    """The first series by the second step, the other by the first."""
    away = np.array([2.0, 0.75])
    forecast, truth, last = forecast_of(10.0, 10.0), 10 + away, np.array([9.0, 9.0])
    step = np.array([2, 1])
    found = LIVE[True].judged(CALIBRATION, forecast, truth, last, new_track(2), step)
    sizes = np.abs(CALIBRATION.scores)
    for series, column in enumerate(step - 1):
        as_large = (sizes[:, column] >= away[series] / CALIBRATION.scale[series]).sum()
        assert found.p_value[series] == pytest.approx((as_large + 1) / (WINDOWS + 1))
        widths = [CALIBRATION.width(level / 100, H)[column] for level in LEVELS]
        inside = CALIBRATION.scale[series] * np.array(widths) >= away[series]
        np.testing.assert_array_equal(found.track["covered"][series], inside)
    one = LIVE[True].judged(CALIBRATION, forecast, truth, last, new_track(2))
    assert one.track[1] == found.track[1]
    assert one.track[0]["crps"] != found.track[0]["crps"]


@pytest.mark.parametrize("truth", [10.0, 11.0, 4.0])
def test_crps_is_about_the_integral(truth: float):
    """The integral of the squared distance of the distribution from that of the truth."""
    track, _ = judged([truth])
    calibration = calibration_of()
    coverages = np.linspace(0, 0.999, 1000)
    widths = 2 * np.array([calibration.width(each, 1)[0] for each in coverages])

    value = np.linspace(-5, 25, 30_001)
    below = 1 / 2 + np.sign(value - 10) * np.interp(np.abs(value - 10), widths, coverages) / 2
    integral = np.trapezoid((below - (value >= truth)) ** 2, value)
    assert track["crps"] == pytest.approx(integral, rel=0.15)


def test_errors_are_those_of_the_points_and_of_persistence():
    truths = [10.0, 12.0, 7.0]
    track, _ = judged(truths)
    assert track["squares"] == pytest.approx(0 + 4 + 9)
    assert track["persistence"] == pytest.approx(1 + 9 + 4)
    record = record_of(np.array([track], TRACK))
    assert record.judged == 3
    assert record.skill == pytest.approx(1 - np.sqrt(13 / 14))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0, 20), min_size=40, max_size=40))
def test_coverage_comes_to_the_level_whatever_arrives(truths: list[float]):
    """Gibbs and Candes 2021, proposition 4.1, where no interval reaches its bounds."""
    track, _ = judged(truths)
    for place, level in enumerate(LEVELS):
        gap = level / 100 - track["covered"][place] / len(truths)
        used = level / 100 + RATE * len(truths) * gap
        assert track["used"][place] == pytest.approx(used, abs=1e-9)
