"""A search by Optuna: the same for a seed, in stages, resumed, beside what needs none."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest

import gatecast
from gatecast import AutoLSTM, InputError, LSTMForecaster, Training

SPACE = {
    "look_back": [2, 4],
    "units": [1, 2],
    "training.learning_rate": [0.001, 0.01, 0.1],
}
MODEL = LSTMForecaster(h=2, intervals=False, training=Training(epochs=5, batch_size=64))


@pytest.fixture(scope="module")
def df() -> pd.DataFrame:
    months, rng = np.arange(40), np.random.default_rng(3)
    y = 20 + 5 * np.sin(months * np.pi / 6) + rng.normal(size=40)
    return pd.DataFrame({"ds": pd.date_range("2020-01-01", periods=40, freq="MS"), "y": y})


def searched(df: pd.DataFrame, **how: Any) -> Any:
    return gatecast.tune(MODEL, df, space=SPACE, n_windows=2, id_col=None, **how)


@pytest.fixture(scope="module")
def whole(df: pd.DataFrame) -> Any:
    """All twelve settings."""
    return searched(df, budget=100)


def settled(found: Any) -> pd.DataFrame:
    table: pd.DataFrame = found.trials.drop(columns="seconds")
    return table


def test_the_best_shapes_are_judged_in_full_and_as_alone(df: pd.DataFrame, whole: Any):
    trials = whole.trials
    assert len(trials.drop_duplicates([*SPACE])) == 12
    full = trials[trials["score"].notna()]
    # Four shapes of three rates; a third of them, rounded up, goes on.
    assert len(full.drop_duplicates(["look_back", "units"])) == 2
    assert len(full) == 6
    assert full["early_score"].min() == trials["early_score"].min()
    assert whole.score == full["score"].min()
    found = gatecast.backtest(
        {"LSTM": whole.best}, df, h=2, n_windows=2, refit=False, level=(), id_col=None
    )
    scores = found.scores.set_index("model")[whole.ranked_by]
    assert whole.score == pytest.approx(scores["LSTM"], rel=1e-3)
    bar = whole.bar.set_index("model")["score"]
    for name in ("persistence", "seasonal_naive"):
        assert bar[name] == pytest.approx(scores[name])
    zero_shot = AutoLSTM(h=2, quality="zero_shot")
    own = gatecast.backtest(
        zero_shot, df, h=2, n_windows=2, refit=False, level=(), id_col=None, baselines=()
    )
    assert bar["AutoLSTM zero_shot"] == pytest.approx(own.scores[whole.ranked_by][0])
    assert "AutoLSTM without any training" in whole.verdict
    # After five epochs a rate a hundred times as large is far ahead.
    assert whole.mattered["setting"][0] == "training.learning_rate"
    assert whole.mattered["p_value"][0] < 0.05
    assert "What mattered most: training.learning_rate" in whole.verdict
    assert set(whole.mattered["setting"]) == set(SPACE)


def test_a_search_goes_on_where_it_stopped(df: pd.DataFrame, tmp_path: Path):
    storage = f"sqlite:///{tmp_path}/trials.db"
    first = searched(df, budget=3, storage=storage)
    assert len(first.trials) == 3
    again = searched(df, budget=3, storage=storage)
    pd.testing.assert_frame_equal(first.trials, again.trials)
    assert len(searched(df, budget=6, storage=storage).trials) == 6
    # Other rows are another search.
    assert len(searched(df[:-1], budget=3, storage=storage).trials) == 3
    assert len(optuna.get_all_study_names(storage)) == 2


KILLED = """
import os, signal, sys
import gatecast, pandas as pd
from test_search import searched

def kill(progress):
    if progress.what == "training":
        os.kill(os.getpid(), signal.SIGKILL)

with gatecast.follow(kill):
    searched(pd.read_pickle(sys.argv[1]), budget=100, storage=sys.argv[2])
"""


@pytest.mark.slow
def test_a_killed_search_goes_on_as_if_it_had_not_been(
    df: pd.DataFrame, whole: Any, tmp_path: Path
):
    df.to_pickle(tmp_path / "df.pkl")
    storage = f"sqlite:///{tmp_path}/trials.db"
    command = [sys.executable, "-c", KILLED, str(tmp_path / "df.pkl"), storage]
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    killed = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, check=False)
    assert killed.returncode == -signal.SIGKILL
    (name,) = optuna.get_all_study_names(storage)
    begun = optuna.load_study(study_name=name, storage=storage).trials
    states = {trial.state.name for trial in begun}
    assert "RUNNING" in states
    assert "COMPLETE" not in states
    resumed = searched(df, budget=100, storage=storage)
    pd.testing.assert_frame_equal(settled(resumed), settled(whole))


def test_after_its_time_nothing_is_begun(df: pd.DataFrame):
    found = searched(df, budget="0.001s")
    # The shape that was begun when the time was over is tried in full, and no other.
    assert len(found.trials.drop_duplicates(["look_back", "units"])) == 1
    assert found.trials["score"].notna().all()


def test_what_is_trained_alone_is_tried_once(df: pd.DataFrame):
    space = {"metric": ["mae", "mape"], "minimum": [None, 0.0]}
    model = AutoLSTM(h=2, quality="zero_shot")
    found = gatecast.tune(model, df, space=space, budget=10, n_windows=1, id_col=None)
    every = gatecast.tune(model, df, space=space, n_windows=1, id_col=None)
    names = [*space, "score"]
    pd.testing.assert_frame_equal(found.trials[names], every.trials[names])


def test_a_diverging_rate_stops_no_other(df: pd.DataFrame):
    space = {"training.learning_rate": [0.01, 1e38], "training.batch_size": [4]}
    found = gatecast.tune(MODEL, df, space=space, budget=2, n_windows=1, id_col=None)
    assert found.settings["training.learning_rate"] == 0.01
    assert "diverged" in found.trials["error"][1]


def test_what_no_search_can_be_made_of(df: pd.DataFrame):
    for budget in ("soon", "0min", "-1s", "nanmin", "10 weeks"):
        with pytest.raises(InputError, match="10min"):
            searched(df, budget=budget)
    with pytest.raises(InputError, match="budget must be at least 1"):
        searched(df, budget=0)
    for storage in ("nowhere", "sqlite:////no/such/folder/trials.db"):
        with pytest.raises(InputError, match="cannot be opened"):
            searched(df, budget=1, storage=storage)
    with pytest.raises(InputError, match="trials draws"):
        searched(df, budget=1, trials=3)
    with pytest.raises(InputError, match="only AutoLSTM and LSTMForecaster"):
        gatecast.tune("persistence", df, budget=1)


def test_without_optuna_lists_are_tried(df: pd.DataFrame, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(InputError, match=r"pip install 'gatecast\[tune\]'"):
        searched(df, budget=1)
    model, space = AutoLSTM(h=2, quality="zero_shot"), {"metric": ["mae", "mape"]}
    assert len(gatecast.tune(model, df, space=space, n_windows=1, id_col=None).trials) == 2
