"""How long one forecast takes, from frame to frame, and whether memory stays flat.

An LSTM of 32 units reads 12 rows and forecasts 12; one layer, the airline data, two epochs, since
what it has learnt does not matter here. Every call is timed on its own, warm, without collecting
garbage in between; JAX answers on the calling thread (`gatecast.use_synchronous_dispatch`), as
a service would have it.

- `frame_to_frame_median_ms`, `frame_to_frame_p99_ms`: `predict(df=history)`, from a pandas frame
  of 144 rows to a frame of 12.
- `predict_median_ms`: `predict()`, from where the model stands.
- `inner_call_us`: the compiled forecast of one series, from scaled rows to scaled forecasts.
- `series_per_second`: the same call with 10,000 series, rounding up their number included.
- `keras_predict_ms`: `keras.Model.predict` of the same network on one scaled window.
- `neuralforecast_predict_ms`: `NeuralForecast.predict(df=history)` of an LSTM of the same size, in
  an environment of its own.
- `memory_growth_mib`: memory of the process after 100,000 forecasts of 1 to 100 series (10,000
  with `--quick`), less that after a tenth of them. These start from scaled rows: frames would
  take minutes. `--image PATH` draws the curve.
- `programs`: compiled in the course of these.
"""

from __future__ import annotations

import argparse
import gc as garbage
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

import gatecast
from benchmarks import _peers
from benchmarks._record import recording
from benchmarks._report import print_results
from gatecast.forecasting.members import ForecastInputs, Members, Runner
from gatecast.framing import SampleRows

H, LOOK_BACK, UNITS = 12, 12, 32
MANY = 10_000
MOST = 100
POINTS = 100
TARGETS = {
    "frame_to_frame_median_ms": "<=1",
    "frame_to_frame_p99_ms": "<=3",
    "inner_call_us": "<=50",
    "series_per_second": ">=200000",
}


def main() -> None:
    """Measure; `--quick` takes a tenth of the calls."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="a tenth of the calls")
    parser.add_argument("--image", type=Path, help="draw the curve of memory, as PNG or SVG")
    arguments = parser.parse_args()
    calls = 200 if arguments.quick else 2000

    gatecast.use_synchronous_dispatch()
    df = gatecast.datasets.airline_passengers()
    training = gatecast.Training(epochs=2)
    model = gatecast.LSTMForecaster(
        h=H, look_back=LOOK_BACK, units=UNITS, training=training, verbose=False
    ).fit(df)
    whole = _milliseconds(lambda: model.predict(df=df), calls)
    members = model.model_.members.parts[0]
    results = {
        "frame_to_frame_median_ms": median(whole),
        "frame_to_frame_p99_ms": float(np.quantile(whole, 0.99)),
        "predict_median_ms": median(_milliseconds(model.predict, calls)),
        "inner_call_us": median(_milliseconds(_inner_call(members, 1), calls)) * 1e3,
        "series_per_second": MANY / median(_milliseconds(_inner_call(members, MANY), 20)) * 1e3,
        "keras_predict_ms": median(_milliseconds(_keras_call(members), calls // 10)),
        "neuralforecast_predict_ms": _neuralforecast(df, calls // 10),
    }
    memory, programs = _memory(members, 10_000 if arguments.quick else 100_000)
    after_a_tenth = memory.loc[memory["calls"] >= memory["calls"].max() / 10, "mib"]
    results["memory_growth_mib"] = after_a_tenth.iloc[-1] - after_a_tenth.iloc[0]
    results["programs"] = programs
    if arguments.image:
        _draw(memory, arguments.image)
    print_results(results, record=arguments.record, targets=TARGETS)


def _milliseconds(call: Callable[[], object], calls: int) -> list[float]:
    """Of each call, after some that compile and warm up."""
    for _ in range(10):
        call()
    found = []
    garbage.collect()
    garbage.disable()
    for _ in range(calls):
        began = time.perf_counter()
        call()
        found.append((time.perf_counter() - began) * 1e3)
    garbage.enable()
    return found


def _rows(members: Members, series: int) -> SampleRows:
    """Scaled rows of so many series, [groups, series, rows, targets]."""
    length = LOOK_BACK + members.runner(masked=False).reach(H)
    values = np.random.default_rng(0).standard_normal((1, series, length, 1))
    return SampleRows(values=values.astype(np.float32))


def _inner_call(members: Members, series: int) -> Callable[[], object]:
    runner, rows = members.runner(masked=False), _rows(members, series)
    memory = _empty(members, series)
    return lambda: np.asarray(
        runner.forecast(ForecastInputs(members.weights, rows, memory), H).center
    )


def _empty(members: Members, series: int) -> Any:
    units = members.runner(masked=False).network.state_units
    return [np.zeros((1, 1, series, each), np.float32) for each in units]


def _keras_call(members: Members) -> Callable[[], object]:
    model = members.runner(masked=False).network.model
    state = {f"state_{place}": part[0, 0] for place, part in enumerate(_empty(members, 1))}
    inputs = {"x": _rows(members, 1).values[0, :, :LOOK_BACK]} | state
    return lambda: model.predict(inputs, verbose=0)


def _neuralforecast(df: pd.DataFrame, calls: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.csv"
        df[["unique_id", "ds", "y"]].to_csv(path, index=False)
        numbers = (H, LOOK_BACK, UNITS, calls)
        found = _peers.run("neuralforecast", "neuralforecast_latency.py", [path, *numbers])
    return float("nan") if found is None else found["median_ms"]


def _memory(members: Members, calls: int) -> tuple[pd.DataFrame, int]:
    """`calls` and `mib` of the process, and the programs compiled."""
    runner = members.runner(masked=False)
    rows = _rows(members, MOST).values
    memory = _empty(members, MOST)
    before = _programs(runner)
    curve = []
    for call, series in enumerate(np.random.default_rng(1).integers(1, MOST + 1, calls)):
        own = SampleRows(values=rows[:, :series])
        state = [part[:, :, :series] for part in memory]
        np.asarray(runner.forecast(ForecastInputs(members.weights, own, state), H).center)
        if (call + 1) % (calls // POINTS) == 0:
            curve.append((call + 1, _resident()))
    return pd.DataFrame(curve, columns=["calls", "mib"]), _programs(runner) - before


def _programs(runner: Runner) -> int:
    """Compiled so far for forecasts."""
    return int(runner.beyond._cache_size())  # noqa: SLF001 (JAX tells it nowhere else)


def _resident() -> float:
    """MiB that this process holds now; on Linux."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def _draw(memory: pd.DataFrame, path: Path) -> None:
    title = alt.TitleParams(
        f"Memory over {memory['calls'].max():,} forecasts of 1 to {MOST} series", anchor="start"
    )
    chart = alt.Chart(memory, title=title, width=720, height=240).mark_line(color="#0072B2")
    scale = alt.Scale(domain=[0, 1.25 * memory["mib"].max()], nice=True)
    chart.encode(
        x=alt.X("calls:Q", title="forecasts"),
        y=alt.Y("mib:Q", title="MiB of the process", scale=scale),
    ).save(path, scale_factor=2)


if __name__ == "__main__":
    main()
