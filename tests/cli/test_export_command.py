"""`gatecast export`: files that forecast without gatecast."""

import json
from pathlib import Path

import jax
import numpy as np
import onnxruntime
import pytest
from shells import Shell

import gatecast


@pytest.fixture
def inputs(fitted: gatecast.LSTMForecaster) -> dict[str, np.ndarray]:
    """The last five rows of both series, and their numbers."""
    panel = fitted.model_.context.panel
    ends = panel.offsets[1:]
    # The first one is looked at for gaps only, of which there are none.
    rows = [np.append(np.nan, panel.y[end - 4 : end]) for end in ends]
    return {"y": np.float32(rows), "series": np.array([[0], [1]], np.int32)}


def test_onnx(
    here: Shell,
    folder: Path,
    model: Path,
    fitted: gatecast.LSTMForecaster,
    inputs: dict[str, np.ndarray],
):
    code, out, err = here("export", model, "--to", "onnx", "--level", "80", "--json")
    assert (code, err) == (0, "")
    about = json.loads(out)
    assert about["file"] == str(folder / "model.onnx")
    assert about["inputs"] == {"y": [None, 5], "series": [None, 1]}
    assert about["outputs"] == {"forecast": [None, 3], "lower": [None, 3, 1], "upper": [None, 3, 1]}
    assert about["ids"] == ["north", "south"]
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    forecast, lower, _ = session.run(list(about["outputs"]), inputs)
    expected = fitted.predict(level=[80])
    np.testing.assert_allclose(forecast.reshape(-1), expected["LSTM"], rtol=1e-4)
    np.testing.assert_allclose(lower.reshape(-1), expected["LSTM-lo-80"], rtol=1e-4)


def test_stablehlo(
    here: Shell,
    folder: Path,
    model: Path,
    fitted: gatecast.LSTMForecaster,
    inputs: dict[str, np.ndarray],
):
    code, out, err = here("export", model, "--to", "stablehlo", "--h", "2", "-o", "m.hlo")
    assert (code, err) == (0, "")
    assert "returns forecast     [samples, 2]" in out
    program = jax.export.deserialize(bytearray((folder / "m.hlo").read_bytes()))
    forecast = program.call(inputs)["forecast"]
    np.testing.assert_allclose(np.ravel(forecast), fitted.predict(2)["LSTM"], rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--to", "keras", "-o", "m.h5"], "ends in .keras"),
        (["--to", "onnx", "-o", "there/m.onnx"], "the folder"),
        (["--to", "keras", "--level", "0.8"], "percent"),
        (["--to", "pickle"], "'--to'"),
        (["--to", "keras", "--h", "1000"], "h=1000 cannot be exported"),
    ],
)
def test_what_cannot_be_written(
    here: Shell, folder: Path, model: Path, arguments: list[str], words: str
):
    code, out, err = here("export", model, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert list(folder.iterdir()) == [model]
