"""Which settings the differences between trials come from."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gatecast import LSTMForecaster, NegativeBinomial
from gatecast.data import to_panel
from gatecast.data.datasets import airline_passengers
from gatecast.tuning import default_space, mattered


def test_the_setting_that_decides_comes_first():
    trials = pd.DataFrame({"a": [1, 1, 1, 2, 2, 2], "b": [1, 2, 1, 2, 1, 2], "c": 0})
    trials["score"] = [1.0, 2, 3, 7, 8, 9]
    found = mattered(trials, ["c", "b", "a"], "score")
    assert found["setting"].tolist() == ["a", "b"]
    # Ranks 1 to 6, sums 6 and 15: H = 12 / (6 * 7) * (36 + 225) / 3 - 3 * 7 = 27 / 7.
    assert found["importance"][0] == pytest.approx((27 / 7 - 1) / 4)
    assert found["p_value"][0] == pytest.approx(stats.chi2.sf(27 / 7, 1))
    assert found["best"][0] == 1


def test_without_differences_nothing_matters():
    trials = pd.DataFrame({"a": [1, 1, 2, 2], "score": [1.0, 1, 1, np.nan]})
    assert mattered(trials, ["a"], "score").empty


def test_the_default_space_suits_the_series_and_the_output():
    panel = to_panel(airline_passengers())
    space = default_space(LSTMForecaster(), panel)
    assert [*space["look_back"]] == [6, 12, 24, 36]
    assert "log" in space["scaler"]
    assert {"window_level", "units", "layers", "members", "training.loss"} < set(space)
    counts = default_space(LSTMForecaster(output=NegativeBinomial()), panel)
    assert {"scaler", "window_level", "training.loss"}.isdisjoint(counts)
