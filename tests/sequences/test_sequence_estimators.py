"""The two estimators from frame to frame, and from file to file."""

import json
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sequence_cases import KINDS, Array, drawn_networks, ordered_problem, read, some_arrays
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

import gatecast
from gatecast._types import InputError, InputWarning
from gatecast.cli import main
from gatecast.forecasting import load as load_forecaster
from gatecast.sequences import SequenceClassifier, SequenceEstimator, SequenceRegressor
from gatecast.sequences._model import Frames, SequenceModel
from gatecast.training import Training

ARRAYS, LABELS = ordered_problem()
QUICK = Training(epochs=80, batch_size=16, learning_rate=0.03)
REPORT = pd.DataFrame({"model": ["LSTM"], "kind": ["network"], "r2": [np.nan]})


def frame_of(arrays: list[Array], **columns: Any) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"unique_id": f"s{number:02}", "ds": range(len(each)), "x0": each[:, 0]})
        for number, each in enumerate(arrays)
    ]
    return pd.concat(parts, ignore_index=True).assign(**columns)


FRAME = frame_of(ARRAYS)
BY_ID = pd.Series(LABELS, [f"s{number:02}" for number in range(len(LABELS))], name="course")


@pytest.fixture(scope="module")
def fitted() -> SequenceClassifier:
    model = SequenceClassifier(units=8, members=2, training=QUICK, verbose=False)
    return model.fit(FRAME, BY_ID)


def drawn(estimator: SequenceEstimator, classes: list[Any] | None = None) -> SequenceEstimator:
    """The estimator with drawn weights, as if fitted to `some_arrays`."""
    networks = drawn_networks(
        read(some_arrays(5)), estimator.settings.architecture, len(classes or ()), members=2
    )
    networks = replace(networks, max_length=estimator.max_length)
    frames = Frames("unique_id", "ds", "label")
    known = None if classes is None else np.array(classes)
    model = SequenceModel(networks, ("x0", "x1"), frames, known, "No better.")
    return estimator.standing_at(model, REPORT)


def test_what_only_order_tells_is_learnt(fitted: SequenceClassifier):
    report = fitted.report_.set_index("model")
    assert report["accuracy"]["LSTM"] == 1
    assert report["accuracy"].drop("LSTM").max() < 0.8
    assert fitted.verdict_.endswith("use the LSTM.")
    assert fitted.curves_["loss"].shape == (2, 80)
    assert fitted.classes_.tolist() == ["down", "up"]
    assert fitted.feature_names_in_.tolist() == ["x0"]
    assert fitted.score(FRAME, BY_ID) == 1


def test_a_frame_gives_a_frame(fitted: SequenceClassifier):
    found = fitted.predict(FRAME)
    assert found.columns.tolist() == ["unique_id", "course"]
    assert (found.set_index("unique_id")["course"] == BY_ID).all()
    chances = fitted.predict_proba(FRAME)
    assert chances.columns.tolist() == ["unique_id", "down", "up"]
    np.testing.assert_allclose(chances[["down", "up"]].sum(axis=1), 1)


def test_the_same_library_comes_back(fitted: SequenceClassifier):
    pandas = fitted.predict(FRAME)
    polars, arrow = (
        fitted.predict(each)
        for each in (pl.from_pandas(FRAME), pa.Table.from_pandas(FRAME, preserve_index=False))
    )
    assert isinstance(polars, pl.DataFrame)
    assert isinstance(arrow, pa.Table)
    assert polars["course"].to_list() == pandas["course"].tolist()


def test_arrays_give_arrays(fitted: SequenceClassifier):
    np.testing.assert_array_equal(fitted.predict(ARRAYS), LABELS)
    chances = fitted.predict_proba(ARRAYS)
    np.testing.assert_allclose(chances, fitted.predict_proba(FRAME)[["down", "up"]], rtol=1e-6)


def test_a_fit_on_arrays_is_that_on_frames_to_the_bit(fitted: SequenceClassifier):
    again = clone(fitted).fit(ARRAYS, LABELS)
    np.testing.assert_array_equal(again.predict_proba(ARRAYS), fitted.predict_proba(ARRAYS))
    pd.testing.assert_frame_equal(again.report_, fitted.report_)


def test_labels_may_be_a_column(fitted: SequenceClassifier):
    labelled = FRAME.assign(course=FRAME["unique_id"].map(BY_ID))
    model = clone(fitted).set_params(held_back=0.0, training=Training(epochs=1))
    model.fit(labelled, "course")
    assert model.feature_names_in_.tolist() == ["x0"]
    assert model.predict(labelled).columns.tolist() == ["unique_id", "course"]
    assert model.report_.empty
    assert "nothing is known about how good this is" in model.verdict_


def test_scikit_learn_can_validate():
    model = SequenceRegressor(units=3, training=Training(epochs=1), held_back=0.0, verbose=False)
    found = cross_val_score(model, ARRAYS, np.arange(40.0), cv=2)
    assert np.isfinite(found).all()


def test_missing_values_that_training_did_not_have_are_told():
    model = drawn(SequenceRegressor(units=3))
    holes = some_arrays(5)
    holes[0][1, 0] = np.nan
    with pytest.warns(InputWarning, match="column 'x0' has missing values"):
        model.predict(holes)


@pytest.mark.parametrize(
    ("estimator", "settings", "message"),
    [
        (SequenceClassifier, {"units": 0}, "units must be at least 1"),
        (SequenceClassifier, {"network": "keras"}, "network must be one of stack, .* got 'keras'"),
        (SequenceClassifier, {"cell": "dense"}, "cell must be one of lstm, gru, rnn, got 'dense'"),
        (SequenceRegressor, {"members": 0}, "members must be at least 1"),
        (SequenceRegressor, {"max_length": 0}, "max_length must be at least 1"),
        (SequenceRegressor, {"held_back": 1.0}, r"held_back must lie in \[0, 1\), got 1.0"),
        (SequenceRegressor, {"training": 3}, r"training must be a gatecast.Training\(\), got 3"),
        (SequenceRegressor, {"training": Training(loss="mape")}, "loss 'mape' is for forecasts"),
        (SequenceRegressor, {"training": Training(recent=3)}, "recent is for forecasts"),
        (SequenceClassifier, {"class_weight": "even"}, "class_weight must be 'balanced' or a map"),
        (SequenceClassifier, {"class_weight": {"a": -1}}, "class_weight of 'a' must be positive"),
    ],
)
def test_settings_that_cannot_be(estimator: Any, settings: dict[str, Any], message: str):
    with pytest.raises(InputError, match=message):
        estimator(**settings)


def test_labels_that_no_classifier_can_learn():
    with pytest.raises(InputError, match="labels has the class 'up' alone"):
        SequenceClassifier().fit(ARRAYS, ["up"] * 40)
    with pytest.raises(InputError, match="class_weight has no weight of 'down'"):
        SequenceClassifier(class_weight={"up": 2}).fit(ARRAYS, LABELS)
    with pytest.raises(InputError, match="no column beside 'unique_id', 'ds'"):
        SequenceClassifier().fit(FRAME[["unique_id", "ds"]], BY_ID)


@pytest.mark.parametrize("estimator", [SequenceClassifier(), SequenceRegressor()])
def test_an_estimator_has_to_be_fitted(estimator: Any, tmp_path: Path):
    for use in (
        lambda: estimator.predict(ARRAYS),
        lambda: estimator.score(ARRAYS, LABELS),
        lambda: estimator.save(tmp_path / "m"),
    ):
        with pytest.raises(InputError, match=r"not fitted: call fit\(df, labels\) first"):
            use()


# Files.


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_classifier_is_the_same(kind: Any, tmp_path: Path):
    weights = {1: 2.0, 5: 1.0, 9: 1.5}
    settings: dict[str, Any] = {"network": kind, "units": 3, "layers": 2, "max_length": 6}
    model = drawn(SequenceClassifier(class_weight=weights, **settings), [1, 5, 9])
    file = model.save(tmp_path / "m.gatecast")
    loaded = gatecast.load(file)
    assert loaded.get_params() == model.get_params()
    assert loaded.classes_.tolist() == [1, 5, 9]
    assert loaded.verdict_ == "No better."
    pd.testing.assert_frame_equal(loaded.report_, REPORT)
    arrays = some_arrays(6, seed=3)
    np.testing.assert_array_equal(loaded.predict_proba(arrays), model.predict_proba(arrays))
    assert loaded.save(tmp_path / "again").read_bytes() == file.read_bytes()


def test_a_saved_regressor_is_the_same(tmp_path: Path):
    model = drawn(SequenceRegressor(units=3, cell="gru"))
    loaded = gatecast.load(model.save(tmp_path / "m.gatecast"))
    assert isinstance(loaded, SequenceRegressor)
    arrays = some_arrays(6, seed=3)
    np.testing.assert_array_equal(loaded.predict(arrays), model.predict(arrays))


def test_a_file_is_not_replaced_where_it_has_changed(tmp_path: Path):
    file = drawn(SequenceRegressor(units=3)).save(tmp_path / "m.gatecast")
    one, other = gatecast.load(file), gatecast.load(file)
    other.set_params(verbose=False).save(file)
    other.save(file)
    with pytest.raises(InputError, match="was changed by something else"):
        one.save(file)
    one.save(file, overwrite=True)


def test_forecasting_refuses_a_classifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    file = drawn(SequenceClassifier(units=3), ["a", "b"]).save(tmp_path / "m.gatecast")
    with pytest.raises(InputError, match="holds a SequenceClassifier, which forecasts nothing"):
        load_forecaster(file)
    monkeypatch.setattr("sys.argv", ["gatecast", "forecast", str(file)])
    monkeypatch.setattr(gatecast, "use_compilation_cache", lambda: tmp_path)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "forecasts nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.pop("columns"), "columns"),
        (lambda m: m.update(columns=["x0"]), "center does not fit the columns"),
        (lambda m: m.update(classes=["a", "b", "c"]), "the weights do not fit the network"),
        (lambda m: m.update(classes=None), "classes do not belong to this estimator"),
        (lambda m: m.update(verdict=3), "verdict is of the wrong kind"),
        (lambda m: m["made"]["params"].update(units=4), "the weights do not fit the network"),
        (lambda m: m["made"]["params"].update(units=0), "units must be at least 1"),
        (lambda m: m["made"].update(kind="SequenceWriter"), "holds a SequenceWriter, which"),
        (lambda m: m["made"].update(params={"y": 1}), "not a gatecast model, or damaged .'y'"),
    ],
)
def test_edited_files_are_refused(change: Any, message: str, tmp_path: Path):
    file = drawn(SequenceClassifier(units=3), ["a", "b"]).save(tmp_path / "m.gatecast")
    with zipfile.ZipFile(file) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(contents["manifest.json"])
    change(manifest)
    contents["manifest.json"] = json.dumps(manifest).encode()
    contents["manifest.sha256"] = sha256(contents["manifest.json"]).hexdigest().encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match=message):
        gatecast.load(file)
