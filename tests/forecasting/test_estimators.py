"""What both estimators have in common: their manners, their frames, and what is saved of them."""

import gc
import inspect
import json
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from small_forecasters import DrawnForecaster

import gatecast
from gatecast import (
    AutoLSTM,
    Bernoulli,
    InputError,
    InputWarning,
    LSTMForecaster,
    NegativeBinomial,
    Normal,
    Quantiles,
    StudentT,
    Training,
    Tweedie,
    ZeroInflatedNegativeBinomial,
)
from gatecast._backend import keras
from gatecast.data import to_pandas
from gatecast.forecasting import Estimator, Inspection, Model

AIR = gatecast.datasets.airline_passengers()
OLD, NEW = AIR[:132], AIR[132:]
ESTIMATORS = (AutoLSTM, LSTMForecaster)
MAKE: dict[str, Callable[[], Estimator]] = {
    "AutoLSTM": lambda: AutoLSTM(h=12, quality="zero_shot", verbose=False),
    "LSTMForecaster": lambda: DrawnForecaster(h=2, look_back=3, units=2, members=2),
}
SHARED = [
    "fit",
    "forecast_folds",
    "gates",
    "get_params",
    "inspect",
    "predict",
    "sample_paths",
    "save",
    "set_params",
    "stream",
    "update",
]


@pytest.fixture(scope="module", params=MAKE)
def fitted(request: pytest.FixtureRequest) -> Estimator:
    return MAKE[request.param]().fit(OLD)


def twin(forecaster: Estimator) -> Any:
    """Another one that stands at the same place."""
    return type(forecaster)(**forecaster.get_params()).standing_at(forecaster.model_)


# What they do.


@pytest.mark.parametrize("method", SHARED)
def test_methods_are_shared(method: str):
    one, two = (getattr(estimator, method) for estimator in ESTIMATORS)
    assert one is two


def test_a_forecast_and_its_paths(fitted: Estimator):
    h = fitted.h
    forecast = fitted.predict(level=[80])
    assert forecast.columns.tolist() == ["unique_id", "ds", "LSTM", "LSTM-lo-80", "LSTM-hi-80"]
    assert forecast["ds"].tolist() == NEW["ds"][:h].tolist()
    paths = fitted.sample_paths(3)
    assert paths.columns.tolist() == ["unique_id", "ds", "path", "LSTM"]
    assert len(paths) == 3 * h


@pytest.mark.parametrize(
    "fitted", [pytest.param("AutoLSTM", marks=pytest.mark.slow), "LSTMForecaster"], indirect=True
)
def test_its_gates_and_what_they_say(fitted: Estimator):
    h = fitted.h
    gates = fitted.gates()
    names = ["unique_id", "ds", "member", "layer", "unit", "input", "forget", "output"]
    assert gates.columns.tolist() == names
    opened = gates.iloc[:, 5:].to_numpy()
    assert opened.size
    assert ((opened > 0) & (opened < 1)).all()
    found = fitted.inspect()
    assert isinstance(found, Inspection)
    assert found.sensitivity["step"].max() == h
    memory, look_back = found.effective_memory, found.sensitivity["lag"].max()
    assert 0 < memory <= look_back
    # Nobody is told to change what they have not chosen.
    said = {
        "AutoLSTM": f" of the {look_back} that it looks back on.",
        "LSTMForecaster": f": look_back={look_back} ",
    }
    assert f"about {memory} step" in found.summary
    assert said[fitted.kind] in found.summary


def test_new_rows_one_by_one_in_a_frame_and_saved(fitted: Estimator, tmp_path: Path):
    before = fitted.predict()
    stream, moved = fitted.stream(), twin(fitted).update(NEW)
    np.testing.assert_allclose(stream.forecast()[0], before["LSTM"], rtol=1e-5)
    for y in NEW["y"]:
        seen = stream.update(y)
    np.testing.assert_allclose(seen[0], moved.predict()["LSTM"], rtol=1e-5)
    assert (moved.predict()["ds"] > AIR["ds"].iloc[-1]).all()
    loaded = gatecast.load(moved.save(tmp_path / "m.gatecast"))
    assert type(loaded).kind == type(fitted).kind
    # What a file holds is run as another program, of the same arithmetic.
    pd.testing.assert_frame_equal(loaded.predict(), moved.predict(), rtol=1e-6)
    pd.testing.assert_frame_equal(fitted.predict(), before, check_exact=True)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    "use",
    [
        lambda forecaster: forecaster.predict(),
        lambda forecaster: forecaster.sample_paths(),
        lambda forecaster: forecaster.update(NEW),
        lambda forecaster: forecaster.stream(),
        lambda forecaster: forecaster.gates(),
        lambda forecaster: forecaster.inspect(),
        lambda forecaster: forecaster.save("anywhere"),
        lambda forecaster: forecaster.fit(OLD, warm_start=True),
    ],
)
def test_a_forecaster_has_to_be_fitted(estimator: type[Estimator], use: Callable[[Estimator], Any]):
    with pytest.raises(InputError, match=r"^this forecaster is not fitted: call fit\(df\) first$"):
        use(estimator())


# Frames.

TYPES = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.Table}


def converted(df: pd.DataFrame, library: str) -> Any:
    if library == "polars":
        return pl.from_pandas(df)
    return pa.Table.from_pandas(df, preserve_index=False) if library == "pyarrow" else df


@pytest.mark.parametrize(
    ("library", "other"), [("polars", "pandas"), ("pandas", "polars"), ("pyarrow", "polars")]
)
def test_frames_come_back_in_the_library_of_the_caller(
    fitted: Estimator, library: str, other: str, tmp_path: Path
):
    forecaster = type(fitted)(**fitted.get_params()).fit(converted(OLD, library))
    loaded = gatecast.load(forecaster.save(tmp_path / "m.gatecast"))
    for each in (forecaster, loaded):
        own, asked = each.predict(), each.predict(df=converted(AIR, other))
        for frame, kind in ((own, library), (asked, other), (each.predict(), library)):
            assert isinstance(frame, TYPES[kind])
        assert isinstance(each.sample_paths(2), TYPES[library])
        assert isinstance(each.sample_paths(2, df=converted(AIR, other)), TYPES[other])
        assert isinstance(each.gates(), TYPES[library])
        # The same rows, whatever holds them.
        for found, expected in ((own, fitted.predict()), (asked, fitted.predict(df=AIR))):
            pd.testing.assert_frame_equal(to_pandas(found), expected, check_dtype=False)


@pytest.mark.parametrize("name", MAKE)
def test_the_training_frame_is_not_kept(name: str):
    df = OLD.copy()
    kept = weakref.ref(df)
    forecaster = MAKE[name]().fit(df)
    del df
    gc.collect()
    assert kept() is None
    assert len(forecaster.predict()) == forecaster.h


def test_of_the_training_rows_no_more_is_kept_than_is_looked_back_on():
    forecaster = MAKE["LSTMForecaster"]().fit(OLD)
    panel = forecaster.model_.context.panel
    for array in (panel.y, panel.ds):
        # Not as a view of all of them either.
        assert len(array) == 3
        assert array.base is None or array.base.size == 3


# Settings, as in scikit-learn.


@pytest.mark.parametrize(
    ("forecaster", "good", "bad"),
    [
        (AutoLSTM(h=2, quality="best"), {"h": 5, "metric": "mape"}, {"quality": "magic"}),
        (AutoLSTM(h=2, quality="best"), {"h": 5, "metric": "mape"}, {"units": 3}),
        (LSTMForecaster(h=2), {"h": 5, "scaler": ["log"]}, {"units": 0}),
        (LSTMForecaster(h=2), {"h": 5, "scaler": ["log"]}, {"quality": "auto"}),
        # Each would do without the other.
        (LSTMForecaster(stateful=True), {"scope": "global"}, {"cell": "dense"}),
    ],
    ids=["value", "name", "value", "name", "together"],
)
def test_settings_that_are_refused_change_nothing(
    forecaster: Estimator, good: dict[str, Any], bad: dict[str, Any]
):
    before = forecaster.get_params()
    for params in (good | bad, bad | good):
        with pytest.raises(InputError):
            forecaster.set_params(**params)
        assert forecaster.get_params() == before
    assert forecaster.set_params(**good) is forecaster
    assert forecaster.get_params() == before | good


EVERY: dict[str, Any] = {
    "h": 3, "look_back": 5, "framing": "window",
    "stateful": True, "cell": "gru", "layers": 2, "units": 7, "dropout": 0.1,
    "activation": "relu", "linear_skip": True, "scaler": ["log", "minmax"],
    "window_level": "mean", "level_span": 4,
    "members": 2, "random_seed": 9, "intervals": False, "training": Training(epochs=3),
    "verbose": False, "strategy": "recursive", "network": "residual", "output": Normal(),
    "hist_exog": ["temp"], "futr_exog": ["price"], "calendar": ["month"], "gaps": "bridge",
    "scope": "global", "combine": "mean", "variants": [{"units": 3}],
    "season_length": 5, "minimum": 0, "maximum": 900.5,
}  # fmt: skip
EVERY_OF_AUTO: dict[str, Any] = {
    "h": 3, "quality": "fast", "metric": "mape", "random_seed": 4, "intervals": False,
    "verbose": True, "season_length": 5, "minimum": -1, "maximum": 2, "futr_exog": ["price"],
    "calendar": ["month"], "hist_exog": ["temp"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("estimator", "given", "unchanged"),
    # A model per series cannot be stateful.
    [(LSTMForecaster, EVERY, {"scope"}), (AutoLSTM, EVERY_OF_AUTO, set())],
)
def test_parameters_by_the_convention_of_scikit_learn(
    estimator: type[Estimator], given: dict[str, Any], unchanged: set[str]
):
    parameters = inspect.signature(estimator).parameters
    assert set(given) == set(parameters)
    changed = {name for name, each in parameters.items() if given[name] != each.default}
    assert set(given) - changed == unchanged
    forecaster = estimator(**given)
    assert forecaster.get_params() == forecaster.get_params(deep=False) == given
    # What sklearn.base.clone checks: the constructor keeps the very objects it is given.
    again = estimator(**forecaster.get_params())
    assert all(getattr(again, name) is value for name, value in given.items())
    later = estimator()
    assert later.set_params(**given) is later
    assert later.get_params() == given


@pytest.mark.parametrize(
    ("estimator", "known"),
    [
        (AutoLSTM, "h, quality, metric, season_length, "),
        (LSTMForecaster, "h, look_back, framing, "),
    ],
)
def test_an_unknown_parameter_is_named(estimator: type[Estimator], known: str):
    with pytest.raises(InputError, match=f"^'epochs' is not a setting; known: {known}"):
        estimator().set_params(epochs=3)


def test_repr_tells_what_was_changed():
    assert repr(LSTMForecaster()) == "LSTMForecaster()"
    assert repr(AutoLSTM(quality="auto", metric="mae")) == "AutoLSTM()"
    auto = AutoLSTM(h=3, quality="best", intervals=False)
    assert repr(auto) == "AutoLSTM(h=3, quality='best', intervals=False)"
    own = LSTMForecaster(h=3, scaler=("log", "standard"), framing="steps", output=Normal())
    assert repr(own) == "LSTMForecaster(h=3, output=Normal(), scaler=('log', 'standard'))"
    for forecaster in (auto, own):
        assert eval(repr(forecaster)).get_params() == forecaster.get_params()  # noqa: S307 (our own)


@pytest.mark.parametrize(
    ("estimator", "given"), [(LSTMForecaster, EVERY), (AutoLSTM, EVERY_OF_AUTO)]
)
def test_scikit_learn_can_clone_a_forecaster(estimator: type[Estimator], given: dict[str, Any]):
    clone = pytest.importorskip("sklearn.base").clone
    forecaster = estimator(**given)
    copy = clone(forecaster)
    assert type(copy) is estimator
    assert copy is not forecaster
    assert copy.get_params() == given


def test_a_clone_is_not_fitted(fitted: Estimator):
    clone = pytest.importorskip("sklearn.base").clone
    assert clone(fitted).get_params() == fitted.get_params()
    assert not hasattr(clone(fitted), "model_")


# What is saved of them.


def small_network(units: int = 3) -> Any:
    """A network of the user's own, of ten rows and one column to two rows."""
    layers = keras.layers
    return keras.Sequential([keras.Input((10, 1)), layers.GRU(units), layers.Dense(2)])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Any one; what is asked here is what is saved with it."""
    forecaster = MAKE["LSTMForecaster"]().fit(OLD)
    path = forecaster.save(tmp_path_factory.mktemp("model") / "m.gatecast")
    # With the program that came with it, which need not be made again.
    return gatecast.load(path).model_


SAVED: dict[str, Estimator] = {
    "defaults": LSTMForecaster(),
    "every": LSTMForecaster(**EVERY),
    "tuples": LSTMForecaster(
        scaler=("log", "minmax"), hist_exog=("a", "b"), futr_exog=("c",), calendar=("month",)
    ),
    "lists": LSTMForecaster(scaler=["log"], hist_exog=["a"], futr_exog=[], calendar=["month"]),
    "text": LSTMForecaster(scaler="robust"),
    "empty": LSTMForecaster(scaler=(), variants=[]),
    "auto gaps": LSTMForecaster(gaps="auto", level_span=None),
    "quantiles": LSTMForecaster(output=Quantiles((0.2, 0.5, 0.7))),
    "student": LSTMForecaster(output=StudentT()),
    "counts": LSTMForecaster(output=NegativeBinomial()),
    "zeros": LSTMForecaster(output=ZeroInflatedNegativeBinomial()),
    "yes or no": LSTMForecaster(output=Bernoulli()),
    "tweedie": LSTMForecaster(output=Tweedie(), scaler="mean"),
    "training": LSTMForecaster(
        training=Training(3, 4, 0.1, "sgd", "mae", shuffle=False, clip=1.0, validation=0.2,
                          patience=2, schedule="cosine", recent=30),
    ),
    "variants as a list": LSTMForecaster(
        variants=[{"scaler": ("log",), "training": Training(epochs=2)}, {"output": Normal()}]
    ),
    "variants as a tuple": LSTMForecaster(
        variants=({"scaler": ["log"], "calendar": ("month",)}, {"gaps": "auto", "level_span": None})
    ),
    "auto": AutoLSTM(),
    "every of auto": AutoLSTM(**EVERY_OF_AUTO),
}  # fmt: skip


@pytest.mark.parametrize("name", SAVED)
def test_a_loaded_forecaster_has_the_settings_it_had(name: str, model: Model, tmp_path: Path):
    forecaster = SAVED[name]
    loaded = gatecast.load(forecaster.standing_at(model).save(tmp_path / "m.gatecast"))
    assert type(loaded) is type(forecaster)
    # Lists stay lists, and tuples tuples.
    assert loaded.get_params() == forecaster.get_params()
    assert repr(loaded) == repr(forecaster)


def test_a_network_of_ones_own_is_saved_by_its_configuration(model: Model, tmp_path: Path):
    forecaster = LSTMForecaster(
        h=2, look_back=10, network=small_network(), variants=[{"network": small_network(5)}]
    )
    loaded = gatecast.load(forecaster.standing_at(model).save(tmp_path / "m.gatecast"))
    found, expected = loaded.get_params(), forecaster.get_params()
    pairs = [(found.pop("network"), expected.pop("network"))]
    ((one,), (two,)) = found.pop("variants"), expected.pop("variants")
    pairs.append((one["network"], two["network"]))
    assert one.keys() == two.keys() == {"network"}
    assert found == expected
    for own, given in pairs:
        assert isinstance(own, keras.Model)
        assert layers_of(own) == layers_of(given)
    again = gatecast.load(loaded.save(tmp_path / "again.gatecast"))
    assert again.get_params()["network"].to_json() == loaded.get_params()["network"].to_json()


def layers_of(network: Any) -> list[Any]:
    """The configuration of each layer; seeds are no settings, as each member has its own."""

    def without_seeds(content: Any) -> Any:
        if isinstance(content, Mapping):
            return {name: without_seeds(own) for name, own in content.items() if name != "seed"}
        return [without_seeds(own) for own in content] if isinstance(content, list) else content

    content = json.loads(network.to_json())["config"]["layers"]
    assert content
    found: list[Any] = without_seeds(content)
    return found


def test_what_a_subclass_is_based_on_is_loaded(tmp_path: Path):
    own = MAKE["LSTMForecaster"]().fit(OLD)
    assert type(own) is DrawnForecaster
    assert type(gatecast.load(own.save(tmp_path / "m.gatecast"))) is LSTMForecaster


def test_settings_of_numpy_and_pandas_are_saved_as_plain_values():
    given = LSTMForecaster(h=np.int64(2), dropout=np.float64(0.5), hist_exog=pd.Index(["price"]))
    assert "h=" in repr(given)
    found = LSTMForecaster.from_json(json.loads(json.dumps(given.to_json()))).get_params()
    assert (found["h"], found["dropout"], found["hist_exog"]) == (2, 0.5, ["price"])


def test_the_season_is_a_setting(tmp_path: Path):
    y = 50 + np.arange(60.0) + 10 * np.sin(np.arange(60) * 2 * np.pi / 12)
    months = pd.DataFrame(
        {"unique_id": "a", "ds": pd.date_range("2019-01-01", periods=60, freq="MS"), "y": y}
    )
    counted = months.assign(ds=np.arange(60))
    usual = gatecast.AutoLSTM(h=12, quality="zero_shot").fit(months)
    told = gatecast.AutoLSTM(h=12, quality="zero_shot", season_length=12).fit(counted)
    expected = usual.predict(level=[80]).drop(columns="ds")
    pd.testing.assert_frame_equal(told.predict(level=[80]).drop(columns="ds"), expected)
    loaded = gatecast.load(told.save(tmp_path / "m.gatecast"))
    assert loaded.get_params() == told.get_params()
    assert loaded.model_.season_length == 12
    found = gatecast.AutoLSTM(h=12, quality="zero_shot").fit(counted)
    pd.testing.assert_frame_equal(found.predict(level=[80]).drop(columns="ds"), expected)
    without = gatecast.AutoLSTM(h=12, quality="zero_shot", season_length=1).fit(counted)
    assert not np.allclose(without.predict()["LSTM"], expected["LSTM"], rtol=1e-3)
    for wrong in (0, 2.5, 9999):
        with pytest.raises(InputError, match=f"season_length.*{wrong}"):
            gatecast.AutoLSTM(season_length=wrong)


def test_the_season_of_a_backtest_is_that_of_all_models():
    y = np.tile([1.0, 5, 2, 8, 3], 12) + np.arange(60) / 30
    frame = pd.DataFrame({"unique_id": "a", "ds": np.arange(60), "y": y})
    auto = gatecast.AutoLSTM(h=5, quality="zero_shot")
    found = gatecast.backtest(auto, frame, h=5, n_windows=2, season_length=5).scores
    scores = found.set_index("model")["mae"]
    assert scores["seasonal_naive"] < 0.2
    assert scores["LSTM"] < 0.4 < scores["persistence"]


@pytest.mark.parametrize("estimator", [AutoLSTM, DrawnForecaster])
def test_forecasts_keep_to_the_bounds(estimator: type[Estimator], tmp_path: Path):
    y = np.abs(np.random.default_rng(0).normal(0, 3, 60)).round(1)
    frame = pd.DataFrame({"unique_id": "a", "ds": np.arange(60), "y": y})
    given: dict[str, Any] = {"h": 4, "minimum": 2.5, "maximum": 3}
    keywords: dict[type[Estimator], dict[str, Any]] = {
        AutoLSTM: {"quality": "zero_shot"},
        DrawnForecaster: {"look_back": 3, "units": 2},
    }
    with pytest.raises(InputError, match=f"'a' has {y[y < 2.5][0]:g} at .*beyond minimum=2.5"):
        estimator(**given, **keywords[estimator]).fit(frame)
    free = estimator(h=4, **keywords[estimator]).fit(frame)
    found = estimator(**given, **keywords[estimator]).standing_at(free.model_)
    loaded = gatecast.load(found.save(tmp_path / "m.gatecast"))
    expected = free.predict(level=[95]).drop(columns=["unique_id", "ds"]).clip(2.5, 3)
    assert (expected == 2.5).any(axis=None)
    for each in (found, loaded):
        forecast = each.predict(level=[95]).drop(columns=["unique_id", "ds"])
        pd.testing.assert_frame_equal(forecast, expected)
        assert each.sample_paths(20)["LSTM"].between(2.5, 3).all()
        assert ((each.stream().update(2.7) >= 2.5) & (each.stream().forecast() <= 3)).all()
        with pytest.raises(InputError, match=r"'a' has 9 at 60, beyond maximum=3; correct"):
            each.update(pd.DataFrame({"unique_id": "a", "ds": [60], "y": [9.0]}))
    folds = gatecast.backtest(
        estimator(h=4, minimum=0, maximum=50, **keywords[estimator]), frame, h=4, n_windows=2
    )
    assert (folds.forecasts.filter(like="LSTM-lo") >= 0).all(axis=None)


@pytest.mark.parametrize(
    "wrong", [{"minimum": np.nan}, {"maximum": "9"}, {"minimum": 3, "maximum": 3}]
)
def test_impossible_bounds_are_refused(wrong: dict[str, Any]):
    for estimator in ESTIMATORS:
        with pytest.raises(InputError, match=r"m[ai][nx]imum"):
            estimator(**wrong)


def test_columns_that_are_not_read_are_told(fitted: Estimator):
    with pytest.raises(InputError, match="futr_df is given, but this model reads no columns of"):
        fitted.predict(futr_df=NEW.assign(price=1.0))


def test_far_horizons_are_told():
    with pytest.warns(InputWarning, match="h=90 is more than the 60 rows of the longest series"):
        model = DrawnForecaster(h=90, look_back=3, units=2, intervals=False).fit(
            pd.DataFrame({"unique_id": "a", "ds": np.arange(60), "y": np.arange(60.0)})
        )
    with pytest.warns(InputWarning, match="h=2001 is more than 10 times the rows"):
        model.predict(2001)
