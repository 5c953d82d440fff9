"""Searching settings: what is tried, how it is judged, and what is found."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import gatecast
from gatecast import AutoLSTM, InputError, LSTMForecaster, Training
from gatecast.evaluation.backtest import BacktestPlan, WindowPlan
from gatecast.tuning import Space, study

SMALL = {"h": 2, "units": 2, "training": Training(epochs=2, batch_size=16), "intervals": False}


@pytest.fixture(scope="module")
def df() -> pd.DataFrame:
    """Two series of months with a season."""
    months, rng = np.arange(40), np.random.default_rng(3)
    parts = [
        pd.DataFrame(
            {
                "unique_id": name,
                "ds": pd.date_range("2020-01-01", periods=40, freq="MS"),
                "y": 20 + 5 * np.sin(months * np.pi / 6) + rng.normal(size=40),
            }
        )
        for name in ("a", "b")
    ]
    return pd.concat(parts, ignore_index=True)


def forecaster(**settings: Any) -> LSTMForecaster:
    return LSTMForecaster(**SMALL | settings)


def test_each_setting_has_the_score_of_its_backtest(df: pd.DataFrame):
    model = AutoLSTM(h=2, quality="zero_shot")
    space = {"metric": ["mae", "mape"], "minimum": [0.0]}
    found = gatecast.tune(model, df, space=space, n_windows=2)
    expected = []
    for metric in ("mae", "mape"):
        own = AutoLSTM(h=2, quality="zero_shot", metric=metric, minimum=0.0)
        scores = gatecast.backtest(own, df, h=2, n_windows=2, refit=False, level=()).scores
        row = scores.set_index("model").loc["LSTM"]
        expected.append((metric, 0.0, row["mase"], row["skill_vs_seasonal_naive"]))
    names = ["metric", "minimum", "score", "skill_vs_seasonal_naive"]
    pd.testing.assert_frame_equal(
        found.trials[names], pd.DataFrame(expected, columns=names), rtol=1e-12, check_dtype=False
    )
    assert found.ranked_by == "mase"
    assert found.trials["error"].isna().all()
    best = found.trials.loc[found.trials["score"].idxmin()]
    assert found.score == best["score"]
    assert found.settings["metric"] == best["metric"]
    assert found.best.get_params() == model.get_params() | found.settings
    assert not hasattr(found.best, "model_")


def test_a_setting_that_fails_is_listed_and_the_others_go_on(df: pd.DataFrame):
    found = gatecast.tune(forecaster(), df, space={"look_back": [0, 4]}, n_windows=1)
    assert found.settings == {"look_back": 4}
    with pytest.raises(InputError) as told:
        LSTMForecaster(look_back=0)
    assert found.trials["error"].tolist() == [str(told.value), None]
    assert math.isnan(found.trials["score"][0])
    assert "(1 failed)" in found.verdict
    with pytest.raises(InputError, match="none of 1 setting works: look_back"):
        gatecast.tune(forecaster(), df, space={"look_back": [0]}, n_windows=1)


def test_the_verdict_names_the_setting_and_what_it_saves(df: pd.DataFrame):
    space = {"metric": ["mae", "mape"]}
    found = gatecast.tune(AutoLSTM(quality="zero_shot"), df, space=space, h=2, n_windows=2)
    naive = gatecast.backtest("seasonal_naive", df, h=2, n_windows=2, baselines=()).scores
    saved = 1 - found.score / naive["mase"][0]
    assert found.ranked_by == "mase"
    assert found.verdict.startswith(f"Of 2 settings tried, metric={found.best.metric} is best")
    assert f"{100 * saved:.0f} % below repeating the last season" in found.verdict


def test_what_is_no_better_than_the_last_season_is_told():
    months = np.arange(48)
    ds = pd.date_range("2020-01-01", periods=48, freq="MS")
    df = pd.DataFrame({"ds": ds, "y": 10.0 + months % 12})
    model = forecaster(look_back=4)
    found = gatecast.tune(model, df, space={"units": [1]}, n_windows=2, id_col=None)
    assert "repeat the last season (seasonal naive)" in found.verdict


def test_settings_that_minimise_other_errors_are_ranked_by_the_absolute_one(df: pd.DataFrame):
    model, space = forecaster(look_back=4), {"training.loss": ["mse", "mae"]}
    found = gatecast.tune(model, df, space=space, n_windows=1)
    assert found.ranked_by == "mase"
    assert found.best.training.loss == found.settings["training.loss"]
    assert found.best.training.epochs == 2
    assert model.training.loss == "mse"


def test_draws_are_different_settings_and_the_same_for_a_seed():
    space = Space({"look_back": tuple(range(1, 101)), "units": tuple(range(1, 101))})
    drawn = space.drawn(50, 1)
    assert len(set(drawn)) == 50
    assert drawn == space.drawn(50, 1) != space.drawn(50, 2)
    assert Space({"units": (1, 2)}).drawn(50, 1) == (0, 1)
    with pytest.raises(InputError, match="10,000 combinations"):
        space.drawn(None, 1)


def test_the_numbers_of_a_space_are_all_its_combinations():
    space = Space({"units": (1, 2), "layers": (1, 2, 3)})
    every = [{"units": units, "layers": layers} for units in (1, 2) for layers in (1, 2, 3)]
    assert [space.settings(number) for number in range(len(space))] == every


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ({}, "space is empty"),
        ({"lookback": [1]}, "'lookback' is not a setting; known: h, look_back"),
        ({"training.lr": [1]}, "'training.lr' is not a setting; known: training.epochs"),
        ({"units.x": [1]}, "'units.x' is not a setting"),
        ({"units": 4}, "'units' is 4; give a list"),
        ({"network": "stack"}, "give a list"),
        ({"units": []}, "give a list"),
        ({"h": [1, 2]}, "give it as h="),
    ],
)
def test_a_space_that_cannot_be_searched(space: Any, words: str):
    with pytest.raises(InputError, match=words):
        study(forecaster(), space, BacktestPlan(WindowPlan(2, 2, 2)), None, 0)


def test_what_has_no_settings_cannot_be_tuned(df: pd.DataFrame):
    with pytest.raises(InputError, match="only AutoLSTM and LSTMForecaster"):
        gatecast.tune("persistence", df, space={"units": [1]})
    with pytest.raises(InputError, match="trials must be at least 1"):
        gatecast.tune(forecaster(), df, space={"units": [1]}, trials=0)
