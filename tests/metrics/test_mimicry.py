import numpy as np
import pytest

from gatecast._types import InputError, Panel
from gatecast.data import datasets, to_panel
from gatecast.evaluation import one_step
from gatecast.metrics import mimicry


@pytest.fixture
def airline() -> Panel:
    return to_panel(datasets.airline_passengers())


def test_hand_computed_distances():
    found = mimicry(np.array([1.0, 2, 4, 7]), np.array([0.0, 1, 2, 4]), np.array([1.0, 2, 4, 4]))
    assert found.rmse_to_target == pytest.approx(np.sqrt(9 / 4))
    assert found.rmse_to_previous == pytest.approx(np.sqrt((1 + 1 + 4 + 0) / 4))
    assert found.skill == pytest.approx(1 - np.sqrt(9 / (1 + 1 + 4 + 9)))


def test_airline_forecasts(airline: Panel):
    table = one_step(airline, np.array([96]), season_length=12).forecasts
    y, previous, test = airline.y[1:], airline.y[:-1], slice(95, None)
    judged = {
        name: mimicry(y[test], previous[test], table[name].to_numpy()[1:][test]).mimics
        for name in table.columns[2:]
    }
    assert judged == {
        "persistence": True,
        "seasonal_naive": True,
        "auto_ets": False,
        "auto_arima": False,
        "auto_theta": False,
        "auto_ces": False,
    }


def test_a_regression_on_the_last_value_is_flagged(airline: Panel):
    """What the look_back 1 framing learns: about 1.0 times the last value plus a constant."""
    previous, y = airline.y[:-1], airline.y[1:]
    line = np.polyfit(previous[:95], y[:95], 1)
    found = mimicry(y[95:], previous[95:], np.polyval(line, previous[95:]))
    assert found.mimics
    assert found.rmse_to_previous < found.rmse_to_target


def test_on_a_random_walk_no_forecaster_does_better():
    rng = np.random.default_rng(0)
    walk = np.cumsum(rng.normal(size=301))
    assert mimicry(walk[1:], walk[:-1], walk[:-1] + 0.01 * rng.normal(size=300)).mimics


def test_the_best_forecast_of_noisy_changes_is_no_mimic():
    """Near the last value, yet significantly better: changes follow 0.5 times the last change."""
    rng = np.random.default_rng(0)
    change = np.zeros(2001)
    for t in range(1, 2001):
        change[t] = 0.5 * change[t - 1] + rng.normal()
    y = np.cumsum(change)
    found = mimicry(y[2:], y[1:-1], y[1:-1] + 0.5 * change[1:-1])
    assert found.rmse_to_previous < found.rmse_to_target
    assert found.skill == pytest.approx(1 - np.sqrt(0.75), abs=0.03)
    assert not found.mimics


def test_a_significant_but_trivial_skill_is_flagged():
    rng = np.random.default_rng(0)
    change = 0.2 + rng.normal(size=20_000)
    y = np.cumsum(change)
    found = mimicry(y[1:], y[:-1], y[:-1] + 0.2)
    assert found.p_value < 0.001
    assert found.mimics


def test_the_loss_may_be_the_absolute_error():
    """One large miss ruins the squared error, not the absolute one."""
    y = np.tile([1.0, -1.0], 30)
    prediction = 0.5 * y
    prediction[7] = 5.0
    squared, absolute = (mimicry(y, np.zeros(60), prediction, power=p) for p in (2, 1))
    assert squared.mimics
    assert not absolute.mimics
    # Errors: 59 times 0.5 and one of 6, against 1 each.
    assert absolute.skill == pytest.approx(1 - (59 * 0.5 + 6) / 60)


def test_rows_with_nan_are_left_out():
    rng = np.random.default_rng(0)
    y, previous, prediction = rng.normal(size=(3, 20))
    expected = mimicry(y, previous, prediction, ds=np.arange(20))
    padded = [
        np.append(array, extra)
        for array, extra in [(y, [np.nan, 1]), (previous, [1, 1]), (prediction, [1, np.nan])]
    ]
    assert mimicry(*padded, ds=np.arange(22)) == expected


def test_rows_of_one_time_count_once():
    rng = np.random.default_rng(0)
    y, previous = rng.normal(size=(2, 25))
    prediction = 0.5 * previous
    panel = [np.tile(array, 3) for array in (y, previous, prediction)]
    found = mimicry(*panel, ds=np.tile(np.arange(25), 3))
    assert found.p_value == pytest.approx(mimicry(y, previous, prediction).p_value)


def test_nothing_to_judge():
    with pytest.raises(InputError, match="no row has a target"):
        mimicry(np.array([np.nan]), np.array([1.0]), np.array([1.0]))
