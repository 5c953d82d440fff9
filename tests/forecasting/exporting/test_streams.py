"""One observation in, a forecast and the new state out, in ONNX Runtime."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from exported_cases import drawn, frame

from gatecast.forecasting.exporting import Exported

pytestmark = pytest.mark.filterwarnings("ignore:.*have no value and count as missing")


@pytest.mark.parametrize(
    "settings",
    [
        {"stateful": True, "layers": 2, "members": 2},
        {"window_level": "smoothed", "level_span": 3, "scaler": ("log", "difference")},
        {"window_level": "seasonal", "season_length": 4, "cell": "gru"},
    ],
)
def test_reading_a_history_row_by_row(tmp_path: Path, settings: dict[str, Any]):
    df = frame()
    forecaster = drawn(**settings).fit(df)
    about = forecaster.to_onnx(tmp_path / "stream.onnx", level=80, stream=True)
    assert set(about.inputs) == {"y", "series", *about.states}
    assert {f"new_{name}" for name in about.states} < set(about.outputs)
    session = onnxruntime.InferenceSession(tmp_path / "stream.onnx")
    names, state = list(about.outputs), before_the_first_row(about)
    rows = df.pivot_table("y", "ds", "unique_id", dropna=False).asfreq("MS")
    for _, row in rows.iterrows():
        inputs = {"y": np.float32(row.to_numpy()[:, None]), "series": np.int32([[0], [1]])}
        found = dict(zip(names, session.run(names, inputs | state), strict=True))
        state = {name: found[f"new_{name}"] for name in about.states}
    expected = forecaster.predict(level=80)
    np.testing.assert_allclose(found["forecast"].reshape(-1), expected.iloc[:, 2], rtol=1e-4)
    np.testing.assert_allclose(found["upper"].reshape(-1), expected.iloc[:, 4], rtol=1e-4)


def before_the_first_row(about: Exported) -> dict[str, Any]:
    """Nothing is known but the memory, which is zero."""
    return {
        name: np.full((2, *shape), 0.0 if name.startswith("memory") else np.nan, np.float32)
        for name, shape in about.states.items()
    }
