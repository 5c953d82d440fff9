"""Observations and forecasts over HTTP from a service that holds many series.

A `gatecast serve` on SQLite in a folder of its own, and wrk beside it on the same machine, which
sends one new day of one series a request, asks for the forecast of 12 days in the answer, and takes
another series each time. 100,000 series (5,000 with `--quick`) have been loaded, with 28 days each;
250 of them take turns, so that most requests bring the row that the last answer forecast.
Two models take turns: `stateful`, an LSTM of 32 units that carries its memory, and `auto`, an
`AutoLSTM` of quality "zero_shot". What they have learnt does not matter here.

- `MODEL_p50_ms`, `MODEL_p99_ms`: of such a request, at 500 a second for `stateful` and 200 for
  `auto`; `MODEL_per_second` is what was reached.
- `MODEL_most_per_second`: with 64 connections that send as fast as they are answered.
- `MODEL_one_ms`: the median where one connection waits for each answer. `MODEL_cpu_ms` is what the
  service used of the processors for each of these, whatever else the machine did.
- `batch_series_per_second`: `stateful`, 1,000 series a request, one row each, without forecasts;
  durable when it is answered.
- `update_ms_N`: `stateful` on integer times, one row and the forecast after a history of N rows,
  without HTTP; `growth` is the last of these over the first.
- `idle_bytes_per_series`: of the database besides the log and the model, for `stateful`;
  `restart_seconds`: from the start of the process until /readyz.
- `peer_one_ms`, `peer_cpu_ms`: the same request to a FastAPI route that holds a neuralforecast LSTM
  of the same size and calls `predict(df=...)`, in an environment of its own; nothing is stored on
  disk. `peer_ratio` is `peer_one_ms` over `stateful_one_ms`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

import gatecast
from benchmarks import _peers
from benchmarks._load import Load, Process, installed, running
from benchmarks._loaded import FIRST_DAY, ROWS, State, values
from benchmarks._record import recording
from benchmarks._report import print_results
from gatecast.serving.engine import Engine, ForecastRequest, NewRow

H, UNITS, BATCH = 12, 32, 1000
RATES = {"stateful": 500, "auto": 200}
TARGETS = {
    "stateful_p99_ms": "<=20",
    "auto_p99_ms": "<=40",
    "batch_series_per_second": ">=20000",
    "growth": "<=1.2",
    "idle_bytes_per_series": "<=4096",
    "restart_seconds": "<=10",
    "peer_ratio": ">=50",
}
_FIT_ROWS, _FIT_SERIES = 200, 20
_TURNS = 60
_TAKE_TURNS = 250
_SINGLE = "/v1/models/{}/series/%s/observations?forecast=true"


def main() -> None:
    """Measure; `--quick` loads fewer series and takes less time."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="5,000 series, a few seconds each")
    asked = parser.parse_args()
    if not installed():
        sys.exit(1)
    series, seconds = (5_000, 5) if asked.quick else (100_000, 20)
    results: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in RATES:
            state = _loaded(kind, folder, series)
            results |= _served(state, series, seconds)
        results |= _histories(folder, 100_000 if asked.quick else 1_000_000)
    results |= _peer(series, seconds)
    results["peer_ratio"] = results.get("peer_one_ms", np.nan) / results["stateful_one_ms"]
    print_results(results, ("keras", "jax", "fastapi"), record=asked.record, targets=TARGETS)


def _saved(kind: str, folder: Path, times: object) -> Path:
    """A model that was fitted on some series."""
    df = pd.DataFrame(
        {
            "unique_id": np.repeat([f"fitted{number}" for number in range(_FIT_SERIES)], _FIT_ROWS),
            "ds": np.tile(np.asarray(times), _FIT_SERIES),
            "y": np.concatenate([values(_FIT_ROWS, seed) for seed in range(_FIT_SERIES)]),
        }
    )
    if kind == "auto":
        forecaster = gatecast.AutoLSTM(h=H, quality="zero_shot", verbose=False)
    else:
        training = gatecast.Training(epochs=1)
        forecaster = gatecast.LSTMForecaster(
            h=H, look_back=1, units=UNITS, stateful=True, training=training, verbose=False
        )
    path = folder / f"{kind}.gatecast"
    forecaster.fit(df).save(path)
    return path


def _loaded(kind: str, folder: Path, series: int) -> State:
    model = _saved(kind, folder, pd.date_range(end=FIRST_DAY, periods=_FIT_ROWS))
    state = State(folder / f"{kind}.db", model)
    state.load(series)
    return state


def _served(state: State, series: int, seconds: int) -> dict[str, float]:
    """The figures of one model over HTTP."""
    kind, command = state.name, [sys.executable, "-m", "gatecast", "serve", str(state.model)]
    command += ["--state", state.url, "--no-auth", "--port", "0", "--quiet"]
    idle = state.bytes_beside_the_log() / series
    with running(command, "/readyz") as process:
        found = _singles(process, Load(_SINGLE.format(kind), 0, _TAKE_TURNS), RATES[kind], seconds)
        figures = {f"{kind}_{name}": value for name, value in found.items()}
        if kind == "stateful":
            # The other half of the series come in batches.
            path, half = f"/v1/models/{kind}/observations", series // 2
            batches = process.under(Load(path, half, half, rows=BATCH, connections=2), seconds)
            figures["batch_series_per_second"] = batches.per_second * BATCH
            figures |= {"idle_bytes_per_series": idle, "restart_seconds": process.seconds}
    return figures


def _singles(process: Process, load: Load, rate: float, seconds: int) -> dict[str, float]:
    """One row a request: one after another, at a rate, and as many as can be."""
    one = process.under(replace(load, connections=1), seconds)
    process.under(replace(load, rate=rate), 2)
    steady = process.under(replace(load, rate=rate), seconds)
    most = process.under(load, seconds)
    return {
        "p50_ms": steady.p50,
        "p99_ms": steady.p99,
        "per_second": steady.per_second,
        "most_per_second": most.per_second,
        "one_ms": one.p50,
        "cpu_ms": most.cpu_ms,
    }


def _histories(folder: Path, most: int) -> dict[str, float]:
    """Milliseconds of a row and a forecast after histories of some lengths, which take turns."""
    model = _saved("integer", folder, np.arange(_FIT_ROWS))
    state = State(folder / "integer.db", model)
    database, models = state.opened()
    lengths = [10**power for power in range(2, len(str(most)))]
    engine = Engine(database, models)
    engine.start()
    engine.call(lambda: state.put_histories(database, models, lengths)).result()
    seconds: dict[int, list[float]] = {rows: [] for rows in lengths}
    for turn in range(_TURNS):
        for rows in lengths:
            began = time.perf_counter()
            engine.observe(model.stem, [NewRow(str(rows), rows + turn, 100.0)]).result()
            engine.forecast(model.stem, [ForecastRequest(str(rows))]).result()
            seconds[rows].append(time.perf_counter() - began)
    engine.close()
    database.close()
    # The first ones compile.
    found = {f"update_ms_{rows}": 1e3 * median(seconds[rows][5:]) for rows in lengths}
    return found | {"growth": found[f"update_ms_{most}"] / found[f"update_ms_{lengths[0]}"]}


def _peer(series: int, seconds: int) -> dict[str, float]:
    """The peer's figures; none where its environment does not exist."""
    command = _peers.command("neuralforecast", "neuralforecast_service.py", [H, UNITS, ROWS])
    if command is None:
        return {}
    with running(command, "/docs") as process:
        load = Load(_SINGLE.format("peer"), 0, series, connections=1)
        process.under(load, 2)
        one = process.under(load, seconds)
    return {"peer_one_ms": one.p50, "peer_cpu_ms": one.cpu_ms}


if __name__ == "__main__":
    main()
