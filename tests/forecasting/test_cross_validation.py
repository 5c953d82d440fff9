"""`cross_validation`: `gatecast.backtest` in the manner of Nixtla's libraries."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import gatecast
from gatecast._types import InputError

SHORT = gatecast.Training(epochs=1, batch_size=128)
MODEL = gatecast.LSTMForecaster(h=3, look_back=4, units=2, training=SHORT, verbose=False)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    days = pd.date_range("2024-01-01", periods=40)
    noise = np.random.default_rng(3).normal(10, 1, (2, 40))
    return pd.concat(
        pd.DataFrame({"unique_id": name, "ds": days, "y": values})
        for name, values in zip(["b", "a"], noise, strict=True)
    )


@pytest.mark.parametrize("refit", [False, True])
def test_it_is_the_backtest(frame: pd.DataFrame, refit: bool):  # noqa: FBT001 (a setting)
    found = MODEL.cross_validation(frame, n_windows=3, step_size=2, refit=refit, level=[80])
    backtest = gatecast.backtest(
        MODEL, frame, h=3, n_windows=3, step_size=2, refit=refit, level=[80], verbose=False
    ).forecasts
    assert list(found) == ["unique_id", "ds", "cutoff", "y", "LSTM", "LSTM-lo-80", "LSTM-hi-80"]
    keys = ["unique_id", "cutoff", "ds"]
    expected = backtest.sort_values(keys, ignore_index=True)[list(found)]
    pd.testing.assert_frame_equal(found, expected)
    # Two series, three windows of three rows, each in order of time.
    assert len(found) == 2 * 3 * 3
    assert found[keys].apply(tuple, axis=1).is_monotonic_increasing
    truth = frame.set_index(["unique_id", "ds"])["y"]
    assert found["y"].tolist() == [
        truth[name, day] for name, day in zip(found["unique_id"], found["ds"], strict=True)
    ]
    assert not hasattr(MODEL, "model_")


def test_nixtlas_names_and_defaults(frame: pd.DataFrame):
    """One window, which ends with the rows; fitted once; the user's names; no intervals."""
    parameters = inspect.signature(MODEL.cross_validation).parameters
    usual = {"n_windows": 1, "step_size": 1, "val_size": 0, "test_size": None, "refit": False}
    usual |= {"id_col": "unique_id", "time_col": "ds", "target_col": "y", "level": None, "h": None}
    assert {name: parameters[name].default for name in usual} == usual
    named = frame.rename(columns={"unique_id": "shop", "ds": "day", "y": "sold"})
    names = {"id_col": "shop", "time_col": "day", "target_col": "sold"}
    found = MODEL.cross_validation(pl.from_pandas(named), **names)
    assert isinstance(found, pl.DataFrame)
    assert found.columns == ["shop", "day", "cutoff", "sold", "LSTM"]
    assert found["shop"].to_list() == ["a"] * 3 + ["b"] * 3
    assert found["day"].max() == frame["ds"].max()
    assert set(found["cutoff"]) == {frame["ds"].max() - pd.Timedelta(days=3)}


def test_test_size_instead_of_a_number_of_windows(frame: pd.DataFrame):
    by_size = MODEL.cross_validation(frame, n_windows=None, test_size=7, step_size=2)
    pd.testing.assert_frame_equal(by_size, MODEL.cross_validation(frame, n_windows=3, step_size=2))
    assert len(MODEL.cross_validation(frame, h=5)) == 2 * 5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"test_size": 7}, "either n_windows or test_size"),
        ({"n_windows": None}, "either n_windows or test_size"),
        ({"n_windows": None, "test_size": 6, "step_size": 2}, "a multiple of step_size=2, got 6"),
        ({"n_windows": None, "test_size": 2}, "test_size must be at least 3, got 2"),
        ({"n_windows": 0}, "n_windows must be at least 1"),
        ({"val_size": 5}, "val_size is 5: leave it out"),
    ],
)
def test_settings_that_cannot_be(frame: pd.DataFrame, options: dict[str, Any], words: str):
    with pytest.raises(InputError, match=words):
        MODEL.cross_validation(frame, **options)


def test_the_other_estimator():
    frame = gatecast.datasets.airline_passengers()
    model = gatecast.AutoLSTM(h=2, quality="zero_shot", verbose=False)
    found = model.cross_validation(frame, n_windows=2, step_size=2, level=[90])
    windows: dict[str, Any] = {"h": 2, "n_windows": 2, "level": [90], "baselines": ()}
    expected = gatecast.backtest(model, frame, verbose=False, **windows).forecasts
    pd.testing.assert_frame_equal(found, expected.drop(columns="horizon"))
