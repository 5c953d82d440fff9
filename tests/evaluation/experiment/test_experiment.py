import io
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from small_forecasters import draw_weights, panel_of, wandering

from gatecast._types import InputError
from gatecast.data import datasets, to_panel
from gatecast.evaluation import Experiment, ExperimentStopped, Plan, experiment, framings
from gatecast.evaluation.experiment._schedule import Schedule
from gatecast.forecasting import AutoLSTM, Estimator, LSTMForecaster
from gatecast.metrics import mase, rmsse
from gatecast.reporting import print_summary, write
from gatecast.reporting.charts import figures
from gatecast.training import Training

RECORD = {
    "model", "kind", "seeds", "train_rmse", "test_rmse", "test_mae", "test_mase", "test_rmsse",
    "skill_vs_persistence", "skill_vs_seasonal_naive", "mimics_persistence", "seconds",
}  # fmt: skip
MULTI_RECORD = RECORD - {"seeds", "train_rmse", "mimics_persistence", "seconds"} | {"h"}
BOUNDS = ["LSTM-lo-95", "LSTM-lo-80", "LSTM", "LSTM-hi-80", "LSTM-hi-95"]

Found = tuple[Experiment, Estimator]


def rms(errors: Any) -> float:
    return float(np.sqrt(np.nanmean(np.asarray(errors, dtype=float) ** 2)))


def assert_is_complete(found: Experiment):
    """All models everywhere, and every figure follows from the forecasts it summarises."""
    kinds = {record["model"]: record["kind"] for record in found.one_step}
    assert {record["model"]: record["kind"] for record in found.multi_step} == kinds
    assert all(set(record) == RECORD for record in found.one_step)
    assert all(set(record) == MULTI_RECORD for record in found.multi_step)
    one, multi = found.one_step_forecasts, found.multi_step_forecasts
    assert one.columns.tolist() == ["unique_id", "ds", "y", "split", *kinds]
    assert multi.columns.tolist() == ["unique_id", "ds", "cutoff", "y", *kinds]
    assert found.data["rows"] == len(one) == found.data["train"] + found.data["test"]
    assert one["split"].value_counts().to_dict() == {
        part: found.data[part] for part in ("train", "test")
    }
    test = one[one["split"] == "test"]
    assert not test[list(kinds)].isna().any(axis=None)
    ranking = f"test_{found.ranked_by}"
    persistence = next(r[ranking] for r in found.one_step if r["model"] == "persistence")
    for record in found.one_step:
        scores = record["test_rmse"]
        assert scores["min"] <= scores["median"] <= scores["max"]
        kept = rms(test[record["model"]] - test["y"])
        assert scores["min"] - 1e-9 <= kept <= scores["max"] + 1e-9
        skill = 1 - record[ranking]["median"] / persistence["median"]
        assert record["skill_vs_persistence"] == pytest.approx(skill)
        errors = (test[record["model"]] - test["y"]).abs()
        for key, each in found.by_series.groupby("unique_id"):
            own = each.set_index("model").loc[record["model"]]
            assert own["mae"] == pytest.approx(errors[test["unique_id"] == key].mean())
        if record["kind"] == "baseline":
            assert scores["median"] == pytest.approx(kept)
    for record in found.multi_step:
        assert len(multi) == record["h"] * found.data["series"]
        if record["kind"] != "framing":
            kept = rms(multi[record["model"]] - multi["y"])
            assert record["test_rmse"] == pytest.approx(kept)
    curves = found.curves.groupby(["model", "seed"])["epoch"]
    assert (curves.min() == 1).all()
    assert (curves.max() == curves.size()).all()
    assert (np.diff(found.forecast[BOUNDS], axis=1) >= 0).all()


def previous(found: Experiment) -> pd.Series:
    """The last observation before each row of its series."""
    known = found.one_step_forecasts.groupby("unique_id")["y"].ffill()
    return known.groupby(found.one_step_forecasts["unique_id"]).shift()


@pytest.fixture(scope="module")
def small() -> Found:
    """Two quarterly series of unequal length, one with a gap, and drawn weights."""
    first, second = wandering(36), wandering(27, 1)
    first[14] = np.nan
    quick = Training(epochs=2, batch_size=8)
    few = {name: dict(framings.ALL[name], training=quick) for name in ("regression", "window")}
    plan = Plan(
        seeds=2,
        baselines=("persistence", "seasonal_naive"),
        framings=few,
        forecaster=LSTMForecaster(
            look_back=2, strategy="recursive", window_level="last", units=2, members=2
        ),
        trainer=draw_weights,
    )
    return experiment(panel_of(first, second, freq="QS"), plan)


class Stopping:
    """Trains as usual, until it is interrupted."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        return draw_weights(*arguments, **keywords)


@pytest.mark.parametrize(
    "after", [pytest.param(0, marks=pytest.mark.slow), 1, pytest.param(3, marks=pytest.mark.slow)]
)
def test_what_was_found_before_it_was_stopped(tmp_path: Path, after: int):
    quick = Training(epochs=2, batch_size=8)
    plan = Plan(
        seeds=2,
        baselines=("persistence", "seasonal_naive"),
        framings={
            name: dict(framings.ALL[name], training=quick) for name in ("regression", "window")
        },
        forecaster=LSTMForecaster(look_back=2, units=2, intervals=False),
        trainer=Stopping(after),
    )
    with pytest.raises(ExperimentStopped) as stop:
        experiment(panel_of(wandering(36), wandering(27, 1), freq="QS"), plan)
    found = stop.value.found
    ready = ["regression", "window", "LSTM"][:after]
    names = [record["model"] for record in found.one_step]
    assert names == [*ready, "persistence", "seasonal_naive"]
    assert found.forecast.empty
    assert found.verdict.startswith("One step ahead, repeating the last season is best")
    write(found, tmp_path)
    assert (tmp_path / "report.html").exists()
    assert not (tmp_path / "model.gatecast").exists()


def test_the_steps_and_the_time_left_are_told():
    told: list[str] = []
    Schedule([1, 1], told.append).start(0, "first")
    long_ago = time.perf_counter() - 30
    steps = Schedule([2, 1, 8], told.append, long_ago)
    steps.start(1, "second")
    steps.start(2, "third")
    # 30 s for a cost of 2, so 135 s for one of 9; then 30 s for 3, so 80 s for 8.
    assert told == [
        "first (1 of 2)",
        "second (2 of 3, about 2 min left)",
        "third (3 of 3, about 1 min left)",
    ]


def test_a_small_experiment_is_complete(small: Found):
    found, _ = small
    assert_is_complete(found)
    # 67 % of 36 and of 27 rows, rounded down.
    assert found.data == {"series": 2, "rows": 63, "freq": "QS", "train": 42, "test": 21}
    kinds = [(record["model"], record["kind"], record["seeds"]) for record in found.one_step]
    assert kinds == [
        ("regression", "framing", 2),
        ("window", "framing", 2),
        ("LSTM", "lstm", 2),
        ("persistence", "baseline", 1),
        ("seasonal_naive", "baseline", 1),
    ]


def test_series_of_several_sizes_are_judged_by_scaled_errors(small: Found):
    found, _ = small
    assert found.ranked_by == "rmsse"  # the forecaster is trained with the squared error
    one = found.one_step_forecasts
    train, test = (one[one["split"] == part] for part in ("train", "test"))
    for key, metric in (("mase", mase), ("rmsse", rmsse)):
        expected = metric(test, ["persistence"], train, 4).set_index("unique_id")["persistence"]
        each = found.by_series[found.by_series["model"] == "persistence"].set_index("unique_id")
        np.testing.assert_allclose(each[key], expected)
        record = next(r for r in found.one_step if r["model"] == "persistence")
        assert record[f"test_{key}"]["median"] == pytest.approx(expected.mean())
    assert found.verdict.count("an RMSSE of") == 2
    assert found.verdict.count("(the RMSE of each series over its usual change, averaged)") == 1
    assert "single cutoff" in found.verdict


def test_the_lstm_keeps_to_its_bounds():
    values = wandering(36)
    low, high = np.quantile(values, [0.0, 1.0])
    plan = Plan(
        baselines=("persistence",),
        framings={},
        forecaster=LSTMForecaster(look_back=2, units=2, minimum=low, maximum=high),
        trainer=draw_weights,
    )
    panel = panel_of(values, freq="QS")
    found, forecaster = experiment(panel, plan)
    free, _ = experiment(panel, replace(plan, forecaster=LSTMForecaster(look_back=2, units=2)))
    beyond = 0
    for name in ("one_step_forecasts", "multi_step_forecasts", "forecast"):
        expected = getattr(free, name)["LSTM"].clip(low, high)
        np.testing.assert_array_equal(getattr(found, name)["LSTM"], expected)
        beyond += (getattr(free, name)["LSTM"] != expected).sum()
    assert beyond
    assert forecaster.model_.bounds.maximum == high
    plan = replace(plan, forecaster=LSTMForecaster(look_back=2, units=2, maximum=high - 1))
    with pytest.raises(InputError, match="beyond maximum"):
        experiment(panel, plan)


@pytest.mark.parametrize("baselines", [("persistence",), ("seasonal_naive",), ()])
def test_any_baselines_will_do(baselines: tuple[str, ...]):
    plan = Plan(
        baselines=baselines,
        framings={},
        forecaster=LSTMForecaster(look_back=2, units=2, intervals=False),
        trainer=draw_weights,
    )
    found, _ = experiment(panel_of(wandering(24), freq="QS"), plan)
    # Intervals are not wanted of this forecaster, whatever level the plan has.
    assert [*found.forecast] == ["unique_id", "ds", "LSTM"]
    names = [record["model"] for record in found.one_step]
    assert names == ["LSTM", *baselines]
    for record in found.one_step:
        for name in ("persistence", "seasonal_naive"):
            assert np.isnan(record[f"skill_vs_{name}"]) == (name not in baselines)
    assert found.ranked_by == "rmse"
    assert found.verdict
    print_summary(found, Console(file=io.StringIO()))
    assert figures(found)


@pytest.mark.parametrize(
    ("baselines", "message"),
    [
        ("persistence", "give a list"),
        (["naiv"], "unknown baseline 'naiv'; choose"),
    ],
)
def test_unknown_baselines_are_named_before_anything_is_trained(baselines: Any, message: str):
    with pytest.raises(InputError, match=message):
        Plan(baselines=baselines)


def test_forecasts_stand_at_the_row_they_are_for(small: Found):
    found, _ = small
    one = found.one_step_forecasts
    pd.testing.assert_series_equal(one["persistence"], previous(found), check_names=False)
    # Only the rows that fill the first look-back have no forecast.
    place = one.groupby("unique_id").cumcount()
    for model, look_back in (("regression", 1), ("window", 3), ("LSTM", 2)):
        np.testing.assert_array_equal(one[model].isna(), place < look_back)


def test_the_multi_step_comparison_starts_where_training_ends(small: Found):
    found, _ = small
    multi, one = found.multi_step_forecasts, found.one_step_forecasts
    train = one[one["split"] == "train"].groupby("unique_id")["ds"].max()
    # As many rows as the shorter test part has.
    assert multi.groupby("unique_id").size().to_dict() == {"a": 9, "b": 9}
    assert multi.groupby("unique_id")["cutoff"].unique().explode().to_dict() == train.to_dict()
    assert (multi["ds"] > multi["cutoff"]).all()
    last = one.set_index(["unique_id", "ds"])["y"].groupby("unique_id").ffill()
    expected = last.loc[list(zip(multi["unique_id"], multi["cutoff"], strict=True))]
    np.testing.assert_array_equal(multi["persistence"], expected)


def test_the_future_is_that_of_the_forecaster(small: Found):
    found, forecaster = small
    pd.testing.assert_frame_equal(found.forecast, forecaster.predict(level=[80, 95]))
    assert found.forecast["unique_id"].tolist() == ["a"] * 9 + ["b"] * 9
    assert found.forecast["ds"].iloc[[0, 9]].tolist() == [
        pd.Timestamp("2009-01-01"),
        pd.Timestamp("2006-10-01"),
    ]


def test_without_a_plan_the_tutorial_stands_beside_the_forecaster_without_settings():
    plan = Plan()
    assert plan.framings is framings.ALL
    assert isinstance(plan.forecaster, AutoLSTM)
    assert plan.forecaster.get_params() == AutoLSTM().get_params()


@pytest.mark.parametrize("setting", ["h", "seeds"])
def test_a_bad_plan_is_named(setting: str):
    with pytest.raises(InputError, match=f"^{setting} must be at least 1, got 0$"):
        Plan(**{setting: 0})


@pytest.fixture(scope="module")
def airline() -> tuple[Experiment, list[str]]:
    told: list[str] = []
    panel = to_panel(datasets.airline_passengers())
    return experiment(panel, Plan(seeds=2, tell=told.append))[0], told


@pytest.mark.slow
def test_the_airline_experiment_is_complete(airline: tuple[Experiment, list[str]]):
    found, told = airline
    assert_is_complete(found)
    assert found.data == {"series": 1, "rows": 144, "freq": "MS", "train": 96, "test": 48}
    assert [record["kind"] for record in found.one_step] == (
        ["framing"] * 5 + ["lstm"] + ["baseline"] * 5
    )
    assert len(told) == 5 + 3
    assert {record["h"] for record in found.multi_step} == {48}
    assert set(found.seconds) == {"compile", "train", "total"}
    assert found.seconds["compile"] + found.seconds["train"] < found.seconds["total"]
    assert set(found.versions) >= {"gatecast", "keras", "jax"}
    assert found.verdict


@pytest.mark.slow
def test_airline_scores_are_those_of_the_tutorial(airline: tuple[Experiment, list[str]]):
    records = {record["model"]: record for record in airline[0].one_step}
    assert records["persistence"]["test_rmse"]["median"] == pytest.approx(48.04, abs=0.005)
    assert records["seasonal_naive"]["test_rmse"]["median"] == pytest.approx(41.85, abs=0.005)
    for name in framings.ALL:
        assert 40 < records[name]["test_rmse"]["min"] < records[name]["test_rmse"]["max"] < 130
        assert 18 < records[name]["train_rmse"]["median"] < 45
    assert records["regression"]["mimics_persistence"]
    assert records["LSTM"]["test_rmse"]["median"] < 30


@pytest.mark.slow
def test_airline_forecasts_are_in_line(airline: tuple[Experiment, list[str]]):
    found, _ = airline
    one = found.one_step_forecasts
    np.testing.assert_array_equal(one["persistence"], one["y"].shift())
    assert one["regression"].isna().sum() == 1
    assert one["time steps"].isna().sum() == 3
    months = pd.date_range("1961-01-01", periods=12, freq="MS")
    assert found.forecast["ds"].tolist() == months.tolist()
    assert (found.forecast["LSTM"] > 300).all()
