"""`mlflow models serve`, started as a user starts it, on MLflow's usual store of runs."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

import gatecast

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model() -> gatecast.AutoLSTM:
    air = gatecast.datasets.airline_passengers()
    return gatecast.AutoLSTM(h=12, quality="zero_shot", verbose=False).fit(air)


@pytest.fixture(scope="module")
def address(model: gatecast.AutoLSTM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        # The programs of the environment, of which MLflow starts uvicorn.
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        info = gatecast.mlflow.log_model(model, "air", registered_model_name="air")
        assert info.registered_model_version == 1
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = ["mlflow", "models", "serve", "-m", "models:/air/1", "--env-manager", "local"]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [*command, "-p", str(port)], stdout=log, stderr=log, start_new_session=True
            )
            try:
                yield _ready(f"http://127.0.0.1:{port}", process, folder / "log")
            finally:
                os.killpg(process.pid, 15)
                process.wait(30)


def _ready(address: str, process: "subprocess.Popen[bytes]", log: Path) -> str:
    """The address, once the server answers."""
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(f"{address}/ping", timeout=5).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return address
    pytest.fail(log.read_text())


def answered(address: str, body: dict[str, Any]) -> pd.DataFrame:
    answer = httpx.post(f"{address}/invocations", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    found = pd.DataFrame(answer.json()["predictions"])
    return found.assign(ds=pd.to_datetime(found["ds"]))


def same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    assert list(found) == list(wanted)
    assert list(found["ds"]) == list(wanted["ds"])
    assert list(found["unique_id"]) == list(wanted["unique_id"])
    numbers = wanted.columns[2:]
    np.testing.assert_allclose(found[numbers], wanted[numbers], rtol=1e-6)


def test_forecasts_are_those_of_predict(model: gatecast.AutoLSTM, address: str):
    empty = {"columns": [], "data": []}
    params = {"h": 5, "level": [80, 95]}
    found = answered(address, {"dataframe_split": empty, "params": params})
    same(found, model.predict(5, level=[80, 95]))
    rows = gatecast.datasets.airline_passengers().head(100)
    text = rows.assign(ds=rows["ds"].astype(str))
    split = json.loads(text.to_json(orient="split", index=False))
    same(answered(address, {"dataframe_split": split}), model.predict(df=rows))
    lists = text.to_dict("list")
    found = answered(address, {"inputs": lists, "params": {"quantiles": [0.1]}})
    same(found, model.predict(df=rows, quantiles=[0.1]))


@pytest.mark.parametrize(
    ("columns", "row", "params", "message"),
    [
        (["unique_id", "ds", "y"], ["air", "1961-01-01", "many"], {}, "'many' is not a number"),
        (["unique_id", "ds", "y"], ["air", "1961-13-01", 1], {}, "'1961-13-01' is not a date"),
        (["unique_id", "ds"], ["air", "1961-01-01"], {}, "the data frame has no column 'y'"),
        ([], None, {"level": [120]}, "level must lie between 0 and 100"),
    ],
)
def test_bad_input_is_told_in_one_line(
    address: str, columns: list[str], row: list[Any] | None, params: dict[str, Any], message: str
):
    body = {"dataframe_split": {"columns": columns, "data": [row] if row else []}, "params": params}
    answer = httpx.post(f"{address}/invocations", json=body, timeout=60)
    told = answer.json()["message"]
    assert answer.status_code == 400
    assert message in told
    assert "\n" not in told
    assert "Traceback" not in answer.text


def test_what_is_no_request_is_refused(address: str):
    answer = httpx.post(f"{address}/invocations", json={"rows": []}, timeout=60)
    assert answer.status_code == 400
