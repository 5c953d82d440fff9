"""What cannot be exported, or forecast from an exported file, is named."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from exported_cases import drawn, frame

import gatecast
from gatecast import InputError
from gatecast._backend import keras
from gatecast.forecasting import Estimator

pytestmark = pytest.mark.filterwarnings("ignore:.*have no value and count as missing")


def plain(**settings: Any) -> Estimator:
    return drawn(**{"intervals": False, **settings}).fit(frame())


def of_text() -> Estimator:
    df = frame().assign(weather=lambda each: np.where(each.heat > 60, "sun", "rain"))
    return drawn(hist_exog=["weather"], intervals=False).fit(df)


def of_a_column_with_a_slash() -> Estimator:
    df = frame().rename(columns={"heat": "heat/C"})
    return drawn(hist_exog=["heat/C"], intervals=False).fit(df)


def irregular() -> Estimator:
    df = frame().dropna(subset="y")
    return drawn(intervals=False).fit(df, freq="irregular")


@pytest.mark.parametrize(
    ("make", "asked", "words"),
    [
        (irregular, {}, "freq='irregular' cannot be exported"),
        (of_text, {}, "column 'weather' holds text"),
        (of_a_column_with_a_slash, {}, "column 'heat/C' cannot be exported"),
        (lambda: plain(gaps="decay"), {}, "gaps='decay' cannot be exported"),
        (lambda: plain(scope="local"), {}, "scope='local' cannot be exported for several"),
        (lambda: plain(hist_exog=["heat"]), {"stream": True}, "this model reads 'heat'"),
        (plain, {"h": 0}, "h must be at least 1"),
        (plain, {"h": 1000}, "h=1000 cannot be exported"),
        (plain, {"level": 80}, "no intervals were calibrated"),
        (plain, {"level": 0.8}, "level is in percent"),
        (plain, {"quantiles": 2}, "quantiles must lie between 0 and 1, got 2"),
        (
            lambda: drawn(output=gatecast.StudentT()).fit(frame()),
            {"level": 80},
            "intervals of output StudentT cannot be exported",
        ),
        (
            lambda: drawn(output=gatecast.Quantiles()).fit(frame()),
            {"h": 4, "quantiles": 0.1},
            "intervals of h=4 rows cannot be exported",
        ),
    ],
)
def test_what_cannot_be_exported(
    tmp_path: Path, make: Callable[[], Estimator], asked: dict[str, Any], words: str
):
    with pytest.raises(InputError, match=re.escape(words)):
        make().to_keras(tmp_path / "model.keras", **asked)
    assert not list(tmp_path.iterdir())


def test_points_alone_where_intervals_cannot_be_exported(tmp_path: Path):
    forecaster = drawn(output=gatecast.StudentT(), h=2).fit(frame())
    about = forecaster.to_onnx(tmp_path / "model.onnx")
    assert set(about.outputs) == {"forecast"}
    df = frame()
    found = gatecast.onnx.predict(tmp_path / "model.onnx", df)
    np.testing.assert_allclose(found["LSTM"], forecaster.predict()["LSTM"], rtol=1e-4)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (
            lambda: keras.layers.AveragePooling1D(2),
            "the layer AveragePooling1D cannot be exported to ONNX",
        ),
        (
            lambda: keras.layers.Activation("selu"),
            "the activation 'selu' cannot be exported to ONNX",
        ),
    ],
)
def test_layers_that_onnx_does_not_get(tmp_path: Path, layer: Callable[[], Any], words: str):
    network = keras.Sequential([keras.Input((4, 1)), layer(), keras.layers.LSTM(2)])
    network.add(keras.layers.Dense(1))
    forecaster = drawn(network=network, look_back=4, h=1, intervals=False).fit(frame())
    with pytest.raises(InputError, match=words):
        forecaster.to_onnx(tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("exported") / "model.onnx"
    drawn().fit(frame().dropna(subset="y").tail(30).assign(unique_id="b")).to_onnx(file, level=80)
    return file


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"h": 4}, "forecasts 3 rows, asked for 4"),
        ({"level": [80, 90]}, "level 90 was not exported (80)"),
        ({"quantiles": 0.1}, "quantiles 0.1 was not exported (none)"),
    ],
)
def test_what_was_not_exported(exported: Path, asked: dict[str, Any], words: str):
    with pytest.raises(InputError, match=re.escape(words)):
        gatecast.onnx.predict(exported, frame()[lambda each: each.unique_id == "b"], **asked)


def test_a_series_that_was_not_fitted(exported: Path):
    with pytest.raises(InputError, match="series 'a' was not fitted"):
        gatecast.onnx.predict(exported, frame())


def test_files_that_are_no_exports(tmp_path: Path):
    (tmp_path / "other.onnx").write_bytes(b"nothing")
    df = pd.DataFrame({"ds": [1, 2], "y": [1.0, 2.0]})
    with pytest.raises(InputError, match="not a model that to_onnx wrote"):
        gatecast.onnx.predict(tmp_path / "other.onnx", df)
    with pytest.raises(InputError, match="no such file"):
        gatecast.onnx.predict(tmp_path / "none.onnx", df)
    plain().to_onnx(tmp_path / "stream.onnx", stream=True)
    with pytest.raises(InputError, match="exported with stream=True"):
        gatecast.onnx.predict(tmp_path / "stream.onnx", df)
