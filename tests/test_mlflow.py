"""Gatecast in MLflow: its own client reads what was logged, and the estimators are the truth."""

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import polars as pl
import pytest
from small_forecasters import DrawnForecaster, frame_of_targets

import gatecast
from gatecast import InputError, LSTMForecaster, SequenceClassifier, SequenceRegressor, Training

H = 3
SMALL: dict[str, Any] = {"h": H, "look_back": 3, "units": 2, "verbose": False}


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Runs":
    """An empty store of runs."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "runs").as_uri())
    return Runs()


class Runs:
    """What MLflow's client says was logged."""

    def all(self) -> list[Any]:
        """The newest first."""
        return list(mlflow.MlflowClient().search_runs(["0"]))

    def only(self) -> Any:
        (run,) = self.all()
        return run

    def course(self, metric: str) -> list[tuple[int, float]]:
        history = mlflow.MlflowClient().get_metric_history(self.only().info.run_id, metric)
        return sorted((each.step, each.value) for each in history)

    def files(self, folder: str | None = None) -> set[str]:
        found = mlflow.MlflowClient().list_artifacts(self.only().info.run_id, folder)
        return {each.path for each in found}


def sales(rows: int, start: str = "2024-01-01", seed: int = 0) -> pd.DataFrame:
    """Two series of days, with what they cost, when it rained, and of what kind they are."""
    random = np.random.default_rng(seed)
    days = pd.date_range(start, periods=rows, freq="D")
    each = [
        pd.DataFrame(
            {
                "unique_id": name,
                "ds": days,
                "y": 20 + random.normal(size=rows),
                "rain": random.normal(size=rows),
                "price": random.normal(size=rows),
                "event": random.choice(["none", "fair"], rows),
            }
        )
        for name in "ab"
    ]
    return pd.concat(each, ignore_index=True)


ROWS = 24
DATA, LATER = sales(ROWS), sales(H, "2024-01-25", seed=1)
FUTURE = LATER.drop(columns=["y", "rain"])
STATIC = pd.DataFrame({"unique_id": ["a", "b"], "size": [3.0, 5.0]})


@pytest.fixture(scope="module")
def plain() -> LSTMForecaster:
    return DrawnForecaster(**SMALL).fit(DATA[["unique_id", "ds", "y"]])


@pytest.fixture(scope="module")
def with_columns() -> LSTMForecaster:
    columns = {"hist_exog": ["rain"], "futr_exog": ["price", "event"]}
    return DrawnForecaster(**SMALL, **columns).fit(DATA, static_df=STATIC)


@pytest.fixture(scope="module")
def classifier() -> SequenceClassifier:
    training = Training(epochs=2)
    model = SequenceClassifier(units=2, held_back=0.5, training=training, verbose=False)
    return model.fit(sequences(), "kind")


def sequences() -> pd.DataFrame:
    rows = pd.DataFrame({"unique_id": np.repeat(np.arange(12), 3), "ds": np.tile(np.arange(3), 12)})
    value = np.random.default_rng(0).normal(size=len(rows))
    return rows.assign(value=value, kind=np.where(rows["unique_id"] < 6, "low", "high"))


def served(model: Any, folder: Path) -> Any:
    """The model as MLflow loads it."""
    gatecast.mlflow.save_model(model, folder)
    return mlflow.pyfunc.load_model(str(folder))


def same(found: pd.DataFrame, wanted: Any) -> None:
    pd.testing.assert_frame_equal(found, wanted)


# Models


def test_without_rows_the_model_goes_on_from_its_own(plain: LSTMForecaster, tmp_path: Path):
    model = served(plain, tmp_path / "model")
    same(model.predict(pd.DataFrame()), plain.predict())
    params = {"h": 2, "level": [80, 95], "quantiles": [0.1]}
    found = model.predict(pd.DataFrame(), params=params)
    same(found, plain.predict(2, level=[80, 95], quantiles=[0.1]))


def test_rows_are_forecast_from(plain: LSTMForecaster, tmp_path: Path):
    model = served(plain, tmp_path / "model")
    new = LATER[["unique_id", "ds", "y"]].replace({"unique_id": {"a": "c"}})
    wanted = plain.predict(df=new)
    same(model.predict(new), wanted)
    # As JSON brings them: dates as text.
    same(model.predict(new.assign(ds=new["ds"].dt.strftime("%Y-%m-%d"))), wanted)
    whole = new.assign(y=new["y"].round().astype(int))
    same(model.predict(whole), plain.predict(df=whole))


@pytest.mark.filterwarnings("ignore:1 of 48 calendar steps", "ignore:the rows were not in order")
def test_what_is_known_of_the_future_follows_the_rows(with_columns: LSTMForecaster, tmp_path: Path):
    model = served(with_columns, tmp_path / "model")
    same(model.predict(FUTURE), with_columns.predict(futr_df=FUTURE))
    # A gap within the rows stays one, and what is known at it is kept.
    past = DATA.assign(y=DATA["y"].where(DATA.index != 22))
    rows = pd.concat([past, FUTURE]).merge(STATIC).sample(frac=1, random_state=0)
    wanted = with_columns.predict(df=past, futr_df=FUTURE, static_df=STATIC)
    same(model.predict(rows), wanted)
    assert not wanted.equals(with_columns.predict(futr_df=FUTURE))


def test_several_targets(tmp_path: Path):
    df = frame_of_targets(16)
    model = DrawnForecaster(**SMALL).fit(df, target_col=["sold", "returned"])
    found = served(model, tmp_path / "model").predict(df)
    same(found, model.predict(df=df))
    assert list(found) == ["unique_id", "ds", "target", "LSTM"]


def test_irregular_times_come_with_the_rows(tmp_path: Path):
    df = DATA.iloc[[0, 1, 3, 4, 8, 9, 10, 13, 14, 15, 17, 19, 20, 21]][["ds", "y"]]
    model = DrawnForecaster(**SMALL).fit(df, freq="irregular")
    ahead = pd.DataFrame({"ds": pd.to_datetime(["2024-01-26", "2024-01-27", "2024-01-30"])})
    found = served(model, tmp_path / "model").predict(pd.concat([df, ahead]))
    same(found, model.predict(df=df, futr_df=ahead))
    assert list(found["ds"]) == list(ahead["ds"])


def test_a_model_of_polars_answers_in_pandas(tmp_path: Path):
    df = pl.from_pandas(DATA[["unique_id", "ds", "y"]])
    model = DrawnForecaster(**SMALL).fit(df)
    same(served(model, tmp_path / "m").predict(pd.DataFrame()), model.predict().to_pandas())


def test_columns_have_the_names_and_types_of_the_user(tmp_path: Path):
    names = {"unique_id": "shop", "ds": "day", "y": "sold"}
    numbers = DATA.assign(unique_id=DATA["unique_id"].map(ord), ds=DATA["ds"].dt.dayofyear)
    df = numbers[list(names)].rename(columns=names)
    model = DrawnForecaster(**SMALL).fit(df, id_col="shop", time_col="day", target_col="sold")
    found = served(model, tmp_path / "model")
    same(found.predict(df), model.predict(df=df))
    assert found.metadata.get_input_schema().input_names() == ["shop", "day", "sold"]
    types = [str(each) for each in found.metadata.get_output_schema().input_types()]
    assert types == ["DataType.long", "DataType.long", "DataType.double"]


def test_whole_sequences(classifier: SequenceClassifier, tmp_path: Path):
    rows = sequences().drop(columns="kind")
    model = served(classifier, tmp_path / "classes")
    same(model.predict(rows), classifier.predict(rows))
    same(model.predict(rows, params={"proba": True}), classifier.predict_proba(rows))
    labels = rows.groupby("unique_id")["value"].sum()
    training = Training(epochs=1)
    regressor = SequenceRegressor(units=2, held_back=0, training=training, verbose=False)
    numbers = regressor.fit(rows, labels)
    same(served(numbers, tmp_path / "numbers").predict(rows), numbers.predict(rows))


@pytest.mark.parametrize("name", ["plain", "with_columns", "classifier"])
def test_the_folder_says_what_goes_in_and_out_and_pickles_nothing(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
):
    estimator = request.getfixturevalue(name)
    model = served(estimator, tmp_path / "model")
    files = {each.name for each in (tmp_path / "model").rglob("*") if each.is_file()}
    assert files == {
        "MLmodel",
        "conda.yaml",
        "input_example.json",
        "model.gatecast",
        "python_env.yaml",
        "requirements.txt",
        "serving_input_example.json",
    }
    assert gatecast.load(tmp_path / "model" / "data" / "model.gatecast").kind == estimator.kind
    needed = (tmp_path / "model" / "requirements.txt").read_text().splitlines()
    assert f"gatecast=={gatecast.__version__}" in needed
    assert model.loader_module == "gatecast.mlflow.loader"
    example = pd.DataFrame(**json.loads((tmp_path / "model" / "input_example.json").read_text()))
    assert list(example) == model.metadata.get_input_schema().input_names()
    found = model.predict(example)
    assert list(found) == model.metadata.get_output_schema().input_names()
    assert found.iloc[:, -1].notna().all()


def test_the_example_of_a_forecaster_is_its_own_last_rows(plain: LSTMForecaster, tmp_path: Path):
    model = served(plain, tmp_path / "model")
    example = model.input_example
    assert example["y"].tolist() == DATA["y"].iloc[ROWS - len(example) : ROWS].tolist()
    same(model.predict(example), plain.predict().iloc[:H])


def test_a_logged_model_is_loaded_again(plain: LSTMForecaster, tmp_path: Path):
    with mlflow.start_run() as run:
        info = gatecast.mlflow.log_model(plain, "sales", tags={"team": "shop"})
    logged = mlflow.get_logged_model(info.model_id)
    assert (logged.name, logged.source_run_id) == ("sales", run.info.run_id)
    assert logged.tags["team"] == "shop"
    back = gatecast.mlflow.load_model(info.model_uri)
    assert isinstance(back, LSTMForecaster)
    same(back.predict(), plain.predict())
    other = tmp_path / "other"
    other.mkdir()
    mlflow.models.Model(flavors={"sklearn": {}}).save(other / "MLmodel")
    with pytest.raises(InputError, match=r"other: not saved by gatecast\.mlflow, but as sklearn"):
        gatecast.mlflow.load_model(str(other))


@pytest.mark.parametrize(
    ("model", "message"),
    [(LSTMForecaster(), "this model is not fitted"), ("air", "give a fitted estimator.*got str")],
)
def test_what_cannot_be_saved(model: Any, message: str, tmp_path: Path):
    with pytest.raises(InputError, match=message):
        gatecast.mlflow.save_model(model, tmp_path / "model")
    with pytest.raises(InputError, match=message):
        gatecast.mlflow.log_model(model)
    assert not (tmp_path / "model").exists()


def test_what_cannot_be_used_is_told_in_one_line(
    plain: LSTMForecaster, with_columns: LSTMForecaster, tmp_path: Path
):
    model, other = served(plain, tmp_path / "one"), served(with_columns, tmp_path / "two")
    rows = DATA[["unique_id", "ds", "y"]]
    for found, message in (
        (lambda: model.predict(rows.drop(columns="y")), "the data frame has no column 'y'"),
        (lambda: model.predict(rows.assign(y="?")), r"row 0, series 'a' at 2024-01-01.*'\?'"),
        (lambda: model.predict(rows, params={"h": 0}), "h must be at least 1, got 0"),
        (lambda: other.predict(pd.DataFrame()), "give the values of 'price', 'event' at"),
        (lambda: other.predict(DATA), "with 'y' left empty, after the last one of its series"),
        (lambda: other.predict(FUTURE.drop(columns="ds")), "has no column 'ds'"),
        (lambda: other.predict(DATA.drop(columns="ds")), "has no column 'ds'"),
    ):
        with pytest.raises(InputError, match=message) as told:
            found()
        error: Any = told.value
        # As MLflow's server does it: it adds the whole request.
        error.message = f"Failed to predict data '{rows}'. \nError: {error.message}"
        assert error.get_http_status_code() == 400
        assert json.loads(error.serialize_as_json())["message"] == str(told.value)
        assert "\n" not in str(told.value)


# Runs


def test_settings_and_losses_of_a_fit(runs: Runs):
    training = Training(epochs=3, validation=0.3)
    model = LSTMForecaster(**SMALL, members=3, training=training).fit(DATA)
    with mlflow.start_run():
        gatecast.mlflow.log(model)
    run = runs.only()
    assert run.data.params.items() >= {
        ("estimator", "LSTMForecaster"),
        ("look_back", "3"),
        ("members", "3"),
        ("training.epochs", "3"),
        ("training.validation", "0.3"),
    }
    for name in ("loss", "val_loss"):
        middle = np.median(model.curves_[name], axis=0)
        assert runs.course(name) == list(enumerate(middle.astype(float), start=1))
    for name, skill in model.skill_.items():
        assert run.data.metrics[f"skill_vs_{name}"] == skill
    assert len(model.skill_) == 2
    assert runs.files() == {"forecast.png"}


def test_scores_and_report_of_a_backtest(plain: LSTMForecaster, runs: Runs, tmp_path: Path):
    found = gatecast.backtest({"own: a/b": plain}, DATA, h=H, n_windows=2, level=[80])
    with mlflow.start_run():
        gatecast.mlflow.log(found)
    run = runs.only()
    scores = found.scores.set_index("model")
    assert set(scores.index) == {"own: a/b", "persistence", "seasonal_naive"}
    for model, name in (("own: a/b", "own: a_b"), ("persistence", "persistence")):
        for score in ("mae", "rmse", "coverage_80", "skill_vs_seasonal_naive"):
            assert run.data.metrics[f"{name}/{score}"] == scores.loc[model, score]
    assert run.data.tags["verdict"] == found.verdict
    assert run.data.params == {"backtest.h": "3", "backtest.n_windows": "2"}
    assert {"backtest/report.html", "backtest/scores.csv", "backtest/plots"} <= runs.files(
        "backtest"
    )
    page = mlflow.artifacts.download_artifacts(
        run_id=run.info.run_id, artifact_path="backtest/report.html", dst_path=str(tmp_path)
    )
    assert "own: a/b" in Path(page).read_text(encoding="utf-8")


def test_judgement_of_whole_sequences(classifier: SequenceClassifier, runs: Runs):
    with mlflow.start_run():
        gatecast.mlflow.log(classifier)
    run, report = runs.only(), classifier.report_.set_index("model")
    assert run.data.tags["verdict"] == classifier.verdict_
    for model in report.index:
        assert run.data.metrics[f"{model}/accuracy"] == report.loc[model, "accuracy"]
    assert run.data.params["units"] == "2"


@pytest.mark.parametrize("found", [LSTMForecaster(), None])
def test_what_cannot_be_logged(found: Any, runs: Runs):
    with pytest.raises(InputError, match="log takes a fitted estimator or a backtest, got"):
        gatecast.mlflow.log(found)
    assert not runs.all()


# Autologging


@pytest.fixture
def _autologged() -> Iterator[None]:
    gatecast.mlflow.autolog(log_charts=False, silent=True, extra_tags={"team": "shop"})
    yield
    gatecast.mlflow.autolog(disable=True)


@pytest.mark.usefixtures("_autologged")
def test_each_fit_and_backtest_is_a_run(runs: Runs):
    model = DrawnForecaster(**SMALL)
    assert model.fit(DATA) is model
    run = runs.only()
    assert run.data.params["look_back"] == "3"
    assert run.data.tags.items() >= {("mlflow.autologging", "gatecast"), ("team", "shop")}
    assert run.info.status == "FINISHED"
    (logged,) = mlflow.search_logged_models(experiment_ids=["0"], output_format="list")
    assert logged.source_run_id == run.info.run_id
    same(gatecast.mlflow.load_model(logged.model_uri).predict(), model.predict())
    # What a backtest fits is not logged.
    found = gatecast.backtest(DrawnForecaster(**SMALL), DATA, h=H, n_windows=2)
    newest, _ = runs.all()
    assert newest.data.tags["verdict"] == found.verdict
    assert newest.data.metrics["LSTM/mae"] == found.scores.set_index("model")["mae"]["LSTM"]
    gatecast.mlflow.autolog(disable=True)
    model.fit(DATA)
    gatecast.backtest(model, DATA, h=H)
    assert len(runs.all()) == 2


@pytest.mark.usefixtures("_autologged")
def test_a_run_that_is_active_is_used(runs: Runs):
    gatecast.mlflow.autolog(log_models=False, log_charts=False, silent=True)
    with mlflow.start_run():
        model = DrawnForecaster(**SMALL).fit(DATA)
        gatecast.backtest(model, DATA, h=H, n_windows=2)
    run = runs.only()
    assert run.data.params.items() >= {("look_back", "3"), ("backtest.n_windows", "2")}
    assert not runs.files()
    assert not mlflow.search_logged_models(experiment_ids=["0"], output_format="list")


class Pipeline:
    """A forecaster of the user's own, with one of ours inside."""

    def fit(self, df: pd.DataFrame) -> "Pipeline":
        self.model = DrawnForecaster(**SMALL).fit(df)
        return self

    def predict(self, h: int) -> pd.DataFrame:
        return self.model.predict(h)


@pytest.mark.usefixtures("_autologged")
def test_what_is_tried_on_the_way_is_not_logged(runs: Runs):
    rows = DATA[["unique_id", "ds", "y"]]
    gatecast.backtest({"pipeline": Pipeline()}, rows, h=H, n_windows=2, level=[])
    assert runs.only().data.tags["verdict"]
    assert gatecast.leak_check(Pipeline(), rows, h=H).ok
    gatecast.tune(DrawnForecaster(**SMALL), rows, space={"look_back": [2, 3]}, n_windows=1)
    runs.only()


@pytest.mark.usefixtures("_autologged")
def test_a_fit_that_fails_is_a_failed_run(runs: Runs):
    with pytest.raises(InputError, match="'y'"):
        DrawnForecaster(**SMALL).fit(DATA.drop(columns="y"))
    assert runs.only().info.status == "FAILED"


def test_without_mlflow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    monkeypatch.delitem(sys.modules, "gatecast.mlflow._library")
    with pytest.raises(InputError, match=r"pip install 'gatecast\[mlflow\]'"):
        import_module("gatecast.mlflow._library")
