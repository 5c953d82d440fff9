"""Intervals from errors on windows held back: by hand, and as the papers have them."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from climbers import Climber
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from small_forecasters import NAN, Array, drawn_model, panel_of, small_settings

from gatecast._types import InputError, InputWarning, Panel
from gatecast.forecasting import Calibration, ForecastOptions
from gatecast.forecasting.intervals import HeldBack, calibrate, forecast_held_back, scales
from gatecast.forecasting.members import PROBABILITIES, Forecast
from gatecast.framing import Framing, Windows
from gatecast.network import Architecture

SCORES = np.array([[0.3, 1.0], [0.1, 0.2], [0.2, 3.0], [0.5, 2.0], [0.4, 0.1]])


def calibration_of(scores: Array, *, kind: str = "absolute", scale: Any = (1.0,)) -> Calibration:
    return Calibration(scores, np.ones(len(scores)), np.array(scale), kind, {})


def point(*values: Any) -> Forecast:
    return Forecast(np.array(values, float), None)


def widths(calibration: Calibration, level: float, h: int) -> Array:
    """Half the interval around 0 of the first series."""
    low, high = calibration.interval(point(*np.zeros((len(calibration.scale), h))), level)
    np.testing.assert_array_equal(low, -high)
    return high[0]


@pytest.mark.parametrize(
    ("level", "expected"),
    # Of 5 scores the ceil(6 p)-th smallest.
    [(10, [0.1, 0.1]), (33, [0.2, 0.2]), (50, [0.3, 1.0]), (80, [0.5, 3.0]), (83, [0.5, 3.0])],
)
def test_widths_by_hand(level: float, expected: list[float]):
    np.testing.assert_array_equal(widths(calibration_of(SCORES), level, 2), expected)


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=70),
    st.integers(1, 99),
)
def test_a_width_is_the_conformal_quantile(scores: list[float], level: int):
    """Lei et al. 2018: the (1 + 1/n) p quantile of the scores, without interpolation."""
    n = len(scores)
    # Of n sorted scores the ceil((n + 1) p)-th, in whole numbers: a fraction would be rounded.
    place = -(-(n + 1) * level // 100)
    found = widths(calibration_of(np.array(scores)[:, None]), level, 1)
    if place <= n:
        np.testing.assert_array_equal(found, sorted(scores)[place - 1])
    else:
        assert (found >= max(scores)).all()


@pytest.mark.parametrize("windows", [1, 2, 7, 30])
@pytest.mark.parametrize("level", [80, 95, 99, 99.9])
def test_beyond_all_scores_widths_grow_as_those_of_a_t_distribution(windows: int, level: float):
    scores = np.random.default_rng(windows).normal(0, 3, (windows, 1))
    calibration, reached = calibration_of(scores), 100 * windows / (windows + 1)
    largest, spread = np.abs(scores).max(), np.sqrt(np.mean(scores**2))
    assert calibration.highest_level == pytest.approx(reached)
    found = widths(calibration, level, 1)[0]
    if level <= reached:
        assert found <= largest
        return
    t = stats.t(max(windows, 2))
    further = t.ppf((1 + level / 100) / 2) - t.ppf((1 + reached / 100) / 2)
    assert found == pytest.approx(largest + spread * further)


@given(
    st.lists(st.floats(0.01, 2), min_size=1, max_size=30),
    st.sampled_from(["absolute", "relative"]),
)
def test_no_two_levels_beyond_all_scores_have_the_same_width(scores: list[float], kind: str):
    calibration = calibration_of(np.array(scores)[:, None], kind=kind)
    levels = np.linspace(calibration.highest_level, 99.9, 6)
    found = [widths_of(calibration, level) for level in levels]
    assert (np.diff(found) > 0).all()
    assert found[0] == widths_of(calibration, calibration.highest_level - 1e-6)


def widths_of(calibration: Calibration, level: float) -> float:
    low, high = calibration.interval(point([1.0]), level)
    return float(high[0, 0] - low[0, 0])


def test_beyond_all_scores_of_a_distribution_the_rest_shrinks_in_proportion():
    # Of four windows the largest score is the end of the 80 % interval: it spans the probabilities
    # 0.1 to 0.9, and half of what is left outside at 90 %.
    calibration = calibration_of(np.array([[0.1], [-0.4], [0.2], [0.3]]), kind="probability")
    forecast = Forecast(np.zeros((1, 1)), NORMAL[None, None])
    for level, probability in ((80, 0.9), (90, 0.95), (95, 0.975)):
        low, high = calibration.interval(forecast, level)
        assert high[0, 0] == pytest.approx(stats.norm.ppf(probability))
        assert low[0, 0] == pytest.approx(-high[0, 0])


def test_widening_is_told_once():
    model = drawn_model(small_settings(), panel_of(np.sin(np.arange(24.0))), 2)
    windows = len(model.calibration.scores)
    assert windows == 7
    words = (
        "^7 held-back windows calibrate intervals up to 87.5 %: those of 99 % are wider than any "
        "error on them"
    )
    for options in (ForecastOptions([50, 90, 99]), ForecastOptions(quantiles=[0.005, 0.5])):
        with pytest.warns(InputWarning, match=words) as told:
            model.forecast(2, options)
        assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.forecast(2, ForecastOptions([50, 87.5], [0.1]))
    assert model.calibration.summary == (
        "from 7 held-back windows, absolute scores; above 87.5 % wider than any error on them"
    )


def test_wider_for_higher_levels_and_later_rows():
    calibration = calibration_of(np.abs(np.random.default_rng(0).normal(size=(40, 6))))
    found = np.array([widths(calibration, level, 9) for level in (5, 20, 50, 80, 90, 95, 99)])
    assert (np.diff(found, axis=0) >= 0).all()
    assert (np.diff(found, axis=1) >= 0).all()
    assert (found > 0).all()


def test_beyond_the_calibrated_horizon_widths_grow_as_a_random_walk():
    found = widths(calibration_of(SCORES), 80, 8)
    np.testing.assert_allclose(found[1:], 3.0 * np.sqrt(np.arange(2, 9) / 2))


def test_absolute_widths_are_in_units_of_each_series():
    calibration = calibration_of(SCORES, scale=[2.0, 10.0])
    low, high = calibration.interval(point([5.0, 6.0], [-1.0, 0.0]), 50)
    np.testing.assert_allclose(low, [[4.4, 4.0], [-4.0, -10.0]])
    np.testing.assert_allclose(high, [[5.6, 8.0], [2.0, 10.0]])


def test_relative_widths_are_factors():
    low, high = calibration_of(SCORES, kind="relative").interval(point([5.0, 6.0]), 50)
    np.testing.assert_allclose(low, [[5 / np.exp(0.3), 6 / np.exp(1)]])
    np.testing.assert_allclose(high, [[5 * np.exp(0.3), 6 * np.exp(1)]])


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([[1.0, NAN, 3.0], [2.0, NAN, 1.0]], [2, 2, 3]),
        ([[NAN, 2.0, 1.0]], [2, 2, 2]),
        ([[4.0, 1.0, 5.0], [NAN, 2.0, NAN]], [4, 4, 5]),
    ],
)
def test_steps_without_an_observation_have_a_width(errors: list[list[float]], expected: list[int]):
    np.testing.assert_array_equal(widths(calibration_of(np.array(errors)), 45, 3), expected)


def test_every_series_counts_the_same():
    """Nine windows of one series and three of another, which is harder to forecast."""
    scores = np.repeat([[1.0], [5.0]], [9, 3], axis=0)
    weight = np.repeat([1 / 9, 1 / 3], [9, 3])
    calibration = Calibration(scores, weight, np.ones(1), "absolute", {})
    assert [widths(calibration, level, 1)[0] for level in (40, 60)] == [1, 5]
    assert widths(calibration_of(scores), 60, 1)[0] == 1
    chosen = calibration.paths(point([0]), 4000, np.random.default_rng(0))
    assert (chosen == 5).mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("level", "meant"), [(0.8, "80"), (0.955, "95.5")])
def test_a_share_is_no_percentage(level: float, meant: str):
    with pytest.raises(InputError, match=f"^level is in percent, got {level}: write {meant}$"):
        calibration_of(SCORES).interval(point([0, 0]), level)


def test_a_series_that_never_changes_says_nothing_about_others():
    """Whatever its forecast misses it by: that is rounding, in units of nothing."""
    moving = drawn_panel().y[:20]
    large = 3.3e8 * (1 + 1e-16 * np.arange(12) % 2)
    both, alone = panel_of(moving, large), panel_of(moving)

    def found(panel: Panel) -> Calibration:
        train = np.array([12, 6])[: len(panel.ids)]
        held_back = forecast_held_back(Climber(), panel, train, H, choose=False)
        return calibrate(Climber(), held_back, panel, train, SEASON)

    np.testing.assert_array_equal(found(both).scores, found(alone).scores)
    np.testing.assert_array_equal(found(both).weight, found(alone).weight)
    assert found(both).scale.tolist() == [*found(alone).scale, 0]


@pytest.mark.parametrize("relative", [False, True])
def test_beside_constants_alone_a_series_is_taken_for_a_random_walk(*, relative: bool):
    panel, train = panel_of([5.0] * 20, [1.0, 3.0]), np.array([12, 2])
    climber = Climber((0.0,), relative=relative)
    held_back = forecast_held_back(climber, panel, train, H, choose=False)
    calibration = calibrate(climber, held_back, panel, train, SEASON)
    low, high = calibration.interval(point([5, 5, 5], [3, 3, 3]), 90)
    np.testing.assert_array_equal((low[0], high[0]), np.full((2, 3), 5))
    # A normal step whose mean size is 2 has a deviation of 2 sqrt(pi / 2).
    expected = 2 * np.sqrt(np.pi / 2 * np.array([1, 2, 3])) * stats.norm.ppf(0.95)
    np.testing.assert_allclose(high[1] - 3, expected, rtol=0.02)


def test_a_series_of_one_row_changes_as_the_others_do():
    panel = panel_of([10.0, 11, 10, 11], [100.0, 130, 100, 130], [50.0])
    # Changes of 1 in 11 and 30 in 130, on average 16 %.
    expected = [1, 30, 50 * (1 / 11 + 30 / 130) / 2]
    np.testing.assert_allclose(scales(panel, panel.lengths, 1), expected)


@pytest.mark.parametrize("level", [0, 100, -5, 180])
def test_a_level_is_a_percentage(level: float):
    with pytest.raises(InputError, match=f"^level must lie between 0 and 100 .*, got {level}$"):
        calibration_of(SCORES).interval(point([0, 0]), level)


def drawn_panel() -> Panel:
    rng = np.random.default_rng(1)
    return panel_of(*(100 + rng.normal(size=rows).cumsum() for rows in (20, 12, 15)))


TRAIN = np.array([12, 8, 13])
H, SEASON = 3, 4


def calibrated(members: Climber, panel: Panel, season: int = SEASON) -> Calibration:
    """As it is fitted: on forecasts of the rows after the training rows."""
    held_back = forecast_held_back(members, panel, TRAIN, H, choose=False)
    assert held_back is not None
    return calibrate(members, held_back, panel, TRAIN, season)


def errors_by_hand(
    panel: Panel, forecast: Callable[[Array, int, int], float]
) -> tuple[list[int], Array]:
    """Of every window that begins after the training rows and ends within its series."""
    series, errors = [], []
    for number in range(3):
        y = panel.y[panel.offsets[number] : panel.offsets[number + 1]]
        for t in range(TRAIN[number], len(y) - H + 1):
            series.append(number)
            errors.append([forecast(y, t, k) - y[t + k] for k in range(H)])
    return series, np.array(errors)


@pytest.mark.parametrize("one_origin", [False, True])
def test_scores_are_those_of_windows_after_the_training_rows(*, one_origin: bool):
    panel = drawn_panel()
    series, errors = errors_by_hand(panel, lambda y, t, k: y[t - 1] + k + 1)
    assert np.bincount(series).tolist() == [6, 2]
    scale = [
        np.mean([abs(y[t] - y[t - SEASON]) for t in range(SEASON, rows)])
        for y, rows in zip(np.split(panel.y, panel.offsets[1:-1]), TRAIN, strict=True)
    ]
    found = calibrated(Climber(one_origin=one_origin), panel)
    np.testing.assert_allclose(found.scale, scale)
    # Truth minus forecast, in units of each series.
    scores = -errors / np.array(scale)[series][:, None]
    np.testing.assert_allclose(in_order(found.scores), in_order(scores))
    assert found.kind == "absolute"


def in_order(scores: Array) -> Array:
    """Windows in the order of their first score."""
    return scores[np.argsort(scores[:, 0])]


def test_scores_of_a_distribution_are_probabilities():
    panel = drawn_panel()
    _, errors = errors_by_hand(panel, lambda y, t, k: y[t - 1] + k + 1)
    found = calibrated(Climber(distributional=True), panel)
    assert found.kind == "probability"
    # Between the probabilities of the grid the truth is interpolated.
    expected = stats.norm.cdf(-errors, scale=2) - 1 / 2
    np.testing.assert_allclose(found.scores, expected, atol=0.02)


def test_skill_is_against_naive_forecasts_of_the_same_windows():
    panel = drawn_panel()
    own, persistence, seasonal = (
        np.sqrt(np.mean(errors_by_hand(panel, forecast)[1] ** 2))
        for forecast in (
            lambda y, t, k: y[t - 1] + k + 1,
            lambda y, t, _: y[t - 1],
            lambda y, t, k: y[t - SEASON + k],
        )
    )
    found = calibrated(Climber(), panel).skill
    expected = {"persistence": 1 - own / persistence, "seasonal_naive": 1 - own / seasonal}
    assert found == pytest.approx(expected)


def test_a_series_younger_than_a_season_is_compared_with_its_last_value():
    skill = calibrated(Climber(), drawn_panel(), season=30).skill
    assert skill["seasonal_naive"] == skill["persistence"]


def test_scores_of_a_logarithmic_forecaster_are_relative():
    panel = drawn_panel()
    panel.y[15] = -4.0
    windows = [(0, t) for t in range(12, 18)] + [(20, 8), (20, 9)]

    def score(before: float, actual: float, climb: int) -> float:
        ratio = (before + climb) / actual
        # A negative value has no logarithm, as a target or under a forecast.
        return -np.log(ratio) if before > 0 and actual > 0 else NAN

    expected = [
        [score(panel.y[first + t - 1], panel.y[first + t + k], k + 1) for k in range(H)]
        for first, t in windows
    ]
    found = calibrated(Climber(relative=True), panel)
    np.testing.assert_allclose(found.scores, expected)
    assert np.isnan(found.scores).any()
    assert found.kind == "relative"


def test_scores_are_of_the_mean_of_all_parts_on_the_windows_that_calibrate():
    panel = panel_of(np.arange(8.0), 10 * np.arange(8.0))
    windows = Windows(np.array([0, 0, 1, 1]), np.array([5, 6, 13, 14]))
    actual = panel.y[windows.origin[:, None] + np.arange(2)]
    parts = [Forecast(actual + error, None) for error in (-1.0, 4.0)]
    which = np.array([True, True, False, True])
    held_back = HeldBack(windows, tuple(parts), actual, which, ~which)
    found = calibrate(Climber(), held_back, panel, np.array([5, 5]), 1)
    # The mean of both is 1.5 too much; the series climb by 1 and 10 a row.
    np.testing.assert_allclose(found.scores, [[-1.5] * 2, [-1.5] * 2, [-0.15] * 2])
    np.testing.assert_allclose(found.weight, [1 / 2, 1 / 2, 1])
    alone = calibrate(Climber(), held_back.of([1]), panel, np.array([5, 5]), 1)
    np.testing.assert_allclose(alone.scores, [[-4.0] * 2, [-4.0] * 2, [-0.4] * 2])


NORMAL = stats.norm.ppf(PROBABILITIES)


def test_an_honest_distribution_keeps_its_quantiles():
    """Scores spread evenly over the probabilities change nothing."""
    n = 9999
    scores = np.arange(1, n + 1)[:, None] / (n + 1) - 1 / 2
    calibration = calibration_of(scores, kind="probability")
    forecast = Forecast(np.zeros((1, 1)), NORMAL[None, None])
    for level in (50, 80, 90):
        low, high = calibration.interval(forecast, level)
        assert high[0, 0] == pytest.approx(stats.norm.ppf((1 + level / 100) / 2), abs=0.01)
        assert low[0, 0] == pytest.approx(-high[0, 0], abs=0.01)


def test_honest_paths_are_spread_as_the_quantiles_say():
    scores = np.arange(1, 1000)[:, None] / 1000 - 1 / 2
    calibration = calibration_of(scores, kind="probability")
    forecast = Forecast(np.zeros((1, 1)), 3 + 2 * NORMAL[None, None])
    paths = calibration.paths(forecast, 20_000, np.random.default_rng(2))[0, :, 0]
    probabilities = [0.1, 0.3, 0.5, 0.9]
    expected = [calibration.quantile(forecast, p)[0, 0] if p != 0.5 else 3 for p in probabilities]
    np.testing.assert_allclose(np.quantile(paths, probabilities), expected, atol=0.1)
    np.testing.assert_allclose(expected, stats.norm.ppf(probabilities, 3, 2), atol=0.05)


def test_a_distribution_too_narrow_is_widened():
    scores = np.repeat([-0.5, 0.5], 20)[:, None]
    low, high = calibration_of(scores, kind="probability").interval(
        Forecast(np.zeros((1, 1)), NORMAL[None, None]), 50
    )
    assert (low[0, 0], high[0, 0]) == (NORMAL[0], NORMAL[-1])


def test_quantiles_are_the_ends_of_intervals():
    calibration = calibration_of(SCORES)
    forecast = point([5, 6, 7])
    low, high = calibration.interval(forecast, 60)
    np.testing.assert_allclose(calibration.quantile(forecast, 0.2), low)
    np.testing.assert_allclose(calibration.quantile(forecast, 0.8), high)
    np.testing.assert_array_equal(calibration.quantile(forecast, 0.5), forecast.point)
    with pytest.raises(InputError, match=r"^quantiles must lie between 0 and 1, got 1.5$"):
        calibration.quantile(forecast, 1.5)


def test_paths_follow_the_scores_of_one_window():
    scores = np.array([[1.0, -2.0], [3.0, 4.0], [NAN, 9.0]])
    calibration = calibration_of(scores, scale=[10.0, 1.0])
    random = np.random.default_rng(0)
    paths = calibration.paths(point([100, 200, 300], [0, 0, 0]), 50, random)
    assert paths.shape == (2, 50, 3)
    # Beyond the calibrated two steps the last goes on, wider as the root of the horizon.
    growth = np.sqrt(3 / 2)
    allowed = {(1.0, -2.0, -2 * growth), (3.0, 4.0, 4 * growth)}
    found = {tuple(path) for path in paths[1].round(9).tolist()}
    assert found == {tuple(np.round(path, 9).tolist()) for path in allowed}
    assert set(paths[0, :, 0]) == {110, 130}


def test_no_paths_without_a_whole_window():
    with pytest.raises(InputError, match="no held-back window was observed as a whole"):
        calibration_of(np.array([[1.0, NAN]])).paths(point([1, 2]), 3, np.random.default_rng(0))


def test_eighty_percent_intervals_cover_about_eighty_percent():
    rng = np.random.default_rng(11)
    walks = 100 + rng.normal(size=(60, 44)).cumsum(axis=1)
    settings = small_settings(
        Framing(4, 2, level="last"), architecture=Architecture("dense", units=2)
    )
    # However bad a forecaster, it knows how bad it is.
    model = drawn_model(settings, panel_of(*walks[:, :40]), 4)
    frame = model.forecast(4, ForecastOptions([50, 80]))
    fresh = walks[:, 40:].reshape(-1)
    covered = {}
    for level in (50, 80):
        low, high = frame[f"DENSE-lo-{level}"], frame[f"DENSE-hi-{level}"]
        covered[level] = ((low <= fresh) & (fresh <= high)).mean()
    assert 0.4 < covered[50] < 0.6
    assert 0.7 < covered[80] < 0.9
