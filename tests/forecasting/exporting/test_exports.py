"""Files that forecast as gatecast does: in Keras without gatecast, and in ONNX Runtime."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import onnxruntime
import pandas as pd
import polars as pl
import pytest
from exported_cases import (
    QUICK,
    SLOW,
    Case,
    as_outputs,
    automatic,
    columns,
    drawn,
    frame,
    raw_inputs,
)
from hypothesis import given, settings
from hypothesis import strategies as st

import gatecast
from gatecast.forecasting.exporting import Exported

pytestmark = pytest.mark.filterwarnings("ignore:.*have no value and count as missing")

EVERY = [*QUICK, *(pytest.param(case, marks=pytest.mark.slow) for case in SLOW)]

STOCK = """
import sys
from pathlib import Path
sys.modules["gatecast"] = None
import keras
import numpy as np
for file in [Path(sys.argv[1], f"{name}.keras") for name in sys.argv[2:]]:
    model = keras.models.load_model(file)
    inputs, expected = (dict(np.load(file.with_suffix(f".{kind}.npz"))) for kind in ("in", "out"))
    found = model.predict({name: inputs[name] for name in model.input}, verbose=0)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-5, err_msg=f"{file.stem}: {name}")
    print(file.stem, keras.backend.backend())
"""


class Files:
    """Files of the cases, written when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: dict[str, tuple[Case, Exported]] = {}

    def of(self, make: Callable[[], Case]) -> tuple[Case, Exported]:
        name = make.__name__
        if name not in self._made:
            case = make()
            about = case.forecaster.to_keras(self.folder / f"{name}.keras", **case.asked)
            case.forecaster.to_onnx(self.folder / f"{name}.onnx", **case.asked)
            np.savez(self.folder / f"{name}.in.npz", **raw_inputs(case, about))
            outputs = as_outputs(case.expected(about), about)
            np.savez(self.folder / f"{name}.out.npz", **outputs)
            self._made[name] = case, about
        return self._made[name]

    def arrays(self, make: Callable[[], Case]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Inputs and expected outputs."""
        kinds = (self.folder / f"{make.__name__}.{kind}.npz" for kind in ("in", "out"))
        given, expected = (dict(np.load(file)) for file in kinds)
        return given, expected


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("exports"))


@pytest.mark.parametrize(
    ("backend", "every"),
    [
        ("numpy", QUICK),
        pytest.param("jax", (*QUICK, *SLOW), marks=pytest.mark.slow),
        pytest.param("numpy", SLOW, marks=pytest.mark.slow),
    ],
)
def test_keras_loads_them_without_gatecast(
    files: Files, backend: str, every: Sequence[Callable[[], Case]]
):
    for make in every:
        files.of(make)
    names = [make.__name__ for make in every]
    done = subprocess.run(
        [sys.executable, "-c", STOCK, str(files.folder), *names],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"KERAS_BACKEND": backend},
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [f"{name} {backend}" for name in names]


@pytest.mark.parametrize("make", EVERY)
def test_onnx_runtime_forecasts_the_same(files: Files, make: Callable[[], Case]):
    _, about = files.of(make)
    session = onnxruntime.InferenceSession(files.folder / f"{make.__name__}.onnx")
    assert {each.name for each in session.get_inputs()} == set(about.inputs)
    inputs, expected = files.arrays(make)
    found = dict(zip(expected, session.run(list(expected), inputs), strict=True))
    for output, values in expected.items():
        assert found[output].shape[1:] == about.outputs[output][1:]
        np.testing.assert_allclose(found[output], values, rtol=1e-4, err_msg=output)


@pytest.mark.parametrize("make", EVERY)
def test_frames_are_those_of_predict(files: Files, make: Callable[[], Case]):
    case, about = files.of(make)
    found = gatecast.onnx.predict(
        files.folder / f"{make.__name__}.onnx",
        case.df,
        level=about.level,
        quantiles=about.quantiles,
        futr_df=case.futr_df,
    )
    pd.testing.assert_frame_equal(found, case.expected(about), rtol=1e-4, check_dtype=False)


@pytest.mark.parametrize("make", EVERY)
def test_stablehlo_runs_in_jax_alone(files: Files, tmp_path: Path, make: Callable[[], Case]):
    case, about = files.of(make)
    assert case.forecaster.to_stablehlo(tmp_path / "model", **case.asked) == about
    program = jax.export.deserialize(bytearray((tmp_path / "model").read_bytes()))
    inputs, expected = files.arrays(make)
    found = program.call(inputs)
    for output, values in expected.items():
        np.testing.assert_allclose(found[output], values, rtol=1e-5, err_msg=output)


def test_a_shorter_horizon_and_polars(files: Files):
    case, _ = files.of(columns)
    assert case.futr_df is not None
    known = case.futr_df.groupby("unique_id").head(2)
    found = gatecast.onnx.predict(
        files.folder / "columns.onnx", pl.from_pandas(case.df), 2, level=80, futr_df=known
    )
    assert isinstance(found, pl.DataFrame)
    expected = case.forecaster.predict(2, level=80, futr_df=known)
    np.testing.assert_allclose(found["LSTM-hi-80"], expected["LSTM-hi-80"], rtol=1e-4)


def test_neither_jax_nor_keras_is_loaded(files: Files, tmp_path: Path):
    files.of(automatic)[0].df.to_csv(tmp_path / "air.csv", index=False)
    probe = (
        "import sys, gatecast.onnx, pandas;"
        "df = pandas.read_csv(sys.argv[2], parse_dates=['ds']);"
        "gatecast.onnx.predict(sys.argv[1], df);"
        "sys.exit(' '.join({'keras', 'jax', 'onnx', 'optax', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, files.folder / "automatic.onnx", tmp_path / "air.csv"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.strip() == ""


@pytest.mark.slow
@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.fixed_dictionaries(
        {
            "cell": st.sampled_from(["lstm", "gru", "rnn"]),
            "network": st.sampled_from(
                ["stack", "residual", "dilated", "bidirectional", "cnn", "encoder_decoder"]
            ),
            "layers": st.integers(1, 2),
            "activation": st.sampled_from(["tanh", "relu", "elu", "softplus"]),
            "linear_skip": st.booleans(),
            "scaler": st.sampled_from(
                ["minmax", "robust", "log", "power", ("standard", "difference"), ("mean", "asinh")]
            ),
            "window_level": st.sampled_from(["none", "last", "mean", "smoothed", "seasonal"]),
            "strategy": st.sampled_from(["direct", "recursive"]),
            "framing": st.sampled_from(["steps", "window"]),
            "gaps": st.sampled_from(["auto", "bridge"]),
            "look_back": st.integers(5, 9),
            "members": st.integers(1, 3),
        }
    )
)
def test_any_settings(tmp_path_factory: pytest.TempPathFactory, chosen: dict[str, Any]):
    df = frame()
    forecaster = drawn(season_length=4, intervals=False, **chosen).fit(df)
    file = tmp_path_factory.mktemp("any") / "model.onnx"
    forecaster.to_onnx(file)
    found, expected = gatecast.onnx.predict(file, df), forecaster.predict()
    np.testing.assert_allclose(found.iloc[:, 2], expected.iloc[:, 2], rtol=1e-4)
