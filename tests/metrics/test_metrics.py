import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest

from gatecast.metrics import coverage, mae, mape, mase, rmse, rmsse, score, skill_score, smape

Metric: TypeAlias = Callable[..., pd.DataFrame]

NAN = math.nan


@pytest.fixture
def frame():
    """Series a errs by 3, -4 and misses a row; series b errs by 10; each has a gap."""
    return pd.DataFrame(
        {
            "unique_id": ["a", "a", "a", "a", "b", "b"],
            "ds": [1, 2, 3, 4, 1, 2],
            "y": [10.0, 20.0, NAN, 40.0, 50.0, NAN],
            "model": [13.0, 16.0, 99.0, NAN, 60.0, 99.0],
            "persistence": [16.0, 12.0, 1.0, 40.0, 50.0, 1.0],
        }
    )


@pytest.mark.parametrize(
    ("metric", "a", "b"),
    [
        (rmse, math.sqrt((9 + 16) / 2), 10),
        (mae, 3.5, 10),
        (mape, 100 * (3 / 10 + 4 / 20) / 2, 20),
        (smape, 200 * (3 / 23 + 4 / 36) / 2, 200 * 10 / 110),
    ],
)
def test_metrics_by_hand(frame: pd.DataFrame, metric: Metric, a: float, b: float):
    table = metric(frame, ["model"])
    assert table["unique_id"].tolist() == ["a", "b"]
    assert table["model"].tolist() == pytest.approx([a, b])


def test_mape_leaves_out_zero_targets():
    frame = pd.DataFrame({"unique_id": "a", "ds": [1, 2], "y": [0.0, 4.0], "model": [1.0, 5.0]})
    assert mape(frame, ["model"])["model"].item() == pytest.approx(25)


def test_mase_scales_by_seasonal_naive_in_training(frame: pd.DataFrame):
    train = pd.DataFrame(
        {"unique_id": list("aaaabbb"), "ds": [1, 2, 3, 4, 1, 2, 3], "y": [1, 5, 4, 9, 0, 0, 20]}
    )
    # season 2: |4 - 1|, |9 - 5| -> 3.5 for a; |20 - 0| -> 20 for b
    assert mase(frame, ["model"], train, season_length=2)["model"].tolist() == [1.0, 0.5]
    # squared: (9 + 16) / 2 for both errors and changes of a; 10^2 over 20^2 for b
    assert rmsse(frame, ["model"], train, season_length=2)["model"].tolist() == [1.0, 0.5]


def test_coverage_counts_complete_rows_only():
    frame = pd.DataFrame(
        {
            "unique_id": "a",
            "y": [1.0, 5.0, NAN, 1.0],
            "m-lo-80": [0.0, 0.0, 0.0, NAN],
            "m-hi-80": [2.0, 2.0, 2.0, 2.0],
        }
    )
    assert coverage(frame, ["m"], 80)["m"].item() == 0.5


def test_coverage_by_cutoff():
    frame = pd.DataFrame(
        {"unique_id": "a", "cutoff": [1, 2], "y": 1.0, "m-lo-80": [0.0, 2.0], "m-hi-80": 3.0}
    )
    assert coverage(frame, ["m"], 80).set_index("cutoff")["m"].to_dict() == {1: 1.0, 2: 0.0}


def test_skill_score():
    assert skill_score(25, 50) == 0.5
    assert skill_score(75, 50) == -0.5
    assert skill_score(0, 0) == 0
    assert skill_score(1, 0) == -math.inf


def test_score_pools_rows_and_compares_on_shared_ones(frame: pd.DataFrame):
    table = score(frame, ["model", "persistence"]).set_index("model")
    assert table["rows"].to_dict() == {"model": 3, "persistence": 4}
    assert table.loc["model", "rmse"] == pytest.approx(math.sqrt((9 + 16 + 100) / 3))
    assert table.loc["persistence", "rmse"] == pytest.approx(math.sqrt((36 + 64) / 4))
    # on the three shared rows persistence has squared errors 36, 64 and 0
    expected = 1 - math.sqrt(125 / 3) / math.sqrt(100 / 3)
    assert table.loc["model", "skill_vs_persistence"] == pytest.approx(expected)
    assert table.loc["persistence", "skill_vs_persistence"] == 0
    assert "skill_vs_seasonal_naive" not in table


def test_score_of_a_model_without_forecasts_is_nan(frame: pd.DataFrame):
    table = score(frame.assign(empty=np.nan), ["empty"])
    assert table["rows"].item() == 0
    assert table.drop(columns=["model", "rows"]).isna().all(axis=None)
