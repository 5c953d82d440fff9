"""`results.json`: its keys, and that any JSON reader takes it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gatecast.reporting import to_results

if TYPE_CHECKING:
    from gatecast.evaluation import Experiment


def test_it_has_the_documented_keys(experiment: Experiment):
    found = to_results(experiment)
    assert list(found) == [
        "data",
        "ranked_by",
        "one_step",
        "multi_step",
        "forecast",
        "verdict",
        "versions",
        "seconds",
    ]
    assert found["data"] == {"series": 1, "rows": 144, "freq": "MS", "train": 96, "test": 48}
    assert len(found["one_step"]) == 11
    assert found["one_step"][0]["kind"] == "framing"
    assert found["one_step"][0]["mimics_persistence"] is True
    assert found["forecast"][0].keys() == {
        "unique_id",
        "ds",
        "LSTM",
        "LSTM-lo-80",
        "LSTM-hi-80",
        "LSTM-lo-95",
        "LSTM-hi-95",
    }


def test_it_survives_the_way_through_strict_json(experiment: Experiment):
    found = to_results(experiment)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_what_json_cannot_say_becomes_null(experiment: Experiment):
    record = {
        "model": "a",
        "test_rmse": {"median": np.nan, "min": np.float32("inf"), "max": -np.inf},
    }
    found = to_results(replace(experiment, one_step=[record]))
    assert found["one_step"] == [
        {"model": "a", "test_rmse": {"median": None, "min": None, "max": None}}
    ]


def test_numpy_values_become_plain_ones(experiment: Experiment):
    record = {"model": np.str_("a"), "seeds": np.int64(3), "mimics_persistence": np.bool_(1)}
    text = json.dumps(to_results(replace(experiment, one_step=[record]))["one_step"])
    assert text == '[{"model": "a", "seeds": 3, "mimics_persistence": true}]'


def test_dates_are_iso(experiment: Experiment):
    times = pd.DataFrame(
        {
            "unique_id": "a",
            "ds": pd.to_datetime(["1961-01-01", "1961-01-01 06:30", None], format="ISO8601"),
            "LSTM": [1.0, np.nan, 3.0],
        }
    )
    found = to_results(replace(experiment, forecast=times))["forecast"]
    assert [row["ds"] for row in found] == [
        "1961-01-01T00:00:00",
        "1961-01-01T06:30:00",
        None,
    ]
    assert [row["LSTM"] for row in found] == [1.0, None, 3.0]


def test_hours_are_written_alike_at_midnight_too(hourly_experiment: Experiment):
    times = [row["ds"] for row in to_results(hourly_experiment)["forecast"]]
    assert {len(time) for time in times} == {len("2025-07-28T08:00:00")}
    assert pd.to_datetime(times).tolist() == hourly_experiment.forecast["ds"].tolist()


def test_integer_steps_stay_integers(integer_experiment: Experiment):
    assert to_results(integer_experiment)["forecast"][0]["ds"] == 145
