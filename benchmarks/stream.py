"""One value seen and twelve forecast by carried memory, against recomputing from a long window.

An LSTM of 32 units, look_back 1 and h = 12 streams one series. Weights are those of one epoch:
they do not change what a call costs. Calls of all kinds take turns, and medians are printed. JAX
answers on the calling thread (`gatecast.use_synchronous_dispatch`), as a service would have it.

- `update_forecast_us_after_N`: one `Stream.update` after a history of N rows: scaling, one
  compiled call, and back to the user's units. `growth` is the last of them over the first.
- `recompute_us_N`: the compiled forward pass alone, by the same network, over a window of N
  scaled rows with empty memory before it. `ratio_N` is how many updates it costs.
- `update_forecast_us_1000_series`: as the first, for 1,000 series at once.
- `frame_update_ms`: `LSTMForecaster.update` with a frame of one row, and `predict`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

import gatecast
from benchmarks._record import recording
from benchmarks._report import print_results
from gatecast.forecasting import LSTMForecaster, Stream
from gatecast.framing import Rows

H, UNITS = 12, 32
HISTORIES = (100, 1_000, 10_000, 100_000)
LOOK_BACKS = (100, 1_000, 10_000)
TARGETS = {"update_forecast_us": "<=100"}


def main() -> None:
    """Run the comparison; `--quick` takes fewer calls."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="five rounds instead of fifty")
    asked = parser.parse_args()
    rounds = 5 if asked.quick else 50
    gatecast.use_synchronous_dispatch()
    forecaster, many = _fitted(1), _fitted(1_000).stream()
    updates = {rows: _update(_streamed(forecaster, rows), 1) for rows in HISTORIES}
    recomputed = {rows: _recompute(forecaster, rows) for rows in LOOK_BACKS}
    # What is called, and how often in a round.
    calls: dict[str, tuple[Callable[[], object], int]] = {
        **{f"update_forecast_us_after_{rows}": (call, 40) for rows, call in updates.items()},
        **{f"recompute_us_{rows}": (call, 2) for rows, call in recomputed.items()},
        "update_forecast_us_1000_series": (_update(many, 1_000), 10),
        "frame_update_us": (_frame_update(forecaster), 1),
    }
    results = _medians(calls, rounds)
    first, last = (results[f"update_forecast_us_after_{HISTORIES[place]}"] for place in (0, -1))
    results["frame_update_ms"] = results.pop("frame_update_us") / 1e3
    results |= {f"ratio_{rows}": results[f"recompute_us_{rows}"] / last for rows in LOOK_BACKS}
    results |= {"update_forecast_us": last, "growth": last / first}
    print_results(results, record=asked.record, targets=TARGETS)


def _fitted(series: int) -> LSTMForecaster:
    rows = 50
    df = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(series), rows),
            "ds": np.tile(np.arange(rows), series),
            "y": np.random.default_rng(0).normal(size=series * rows),
        }
    )
    training = gatecast.Training(epochs=1)
    forecaster = LSTMForecaster(
        h=H, look_back=1, units=UNITS, stateful=True, intervals=False, training=training
    )
    return forecaster.fit(df)


def _streamed(forecaster: LSTMForecaster, rows: int) -> Stream:
    """A stream that has seen so many rows."""
    stream = forecaster.stream()
    stream.advance(np.random.default_rng(1).normal(size=(rows, 1)))
    return stream


def _update(stream: Stream, series: int) -> Callable[[], object]:
    y = np.random.default_rng(2).normal(size=series)
    return lambda: stream.update(y)


def _recompute(forecaster: LSTMForecaster, look_back: int) -> Callable[[], object]:
    part = forecaster.model_.members.parts[0]
    framing = replace(part.settings.framing, look_back=look_back)
    settings = replace(part.settings, framing=framing, stateful=False)
    sizes = replace(part.sizes, steps=look_back)
    part = replace(part, part=replace(part.part, settings=settings), sizes=sizes)
    runner = part.runner(masked=False)
    rows = Rows(np.random.default_rng(3).normal(size=(look_back, 1)).astype(np.float32))
    origins = np.array([[look_back]])
    return lambda: np.asarray(runner.at_windows(part.weights, rows, origins, H).center)


def _frame_update(forecaster: LSTMForecaster) -> Callable[[], object]:
    def update() -> Any:
        ds = int(forecaster.model_.context.panel.ds[-1]) + 1
        row = pd.DataFrame({"unique_id": [0], "ds": [ds], "y": [1.0]})
        return forecaster.update(row).predict()

    return update


def _medians(calls: dict[str, tuple[Callable[[], object], int]], rounds: int) -> dict[str, float]:
    """Microseconds per call; the first two of each, which compile, are left out."""
    for call, _ in calls.values():
        call(), call()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, (call, times) in calls.items():
            for _ in range(times):
                began = time.perf_counter()
                call()
                seconds[name].append(time.perf_counter() - began)
    return {name: 1e6 * median(found) for name, found in seconds.items()}


if __name__ == "__main__":
    main()
