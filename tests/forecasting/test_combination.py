import numpy as np
import pytest
from small_forecasters import drawn_weights, panel_of, small_settings, wandering

from gatecast.forecasting import Ensemble
from gatecast.forecasting._combination import Combination
from gatecast.forecasting._settings import Settings
from gatecast.framing import Framing, fit_scaler, last_windows

PANEL = panel_of(wandering(16), wandering(12, 1))
SHORT = small_settings(Framing(3, 2), scaler=("log",))
LONG = small_settings(Framing(4, 1), scaler=("difference",), stateful=True)


def ensemble_of(settings: Settings, members: int, seed: int = 0) -> Ensemble:
    scaler = fit_scaler(settings.scaler, PANEL, PANEL.lengths)
    return Ensemble(settings, scaler, drawn_weights(settings, members, seed))


PARTS = (ensemble_of(SHORT, 3), ensemble_of(LONG, 2), ensemble_of(SHORT, 3, seed=7))
ALL = Combination(PARTS)


def mean_of_medians(three: np.ndarray, two: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The middle one of three members, the mean of two."""
    middle = np.sort(three, axis=0)[1] + np.sort(others, axis=0)[1]
    return (middle + two.sum(axis=0) / 2) / 3


def test_forecasts_are_the_mean_of_medians():
    rows = np.array([14, 9])
    expected = mean_of_medians(*(part.ahead(PANEL, 3, rows) for part in PARTS))
    np.testing.assert_allclose(ALL.ahead(PANEL, 3, rows), expected)
    windows = last_windows(PANEL, rows)
    np.testing.assert_array_equal(ALL.from_windows(PANEL, windows, 3), ALL.ahead(PANEL, 3, rows))


def test_one_step_is_known_where_all_parts_forecast():
    expected = mean_of_medians(*(part.one_step(PANEL) for part in PARTS))
    found = ALL.one_step(PANEL)
    np.testing.assert_allclose(found, expected)
    np.testing.assert_array_equal(np.isnan(found), PANEL.position < 5)


def test_last_rows_and_memory_are_all_a_forecast_needs():
    windows = last_windows(PANEL)
    history, memory = ALL.history(PANEL, windows), ALL.memory(PANEL, windows)
    np.testing.assert_array_equal(history, [PANEL.y[11:16], PANEL.y[-5:]])
    assert [len(part) for part in memory] == [0, 2, 0]
    found = ALL.from_history(history, np.arange(2), 4, memory)
    np.testing.assert_array_equal(found, ALL.ahead(PANEL, 4))


@pytest.mark.parametrize(
    ("parts", "stateful", "relative", "context_rows"),
    [(PARTS, True, False, 5), (PARTS[:1], False, True, 3), (PARTS[1:2], True, False, 5)],
)
def test_what_its_parts_are(
    parts: tuple[Ensemble, ...], *, stateful: bool, relative: bool, context_rows: int
):
    combination = Combination(parts)
    assert combination.stateful == stateful
    assert combination.relative == relative
    assert combination.context_rows == context_rows
