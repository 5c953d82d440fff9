from dataclasses import replace

import numpy as np
import pytest
from small_forecasters import drawn_ensemble, panel_of, small_settings, wandering

from gatecast.data import tail
from gatecast.forecasting import Ensemble
from gatecast.forecasting._combination import Combination
from gatecast.forecasting._settings import Settings
from gatecast.framing import Framing, last_windows

PANEL = panel_of(wandering(16), wandering(12, 1))
SHORT = small_settings(Framing(3, 2), scaler=("log",))
LONG = small_settings(Framing(4, 1), scaler=("difference",), stateful=True)


def ensemble_of(settings: Settings, members: int, seed: int = 0) -> Ensemble:
    return drawn_ensemble(replace(settings, members=members, random_seed=seed), PANEL)


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
    found = ALL.forecast(PANEL, last_windows(PANEL, rows), 3)
    np.testing.assert_array_equal(found.point, ALL.ahead(PANEL, 3, rows))
    assert found.quantiles is None


def test_members_may_be_averaged():
    part = ensemble_of(replace(SHORT, combine="mean"), 3)
    found = Combination((part,)).ahead(PANEL, 2)
    np.testing.assert_allclose(found, part.ahead(PANEL, 2).mean(axis=0))


def test_one_step_is_known_where_all_parts_forecast():
    expected = mean_of_medians(*(part.one_step(PANEL) for part in PARTS))
    found = ALL.one_step(PANEL)
    np.testing.assert_allclose(found, expected)
    np.testing.assert_array_equal(np.isnan(found), PANEL.position < 5)


def test_last_rows_and_what_is_carried_are_all_a_forecast_needs():
    last = tail(PANEL, ALL.kept_rows)
    assert last.lengths.tolist() == [5, 5]
    start = ALL.start(PANEL, last)
    assert [len(each.memory) for each in start] == [0, 2, 0]
    found = ALL.forecast(last, last_windows(last), 4, start)
    np.testing.assert_allclose(found.point, ALL.ahead(PANEL, 4), rtol=1e-6)


@pytest.mark.parametrize(
    ("parts", "one_origin", "relative", "kept_rows"),
    [(PARTS, True, False, 5), (PARTS[:1], False, True, 3), (PARTS[1:2], True, False, 5)],
)
def test_what_its_parts_are(
    parts: tuple[Ensemble, ...], *, one_origin: bool, relative: bool, kept_rows: int
):
    combination = Combination(parts)
    assert combination.one_origin == one_origin
    assert combination.relative == relative
    assert combination.kept_rows == kept_rows
    assert not combination.distributional
