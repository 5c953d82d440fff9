"""Columns known beforehand, where rows are missing."""

import numpy as np
import pandas as pd
import pytest

from gatecast.evaluation import backtest


class FollowsPrice:
    """Forecasts the price it is told."""

    futr_exog = ("price",)

    def fit(self, df: pd.DataFrame) -> "FollowsPrice":
        return self

    def predict(self, h: int, futr_df: pd.DataFrame) -> pd.DataFrame:
        assert futr_df["price"].notna().all()
        first = futr_df.groupby("unique_id").head(h)
        assert (first.groupby("unique_id").size() == h).all()
        return first.rename(columns={"price": "FollowsPrice"})


@pytest.mark.filterwarnings("ignore:.* calendar steps:gatecast.InputWarning")
def test_a_row_left_out_keeps_the_price_before_it():
    ds = pd.date_range("2024-01-01", periods=20)
    price = np.arange(20.0)
    df = pd.DataFrame({"unique_id": "a", "ds": ds, "y": price, "price": price}).drop(index=17)
    found = backtest(FollowsPrice(), df, h=4, n_windows=1, level=(), baselines=[])
    assert found.forecasts["FollowsPrice"].tolist() == [16, 16, 18, 19]


@pytest.mark.filterwarnings("ignore:.* calendar steps:gatecast.InputWarning")
def test_a_cutoff_in_a_gap_of_one_series():
    ds = pd.date_range("2024-01-01", periods=20)
    price = np.arange(20.0)
    one = pd.DataFrame({"unique_id": "a", "ds": ds, "y": price, "price": price}).drop(index=15)
    df = pd.concat([one, pd.DataFrame({"unique_id": "b", "ds": ds, "y": price, "price": price})])
    found = backtest(FollowsPrice(), df, h=4, n_windows=1, level=(), baselines=[])
    assert found.forecasts["FollowsPrice"].tolist() == [16, 17, 18, 19] * 2
