"""Backtests against statsforecast's cross-validation, scores by hand and perturbed futures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from small_forecasters import DrawnForecaster
from statsforecast import StatsForecast
from statsforecast.models import Naive, SeasonalNaive, Theta
from utilsforecast.losses import mase, rmsse

from gatecast import Normal, Training
from gatecast._types import IRREGULAR, InputError, InputWarning, Panel
from gatecast.data import to_frame
from gatecast.evaluation import backtest
from gatecast.metrics import diebold_mariano


def series(name: Any, rows: int, start: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """A random walk by days."""
    steps = np.random.default_rng(seed).normal(0.3, 1, rows)
    ds = pd.date_range("2024-01-01", periods=rows, freq="D")
    return pd.DataFrame({"unique_id": name, "ds": ds, "y": start + steps.cumsum()})


def line(rows: int = 12, **columns: Any) -> pd.DataFrame:
    """1, 2, 3, ... by integer steps."""
    count = np.arange(1, rows + 1)
    return pd.DataFrame({"unique_id": "a", "ds": count, "y": count.astype(float), **columns})


@pytest.fixture
def frame(airline: Panel) -> pd.DataFrame:
    return to_frame(airline)


class Last:
    """Repeats the last value plus what it has learned: the mean change in the fitted rows."""

    def __init__(self, futr_exog: tuple[str, ...] = ()) -> None:
        self.futr_exog = futr_exog
        self.calls: list[tuple[str, Any]] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> Last:
        copied = Last(self.futr_exog)
        copied.calls = self.calls  # one diary for all copies
        return copied

    def fit(self, df: pd.DataFrame, static_df: Any = None) -> Last:
        self.calls.append(("fit", df))
        self.static = static_df
        self.df = df
        self.drift = df.groupby("unique_id")["y"].agg(lambda y: y.diff().mean())
        return self

    def predict(self, h: int, *, df: Any = None, futr_df: Any = None) -> pd.DataFrame:
        self.calls.append(("predict", df))
        self.calls.append(("futr_df", futr_df))
        history = (self.df if df is None else df).dropna(subset=["y"])
        last = history.groupby("unique_id").last()
        step = history["ds"].iloc[1] - history["ds"].iloc[0]
        steps = np.arange(1, h + 1)
        return pd.concat(
            pd.DataFrame(
                {
                    "unique_id": name,
                    "ds": row["ds"] + steps * step,
                    "Last": row["y"] + steps * self.drift[name],
                }
            )
            for name, row in last.iterrows()
        )


class Silent:
    """Has no memory but the fitted frame, and takes nothing but `h`."""

    def fit(self, df: Any) -> None:
        self.last = df["y"].iloc[-1], df["ds"].iloc[-1]

    def predict(self, h: int) -> pd.DataFrame:
        y, ds = self.last
        return pd.DataFrame({"unique_id": "a", "ds": ds + np.arange(1, h + 1), "Silent": y})


@pytest.mark.parametrize("step_size", [5, 12])
def test_statsforecast_models_and_baselines_equal_its_cross_validation(
    frame: pd.DataFrame, step_size: int
):
    models = [Theta(season_length=12), Naive(), SeasonalNaive(season_length=12)]
    expected = StatsForecast(models, freq="MS").cross_validation(
        h=12, df=frame, n_windows=3, step_size=step_size, level=[80, 95]
    )
    baselines = ["persistence", "seasonal_naive"]
    found = backtest(
        models[0], frame, h=12, n_windows=3, step_size=step_size, baselines=baselines
    ).forecasts
    pd.testing.assert_frame_equal(
        found[["unique_id", "ds", "cutoff", "y"]], expected[["unique_id", "ds", "cutoff", "y"]]
    )
    pairs = {"Theta": "Theta", "persistence": "Naive", "seasonal_naive": "SeasonalNaive"}
    for ours, theirs in pairs.items():
        for end in ("", "-lo-80", "-hi-80", "-lo-95", "-hi-95"):
            np.testing.assert_allclose(found[f"{ours}{end}"], expected[f"{theirs}{end}"])
    assert found["horizon"].tolist() == [*range(1, 13)] * 3


def test_scores_by_hand():
    bt = backtest("persistence", line(), h=2, n_windows=2, season_length=1, level=[])
    # In each window the errors are 1 and 2, and the series changed by 1 a step before.
    scores = bt.scores.set_index("model").loc["persistence"]
    assert scores["rows"] == 4
    assert scores["rmse"] == pytest.approx(np.sqrt(2.5))
    assert scores["mae"] == scores["mase"] == scores["crps"] == pytest.approx(1.5)
    percent = [200 * 1 / (9 + 8), 200 * 2 / (10 + 8), 200 * 1 / (11 + 10), 200 * 2 / (12 + 10)]
    assert scores["smape"] == pytest.approx(np.mean(percent))
    assert scores["skill_vs_persistence"] == 0
    assert bt.by_horizon.loc[bt.by_horizon["model"] == "persistence", "mae"].tolist() == [1, 2]
    assert bt.by_series.loc[bt.by_series["model"] == "persistence", "rows"].tolist() == [4]


def test_coverage_and_crps_by_hand():
    class Band(Silent):
        def predict(self, h: int, level: Any) -> pd.DataFrame:
            assert level == [80]
            return super().predict(h).assign(**{"Silent-lo-80": 0.0, "Silent-hi-80": 9.0})

    found = backtest(Band(), line(), h=2, n_windows=2, baselines=[], level=[80])
    scores = found.scores.iloc[0]
    assert scores["coverage_80"] == 0.25  # 9 of 9, 10, 11, 12
    # Quantiles 0.1, 0.5 and 0.9 stand for shares 0.3, 0.4 and 0.3 of all.
    low = np.mean([0.1 * y for y in (9, 10, 11, 12)])
    high = np.mean([0.9 * (y - 9) for y in (9, 10, 11, 12)])
    assert scores["crps"] == pytest.approx(2 * (0.3 * low + 0.4 * 0.5 * 1.5 + 0.3 * high))
    assert "too narrow" in found.verdict


def test_mase_is_that_of_utilsforecast_on_series_of_their_own_lengths():
    df = pd.concat([series("a", 60), series("b", 45, 5, 1), series("c", 80, -20, 2)])
    bt = backtest("persistence", df, h=7, n_windows=3, season_length=7, level=())
    by_window = mase(
        bt.forecasts.drop(columns="horizon"), ["persistence"], seasonality=7, train_df=df
    )
    expected = by_window.groupby("unique_id")["persistence"].mean()
    found = bt.by_series[bt.by_series["model"] == "persistence"].set_index("unique_id")["mase"]
    np.testing.assert_allclose(found, expected)
    overall = bt.scores.set_index("model").loc["persistence", "mase"]
    assert overall == pytest.approx(expected.mean())


def test_significance_is_the_test_against_the_best_model(frame: pd.DataFrame):
    bt = backtest(Theta(season_length=12), frame, h=12)
    rows = bt.significance.set_index("model")
    best = bt.scores["model"].iloc[0]
    assert bt.ranked_by == "mae"
    assert bt.scores["mae"].is_monotonic_increasing
    assert set(rows["against"]) == {best}
    assert set(rows.index) == {"Theta", "persistence", "seasonal_naive"} - {best}
    errors = bt.forecasts[[*rows.index, best]].sub(bt.forecasts["y"], axis=0)
    for name in rows.index:
        expected = diebold_mariano(errors[name].to_numpy(), errors[best].to_numpy(), 12, power=1)
        assert rows.loc[name, "p_value"] == pytest.approx(expected.p_value)
        assert rows.loc[name, "statistic"] == pytest.approx(expected.statistic)
        assert expected.statistic > 0
    assert (rows["p_holm"] >= rows["p_value"]).all()


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "rmse"),
        ({"scaler": "log"}, "mae"),
        ({"scaler": ("log", "standard")}, "mae"),
        ({"training": Training(loss="mae")}, "mae"),
        ({"output": Normal()}, "mae"),
    ],
)
def test_models_are_ranked_by_the_error_that_they_minimise(settings: dict[str, Any], name: str):
    ours = DrawnForecaster(look_back=3, units=2, h=2, **settings)
    bt = backtest(ours, line(20).assign(y=lambda rows: rows["y"] + 5), h=2, n_windows=2)
    assert bt.ranked_by == name
    assert bt.scores[name].is_monotonic_increasing


def test_large_series_do_not_decide_alone():
    """Of two shops persistence is right about the large one, the mean about the small one."""
    small, large = series("small", 60, 10), series("large", 60, 10, 1)
    large["y"] *= 1000
    df = pd.concat([small, large])
    good = {"small": 0.1, "large": 1.1}

    class Careful(Last):
        """Misses the small shop by a tenth as much as persistence, the large one by more."""

        def __deepcopy__(self, memo: dict[int, Any]) -> Careful:
            return Careful()

        def predict(self, h: int, *, df: Any = None, futr_df: Any = None) -> pd.DataFrame:
            found = super().predict(h, df=df, futr_df=futr_df).merge(truth, on=["unique_id", "ds"])
            last = found["unique_id"].map(self.df.groupby("unique_id")["y"].last())
            share = found["unique_id"].map(good)
            return found.assign(Last=found["y"] + share * (last - found["y"]))[
                ["unique_id", "ds", "Last"]
            ]

    truth = df
    bt = backtest(Careful(), df, h=5, n_windows=4, baselines=["persistence"])
    scores = bt.scores.set_index("model")
    assert scores.loc["Last", "mae"] > scores.loc["persistence", "mae"]
    assert bt.ranked_by == "mase"
    assert bt.scores["model"].iloc[0] == "Last"
    each = bt.by_series.set_index(["model", "unique_id"])
    for key in ("mase", "rmsse"):
        assert scores.loc["Last", key] == pytest.approx(each.loc["Last", key].mean())
    skill = 1 - scores.loc["Last", "mase"] / scores.loc["persistence", "mase"]
    assert scores.loc["Last", "skill_vs_persistence"] == pytest.approx(skill)
    assert "Last is best with a MASE of" in bt.verdict


def test_rmsse_is_that_of_utilsforecast_and_r2_that_of_scipy():
    df = pd.concat([series("a", 60), series("b", 60, 5, 1)])
    bt = backtest("persistence", df, h=14, n_windows=1, season_length=7, level=())
    rows = bt.forecasts.drop(columns="horizon")
    expected = rmsse(rows, ["persistence"], seasonality=7, train_df=df)
    found = bt.by_series[bt.by_series["model"] == "persistence"].set_index("unique_id")
    np.testing.assert_allclose(found["rmsse"], expected["persistence"])
    for name, own in rows.groupby("unique_id"):
        explained = 1 - np.var(own["y"] - own["persistence"]) / np.var(own["y"])
        bias = np.mean(own["y"] - own["persistence"]) ** 2 / np.var(own["y"])
        assert found.loc[name, "r2"] == pytest.approx(explained - bias)


def test_a_model_of_all_series_explains_nothing_by_their_levels_alone():
    """R^2 of the mean of each series is 0, however far the series lie apart."""
    df = pd.concat([series("a", 60), series("b", 60, 1e4, 1)])
    test = df.groupby("unique_id").tail(5)
    mean = test.groupby("unique_id")["y"].mean()

    class Mean(Last):
        def __deepcopy__(self, memo: dict[int, Any]) -> Mean:
            return Mean()

        def predict(self, h: int, *, df: Any = None, futr_df: Any = None) -> pd.DataFrame:
            found = super().predict(h, df=df, futr_df=futr_df)
            return found.assign(Last=found["unique_id"].map(mean))

    bt = backtest(Mean(), df, h=5, n_windows=1, baselines=[])
    assert bt.scores.loc[0, "r2"] == pytest.approx(0)


def test_a_model_is_fitted_on_the_rows_before_each_cutoff_and_stays_untouched():
    model = Last()
    bt = backtest(model, line(20), h=3, n_windows=3, step_size=2, baselines=[])
    fits = [df for name, df in model.calls if name == "fit"]
    assert [df["ds"].max() for df in fits] == [13, 15, 17] == sorted(set(bt.forecasts["cutoff"]))
    assert not hasattr(model, "df")
    assert bt.scores.loc[0, "rmse"] == pytest.approx(0)


@pytest.mark.parametrize(("refit", "fits"), [(True, 4), (False, 1), (2, 2), (3, 2)])
def test_refit(refit: Any, fits: int):
    model = Last()
    bt = backtest(model, line(20), h=2, n_windows=4, refit=refit, baselines=[])
    names = [name for name, _ in model.calls]
    assert names.count("fit") == fits
    histories = [df for name, df in model.calls if name == "predict" and df is not None]
    assert len(histories) == 4 - fits
    assert all(df["ds"].max() in set(bt.forecasts["cutoff"]) for df in histories)
    np.testing.assert_allclose(bt.forecasts["Last"], bt.forecasts["y"])


def test_without_df_a_model_has_to_be_refitted():
    with pytest.raises(InputError, match="predict of Silent takes no df; use refit=True"):
        backtest(Silent(), line(), h=2, n_windows=2, refit=False)
    assert backtest(Silent(), line(), h=2, n_windows=2).scores["rmse"].notna().all()


def test_exogenous_columns_of_the_window_are_handed_out_only_if_declared():
    df = line(12, price=np.arange(12.0), rain=np.arange(12.0), colour="red")
    model = Last(futr_exog=("price",))
    backtest(model, df, h=2, n_windows=2, baselines=[])
    fitted = [df for name, df in model.calls if name == "fit"]
    assert all([*df] == ["unique_id", "ds", "y", "price", "rain"] for df in fitted)
    known = [df for name, df in model.calls if name == "futr_df"]
    assert all([*df] == ["unique_id", "ds", "price"] for df in known)
    assert [df["ds"].tolist() for df in known] == [[9, 10], [11, 12]]
    assert known[0]["price"].tolist() == [8, 9]
    with pytest.raises(InputError, match="Last needs the column 'size'"):
        backtest(Last(futr_exog=("size",)), df, h=2)
    assert all(df is None for name, df in _calls_without_exog() if name == "futr_df")


def _calls_without_exog() -> list[tuple[str, Any]]:
    model = Last()
    backtest(model, line(), h=2, n_windows=2)
    return model.calls


def test_static_columns_reach_fit():
    static = pd.DataFrame({"store": ["a"], "size": [3.0]})
    df = line().rename(columns={"unique_id": "store"})

    class Static(Last):
        def __deepcopy__(self, memo: dict[int, Any]) -> Static:
            return Static()

        def fit(self, df: pd.DataFrame, static_df: Any = None) -> Last:
            assert static_df.to_dict("list") == {"unique_id": ["a"], "size": [3.0]}
            return super().fit(df)

    backtest(Static(), df, h=2, n_windows=2, static_df=static, id_col="store")
    with pytest.raises(InputError, match="fit of Silent takes no static_df"):
        backtest(Silent(), df, h=2, static_df=static, id_col="store")


def test_no_forecast_knows_what_comes_after_its_cutoff():
    df = pd.concat([series("a", 60), series("b", 50, 5, 1)])
    later = df["ds"] > df.groupby("unique_id")["ds"].transform("max") - pd.Timedelta(days=10)
    models: list[Any] = [Theta(season_length=7), Last()]
    before, after = (
        backtest(models, frame, h=5, n_windows=4).forecasts
        for frame in (df, df.assign(y=df["y"].where(~later, 1e4 * df["y"] + 1e6)))
    )
    past = before["cutoff"] <= before.groupby("unique_id")["ds"].transform("max") - pd.Timedelta(
        days=10
    )
    assert past.sum() == 2 * 3 * 5
    columns = before.columns.difference(["y"])
    pd.testing.assert_frame_equal(before.loc[past, columns], after.loc[past, columns])
    assert not np.allclose(before.loc[~past, "Last"], after.loc[~past, "Last"])


def test_a_series_too_short_for_a_window_is_left_out_of_it():
    df = pd.concat([series("long", 40), series("short", 12), series("tiny", 4)])
    words = r"need 17 rows.*'short' \(12 rows\), 'tiny' \(4 rows\)"
    with pytest.warns(InputWarning, match=words) as told:
        bt = backtest(Last(), df, h=5, n_windows=3)
    assert told[0].filename == __file__, "the line of the caller"
    counts = bt.forecasts.groupby("unique_id")["cutoff"].nunique().to_dict()
    assert counts == {"long": 3, "short": 2}
    assert bt.forecasts["Last"].notna().all()


def test_too_few_rows_name_the_series_and_the_remedy():
    with pytest.raises(InputError, match=r"need 34 rows, .* series, 'a', has 12; use fewer"):
        backtest("persistence", line(), h=8)


def test_gaps_are_neither_scored_nor_do_they_shift_a_forecast():
    df = line(20)
    gappy = df[~df["ds"].isin([5, 15, 16, 18])]  # 16 is the cutoff
    model = Last()
    with pytest.warns(InputWarning, match="missing"):
        bt = backtest([model, SeasonalNaive(season_length=2)], gappy, h=4, n_windows=1)
    forecasts = bt.forecasts.set_index("ds")
    assert forecasts.index.tolist() == [17, 18, 19, 20]
    assert (forecasts["cutoff"] == 16).all()
    drift = (14 - 1) / 12  # over the rows there are
    np.testing.assert_allclose(forecasts["Last"], 14 + drift * np.arange(3, 7))
    assert forecasts["persistence"].tolist() == [14] * 4
    assert bt.scores["rows"].tolist() == [3] * 4


def test_rows_on_no_calendar():
    ds = pd.Timestamp("2024-01-01") + pd.to_timedelta([0, 3, 4, 9, 11, 20, 21, 30], unit="h")
    df = pd.DataFrame({"unique_id": "a", "ds": ds, "y": np.arange(8.0)})

    class Told(Silent):
        def predict(self, h: int, futr_df: pd.DataFrame) -> pd.DataFrame:
            assert [*futr_df] == ["unique_id", "ds"]
            return futr_df.head(h).assign(Told=self.last[0])

    bt = backtest(Told(), df, h=2, n_windows=2, freq=IRREGULAR)
    assert bt.forecasts["ds"].tolist() == list(ds[4:])
    assert bt.forecasts["Told"].tolist() == bt.forecasts["persistence"].tolist() == [3, 3, 5, 5]


def test_polars_in_polars_out():
    df = pl.from_pandas(series("a", 40).rename(columns={"unique_id": "shop", "y": "sales"}))

    class Polars(Last):
        def __deepcopy__(self, memo: dict[int, Any]) -> Polars:
            return Polars()

        def fit(self, df: Any, static_df: Any = None) -> Last:
            assert isinstance(df, pl.DataFrame)
            return super().fit(df.to_pandas())

        def predict(self, h: int, **_: Any) -> Any:
            return pl.from_pandas(super().predict(h))

    bt = backtest(Polars(), df, h=5, n_windows=2, id_col="shop", target_col="sales")
    for name in ("forecasts", "scores", "by_series", "by_horizon", "significance", "observed"):
        assert isinstance(getattr(bt, name), pl.DataFrame)
    plain = backtest(Last(), series("a", 40), h=5, n_windows=2)
    np.testing.assert_allclose(bt.forecasts["Last"], plain.forecasts["Last"])
    assert bt.verdict == plain.verdict


def test_names():
    models = {"one": Last(), "two": Last(), "naive": Naive()}
    bt = backtest(models, line(), h=2, n_windows=2, level=[80])
    assert set(bt.scores["model"]) == {"one", "two", "naive", "persistence", "seasonal_naive"}
    assert {"naive-lo-80", "naive-hi-80"} <= set(bt.forecasts)
    kinds = bt.scores.set_index("model")["kind"]
    assert kinds["naive"] == "model"
    assert kinds["persistence"] == "baseline"
    with pytest.raises(InputError, match="no model can be called 'horizon'"):
        backtest({"horizon": Last()}, line(), h=2, n_windows=2)
    with pytest.raises(InputError, match=r"two models call their forecasts 'Last'; give .* a dict"):
        backtest([Last(), Last()], line(), h=2, n_windows=2)


class Wrong(Silent):
    """Its forecasts are changed by a function before they are returned."""

    def __init__(self, change: Any) -> None:
        self.change = change

    def predict(self, h: int) -> pd.DataFrame:
        changed: pd.DataFrame = self.change(super().predict(h))
        return changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda df: df.drop(columns="ds"), "Wrong have no column 'ds'"),
        (lambda df: df.drop(columns="Silent"), "have no column besides unique_id, ds"),
        (lambda df: pd.concat([df, df]), "Wrong forecasts series 'a' at 9 twice"),
        (lambda df: df.assign(ds=df["ds"] + 100), "none of the rows asked for, such as series 'a'"),
    ],
)
def test_what_a_model_returns_is_checked(change: Any, message: str):
    with pytest.raises(InputError, match=message):
        backtest(Wrong(change), line(), h=2, n_windows=2)


def test_missing_forecasts_are_told_and_not_scored():
    words = "Wrong has no forecast for 2 of 4 rows, .* at 10"
    with pytest.warns(InputWarning, match=words) as told:
        bt = backtest(Wrong(lambda df: df.head(1)), line(), h=2, n_windows=2)
    assert told[0].filename == __file__, "the line of the caller"
    assert bt.scores.set_index("model").loc["Silent", "rows"] == 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"h": 0}, "h must be at least 1"),
        ({"n_windows": 0}, "n_windows must be at least 1"),
        ({"step_size": 1.5}, "step_size must be a whole number"),
        ({"refit": 0}, "refit must be at least 1"),
        ({"level": [80, 120]}, "level has 120"),
        ({"baselines": ["naiv"]}, "unknown baseline 'naiv'"),
        ({"models": 3}, "3 cannot be backtested"),
        ({"models": Last}, "the class Last cannot be backtested"),
        ({"models": [], "baselines": []}, "nothing to backtest"),
    ],
)
def test_settings_are_checked(settings: dict[str, Any], message: str):
    with pytest.raises(InputError, match=message):
        backtest(**({"models": Last(), "df": line(), "h": 2, "n_windows": 2} | settings))


def test_a_model_may_run_all_windows_at_once():
    class Compiled(Last):
        def forecast_folds(
            self, panel: Panel, ends: Any, h: int, level: Any, *, refit: bool
        ) -> pd.DataFrame:
            rows = [
                (panel.ids[i], panel.ds[at + k], panel.ds[at - 1], panel.y[at - 1])
                for known in ends
                for i in np.flatnonzero(known)
                for at in [panel.offsets[i] + known[i]]
                for k in range(h)
            ]
            return pd.DataFrame(rows, columns=["unique_id", "ds", "cutoff", "Compiled"])

        def __deepcopy__(self, memo: dict[int, Any]) -> Compiled:
            return Compiled()

    df = pd.concat([series("a", 40), series("b", 12, 5, 1)])
    with pytest.warns(InputWarning, match="'b'"):
        bt = backtest({"all": Compiled()}, df, h=5, n_windows=3)
    np.testing.assert_allclose(bt.forecasts["all"], bt.forecasts["persistence"])
    rmse = bt.scores.set_index("model")["rmse"]
    assert rmse["all"] == pytest.approx(rmse["persistence"])


def test_a_statsforecast_model_that_fails_on_a_series_is_missing_there():
    class Picky(Naive):
        def forecast(self, y: Any, **options: Any) -> Any:
            if y[0] > 100:
                raise ValueError("too large")
            return super().forecast(y=y, **options)

    df = pd.concat([series("a", 30), series("b", 30, 500)])
    with pytest.warns(InputWarning, match="Naive has no forecast for series 'b': too large"):
        bt = backtest(Picky(), df, h=5, n_windows=1)
    assert bt.by_series.loc[bt.by_series["model"] == "Naive", "unique_id"].tolist() == ["a"]


def test_the_verdict_is_the_one_of_all_comparisons():
    bt = backtest(Last(), line(), h=2, n_windows=2, baselines=["persistence"])
    assert bt.verdict.startswith("Over 2 windows of 2 steps, Last is best with an MAE of 0, 100 %")
    assert (
        "Last (0) beats the best baseline, repeating the last value (1.50), by 100 %" in bt.verdict
    )
    level = backtest(Silent(), line(), h=2, n_windows=2, baselines=["persistence"]).verdict
    assert "level with the best baseline, repeating the last value (1.50): repeat the" in level


def test_verdict_tells_luck_from_skill():
    class Worse(Silent):
        def predict(self, h: int) -> pd.DataFrame:
            return super().predict(h).assign(Silent=0.0)

    verdict = backtest(Worse(), line(40), h=1, n_windows=20, level=()).verdict
    assert "does worse than the best baseline" in verdict
    assert "not by chance (Diebold-Mariano test, p below 0.001" in verdict
    once = backtest(Last(), line(60), h=5, n_windows=1).verdict
    assert "a single cutoff" in once
    assert "chance" not in once


@pytest.mark.parametrize("baselines", [[], ["persistence"]])
def test_a_model_that_always_fails_is_told_and_not_scored(baselines: list[str]):
    class Broken(Naive):
        def forecast(self, **_: Any) -> Any:
            raise ValueError("no")

    with pytest.warns(InputWarning, match="Naive has no forecast"):
        bt = backtest(Broken(), line(), h=2, n_windows=2, baselines=baselines)
    scores = bt.scores.set_index("model").loc["Naive"]
    assert scores["rows"] == 0
    assert np.isnan(scores["rmse"])
    assert ("No model could be scored." in bt.verdict) == (not baselines)


@pytest.mark.parametrize(("verbose", "shown"), [(True, True), (False, False), (None, False)])
def test_progress_is_shown_on_demand(
    capsys: pytest.CaptureFixture[str], verbose: Any, shown: object
):
    backtest(Last(), line(), h=2, n_windows=2, verbose=verbose)
    output = capsys.readouterr()
    assert output.out == ""
    assert ("backtest" in output.err) == shown
    assert ("6/6" in output.err) == shown


def test_without_a_baseline_nothing_is_compared():
    bt = backtest(Naive(), pl.from_pandas(line()), h=2, n_windows=2, baselines=[])
    assert bt.significance.is_empty()
    assert bt.scores["skill_vs_persistence"].is_null().all()
    assert "baseline" not in bt.verdict


def test_skill_and_verdict_are_on_the_rows_that_both_forecast():
    short = Wrong(lambda df: df.head(1).assign(Silent=df["Silent"] + 1))
    with pytest.warns(InputWarning, match="no forecast"):
        bt = backtest(short, line(), h=2, n_windows=3, baselines=["persistence", "seasonal_naive"])
    # Perfect one step ahead, where persistence misses by 1; two steps ahead it says nothing.
    assert bt.scores.set_index("model").loc["Silent", "skill_vs_persistence"] == 1
    assert bt.significance.set_index("model").loc["persistence", "skill"] == -np.inf
    assert "Silent (0) beats the best baseline, repeating the last value (1.50)" in bt.verdict


def test_a_series_alone_needs_no_ids():
    frame = line(12)
    expected = backtest(Last(), frame, h=2, baselines=[]).forecasts
    alone = frame.drop(columns="unique_id")
    series = frame.set_index("ds")["y"]
    for found in (
        backtest(Last(), alone, h=2, baselines=[]),
        backtest(Last(), alone, h=2, baselines=[], id_col=None),
        backtest(Last(), series, h=2, baselines=[]),
        backtest(Last(), series.rename_axis("day").rename("sales"), h=2, baselines=[]),
    ):
        assert set(found.forecasts["unique_id"]) == {"series"}
        columns = ["ds", "cutoff", "y", "Last"]
        pd.testing.assert_frame_equal(found.forecasts[columns], expected[columns])
