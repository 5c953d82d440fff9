"""Several targets in a backtest: together for a network, one after the other for all else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_forecasters import TARGETS, DrawnForecaster, frame_of_targets
from statsforecast.models import Naive

from gatecast._types import InputError
from gatecast.evaluation import Backtest, backtest
from gatecast.reporting import report


def frame() -> pd.DataFrame:
    return frame_of_targets(20)


@pytest.fixture(scope="module")
def found() -> Backtest:
    ours = DrawnForecaster(h=3, look_back=3, units=2)
    return backtest([ours, Naive()], frame(), h=3, n_windows=2, target_col=TARGETS, level=[80])


def test_every_target_of_every_series_is_forecast(found: Backtest):
    forecasts = found.forecasts
    assert forecasts.columns[:3].tolist() == ["unique_id", "ds", "target"]
    pairs = forecasts.groupby(["unique_id", "target"]).size()
    assert pairs.to_dict() == {(name, target): 6 for name in "ab" for target in TARGETS}
    assert forecasts[["LSTM", "Naive", "persistence"]].notna().all(axis=None)
    long = frame().melt(["unique_id", "ds"], var_name="target", value_name="y")
    same = forecasts.merge(long, on=["unique_id", "ds", "target"], suffixes=("", "_data"))
    assert len(same) == len(forecasts)
    np.testing.assert_array_equal(same["y"], same["y_data"])
    np.testing.assert_allclose(forecasts["Naive"], forecasts["persistence"])


def test_a_network_gives_what_its_fit_on_both_targets_gives(found: Backtest):
    known = frame()[frame()["ds"] < 17]
    ours = DrawnForecaster(h=3, look_back=3, units=2).fit(known, target_col=TARGETS)
    keys = ["unique_id", "ds", "target"]
    expected = ours.predict().sort_values(keys, ignore_index=True)
    last = found.forecasts[found.forecasts["cutoff"] == 16].sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(last[[*keys, "LSTM"]], expected, check_dtype=False)


def test_targets_of_several_sizes_are_judged_by_scaled_errors(found: Backtest):
    assert found.ranked_by == "rmsse"
    own = found.by_series.set_index(["model", "unique_id", "target"])
    assert len(own) == len(found.scores) * 4
    assert own.loc[("Naive", "a", "returned"), "mae"] > own.loc[("Naive", "a", "sold"), "mae"]


def test_the_page_shows_each_target(found: Backtest, tmp_path: Path):
    text = report(found, tmp_path / "a.html").read_text(encoding="utf-8")
    assert "a (sold)" in text
    assert "b (returned)" in text


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"refit": 2}, "refit is 2; with several targets give True or False"),
        (
            {"static_df": pd.DataFrame({"unique_id": ["a", "b"], "size": [1.0, 2.0]})},
            "Naive gets each of several targets as a series of its own",
        ),
    ],
)
def test_what_several_targets_do_not_allow(settings: dict[str, Any], message: str):
    with pytest.raises(InputError, match=message):
        backtest(Naive(), frame(), h=3, target_col=TARGETS, **settings)
