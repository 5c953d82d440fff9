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


def test_without_differences_nothing_can_be_told():
    trials = pd.DataFrame({"a": [1, 1, 2, 2], "score": [1.0, 1, 1, np.nan]})
    found = mattered(trials, ["a"], "score")
    assert found["setting"].tolist() == ["a"]
    assert found["importance"].isna().all()
    assert mattered(trials.assign(a=1), ["a"], "score").empty


def test_the_settings_of_a_shape_are_no_independent_trials():
    rng = np.random.default_rng(0)
    units, rate, seed = (
        each.ravel() for each in np.meshgrid([4, 8, 16, 32], [0.001, 0.1], range(9), indexing="ij")
    )
    # Every shape has a level of its own, which tells nothing of layers.
    level = np.repeat([10.0, 20.0, 30.0, 40.0], 18)
    layers = np.where(units > 8, 2, 1)
    trials = pd.DataFrame({"units": units, "layers": layers, "rate": rate, "seed": seed})
    trials["score"] = level - (rate > 0.01) + rng.normal(scale=0.1, size=len(trials))
    together = ["rate", "seed"]
    names = ["units", "layers", "rate", "seed"]
    found = mattered(trials, names, "score", together).set_index("setting")
    assert found.index[0] == "rate"
    assert found["importance"]["rate"] > 0.7
    assert found["best"]["rate"] == 0.1
    assert found["p_value"]["seed"] > 0.05
    # Two shapes with each number of layers: the least p value of ranks 1, 2 against 3, 4.
    assert found["p_value"]["layers"] == pytest.approx(stats.chi2.sf(2.4, 1))
    # One shape with each number of units.
    assert np.isnan(found["importance"]["units"])


def test_the_default_space_suits_the_series_and_the_output():
    panel = to_panel(airline_passengers())
    space = default_space(LSTMForecaster(), panel)
    assert [*space["look_back"]] == [6, 12, 24, 36]
    assert "log" in space["scaler"]
    assert {"window_level", "units", "layers", "members", "training.loss"} < set(space)
    counts = default_space(LSTMForecaster(output=NegativeBinomial()), panel)
    assert {"scaler", "window_level", "training.loss"}.isdisjoint(counts)
