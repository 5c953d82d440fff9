"""The leak check, on pipelines that leak and on honest ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from statsforecast.models import Naive, SeasonalNaive

from gatecast._types import IRREGULAR, InputError, Panel
from gatecast.evaluation import leak_check

RNG_ROWS = 60


def walks() -> pd.DataFrame:
    """Two random walks of unequal length, with a known and an unknown column."""
    parts = []
    for seed, (name, rows) in enumerate({"a": RNG_ROWS, "b": 40}.items()):
        rng = np.random.default_rng(seed)
        ds = pd.date_range("2024-01-01", periods=rows, freq="D")
        walk = rng.normal(0, 1, rows).cumsum() + 20
        columns = {"price": rng.normal(5, 1, rows), "rain": rng.normal(9, 1, rows)}
        parts.append(pd.DataFrame({"unique_id": name, "ds": ds, "y": walk, **columns}))
    return pd.concat(parts, ignore_index=True)


def by_series(df: pd.DataFrame) -> Any:
    return df.groupby("unique_id")["y"]


def shifted(df: pd.DataFrame) -> pd.DataFrame:
    """Honest: the value before."""
    return df[["unique_id", "ds"]].assign(model=by_series(df).shift(1))


def scaled_on_all_rows(df: pd.DataFrame) -> pd.DataFrame:
    """Leaky: the mean of a series knows its end."""
    mean = by_series(df).transform("mean")
    return df[["unique_id", "ds"]].assign(model=mean + 0.5 * (by_series(df).shift(1) - mean))


def centred_mean(df: pd.DataFrame) -> pd.DataFrame:
    """Leaky: the window reaches one row beyond the forecast."""
    smooth = by_series(df).transform(lambda y: y.rolling(3, center=True).mean())
    return df[["unique_id", "ds"]].assign(model=smooth)


def with_rain(df: pd.DataFrame) -> pd.DataFrame:
    return df[["unique_id", "ds"]].assign(model=df["rain"])


def test_an_honest_pipeline_passes():
    report = leak_check(shifted, walks())
    assert report.ok
    assert report.checked == 40 + 1 + 26 + 1
    assert len(report.leaks) == 0
    report.raise_if_leaky()


def test_a_scaler_fitted_on_all_rows_leaks_everywhere():
    report = leak_check(scaled_on_all_rows, walks())
    assert not report.ok
    assert [*report.leaks] == ["unique_id", "ds", "model", "before", "after"]
    assert len(report.leaks) == report.checked - 2  # the first row of each series has no forecast
    with pytest.raises(
        InputError, match=r"66 of 68 forecasts .* 'model' of series 'a' at 2024-01-"
    ):
        report.raise_if_leaky()


def test_a_centred_mean_leaks_at_the_border_alone():
    leaks = leak_check(centred_mean, walks(), h=0).leaks
    # The 40th of 60 and the 26th of 40 days: the last rows that stay as they are.
    assert leaks["ds"].tolist() == [pd.Timestamp("2024-02-09"), pd.Timestamp("2024-01-26")]


def test_h_tells_how_far_ahead_forecasts_are_made():
    def five_ahead(df: pd.DataFrame) -> pd.DataFrame:
        return df[["unique_id", "ds"]].assign(model=by_series(df).shift(5))

    assert leak_check(five_ahead, walks(), h=5).ok
    assert len(leak_check(five_ahead, walks(), h=6).leaks) == 2
    assert len(leak_check(shifted, walks(), h=2).leaks) == 2


def test_exogenous_columns_change_unless_they_are_known_beforehand():
    assert not leak_check(with_rain, walks()).ok
    assert leak_check(with_rain, walks(), futr_exog=["rain"]).ok
    assert leak_check(with_rain, walks(), h=0).ok


def test_a_column_cutoff_tells_which_forecasts_must_stay():
    def weekly(df: pd.DataFrame, delay: int) -> pd.DataFrame:
        parts = []
        for name, rows in df.groupby("unique_id"):
            for end in range(10, len(rows) - 7, 5):
                ahead = rows.iloc[end : end + 7]
                value = rows["y"].iloc[end - 1 + delay]
                cutoff = rows["ds"].iloc[end - 1]
                part = {"unique_id": name, "ds": ahead["ds"], "cutoff": cutoff, "week": value}
                parts.append(pd.DataFrame(part))
        return pd.concat(parts)

    assert leak_check(lambda df: weekly(df, 0), walks()).ok
    leaks = leak_check(lambda df: weekly(df, 1), walks()).leaks
    assert leaks["cutoff"].unique().tolist() == [pd.Timestamp("2024-02-09")]


def test_columns_and_library_are_those_of_the_caller():
    names = {"unique_id": "shop", "ds": "day", "y": "sales"}

    def smooth(df: pl.DataFrame) -> pl.DataFrame:
        mean = pl.col("sales").rolling_mean(3, center=True).over("shop")
        return df.select("shop", "day", model=mean)

    df = pl.from_pandas(walks().rename(columns=names))
    settings = {"id_col": "shop", "time_col": "day", "target_col": "sales"}
    report = leak_check(smooth, df, **settings)
    assert isinstance(report.leaks, pl.DataFrame)
    assert len(report.leaks) == 4
    with pytest.raises(InputError, match="returns no column 'shop'"):
        leak_check(lambda df: df.select("day"), df, **settings)


@pytest.mark.parametrize("model", ["persistence", Naive(), SeasonalNaive(season_length=7)])
def test_statsforecast_passes(model: Any):
    report = leak_check(model, walks(), h=3)
    assert report.ok
    assert report.checked >= 2 * 3


class Mean:
    """Forecasts the mean of its history: honest."""

    def fit(self, df: pd.DataFrame) -> None:
        self.df = df

    def predict(self, h: int, *, df: Any = None) -> pd.DataFrame:
        rows = self.df if df is None else df
        return pd.concat(
            pd.DataFrame(
                {
                    "unique_id": name,
                    "ds": pd.date_range(own["ds"].iloc[-1], periods=h + 1, freq="D")[1:],
                    "mean": self.level(own),
                }
            )
            for name, own in rows.groupby("unique_id")
        )

    def level(self, rows: pd.DataFrame) -> float:
        return float(rows["y"].mean())


class Remembering(Mean):
    """Leaky: never forgets the largest value it was ever shown."""

    largest = -np.inf

    def level(self, rows: pd.DataFrame) -> float:
        self.largest = max(self.largest, float(rows["y"].max()))
        return self.largest


class AllAtOnce(Mean):
    """Runs all windows itself; leaky if it scales by the whole panel."""

    def __init__(self, *, leaky: bool) -> None:
        self.leaky = leaky

    def forecast_folds(
        self, panel: Panel, ends: Any, h: int, level: Any, *, refit: bool
    ) -> pd.DataFrame:
        rows = []
        for known in ends:
            for i in np.flatnonzero(known):
                at = panel.offsets[i] + known[i]
                seen = panel.y if self.leaky else panel.y[panel.offsets[i] : at]
                keys = (panel.ids[i], panel.ds[at - 1], seen.mean())
                rows += [(*keys, panel.ds[at + k]) for k in range(h)]
        return pd.DataFrame(rows, columns=["unique_id", "cutoff", "mean", "ds"])


@pytest.mark.parametrize(
    ("model", "ok"),
    [
        (Mean(), True),
        (Remembering(), False),
        (AllAtOnce(leaky=False), True),
        (AllAtOnce(leaky=True), False),
    ],
)
def test_models_with_fit_and_predict(model: Any, ok: object):
    assert leak_check(model, walks(), h=4).ok == ok


def test_rows_on_no_calendar():
    df = walks()[lambda df: df["ds"].dt.day % 3 != 0]
    assert leak_check(shifted, df, freq=IRREGULAR).ok
    assert not leak_check(scaled_on_all_rows, df, freq=IRREGULAR).ok


def test_chance_is_not_taken_for_a_leak():
    rng = np.random.default_rng(0)

    def noisy(df: pd.DataFrame) -> pd.DataFrame:
        return shifted(df).assign(model=rng.normal(size=len(df)))

    with pytest.raises(InputError, match="give the model a fixed seed"):
        leak_check(noisy, walks())


@pytest.mark.parametrize(
    ("model", "rows", "h", "message"),
    [
        (shifted, 2, 1, "'a', has 2 rows; a check of h=1 needs 3"),
        (lambda df: shifted(df).tail(2), 60, 1, "nothing to check"),
        (3, 60, 1, "3 is neither a function of a frame nor can it be backtested"),
        ("persistence", 60, 0, "h must be at least 1"),
        (shifted, 60, -1, "h must be at least 0"),
    ],
)
def test_what_cannot_be_checked(model: Any, rows: int, h: int, message: str):
    with pytest.raises(InputError, match=message):
        leak_check(model, walks().head(rows), h=h)
