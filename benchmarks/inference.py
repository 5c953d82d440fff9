"""What a forecast of AutoLSTM costs: one value in and twelve out, and a panel of many series.

Monthly series, h = 12, two estimators: `zero_shot`, four networks of two layers of 128 units, and
`auto`, with networks adapted to 6,000 months besides. Calls of all kinds take turns, and
medians are printed. JAX answers on the calling thread (`gatecast.use_synchronous_dispatch`), as a
service would have it. Other processes lengthen the clock's time more than the processor's, so both
are given.

- `update_KIND_ms`, `update_KIND_cpu_ms`: one `Stream.update` of one series, by the clock and by the
  processor. KIND is `zero_shot`, `auto`, or `small` (an `LSTMForecaster` of 32 units that carries
  its state).
- `panel_series_per_second`, `panel_series_per_cpu_second`: `predict(df=...)` of `zero_shot`, from
  a pandas frame of 10,000 series (1,000 with `--quick`) to a frame of forecasts.
- `layers_ms_ROWS`: the two layers of `zero_shot` alone, over 60 time steps of so many series.
- `layers_times_plain_ROWS`: how many times as long they take in JAX, without the native LSTM; left
  out where it is not compiled.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

import gatecast
from benchmarks._record import recording
from benchmarks._report import print_results
from gatecast import AutoLSTM, LSTMForecaster
from gatecast.network.recurrence import LSTMState, Weights, native_version
from gatecast.network.recurrence._native import native_lstm
from gatecast.network.recurrence._scan import scan_lstm

# So many months are samples enough to adapt networks lightly and strongly.
H, MONTHS = 12, 6_000
MEMBERS, STEPS, COLUMNS, UNITS = 4, 60, 8, 128
BATCHES = (1, 8, 512)
TARGETS = {"update_zero_shot_ms": "<=1.5", "panel_series_per_second": ">=2900"}


def main() -> None:
    """Measure; `--quick` takes fewer calls, and a smaller panel."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="three rounds instead of ten")
    asked = parser.parse_args()
    gatecast.use_synchronous_dispatch()
    many = 1_000 if asked.quick else 10_000
    zero_shot = AutoLSTM(h=H, quality="zero_shot", intervals=False, verbose=False)
    auto = AutoLSTM(h=H, intervals=False, verbose=False)
    training = gatecast.Training(epochs=1)
    small = LSTMForecaster(
        h=H, look_back=1, units=32, stateful=True, intervals=False, training=training
    )
    panel = _monthly(many)
    calls: dict[str, tuple[Callable[[], object], int]] = {
        "update_zero_shot": (_update(zero_shot.fit(_monthly(1))), 20),
        "update_auto": (_update(auto.fit(_monthly(1, MONTHS))), 20),
        "update_small": (_update(small.fit(_monthly(1))), 20),
        "panel": (lambda: zero_shot.predict(df=panel), 1),
        **{
            f"layers_{rows}": (_layers(native_lstm, rows), 5)
            for rows in BATCHES
            if native_version()
        },
        **{f"plain_{rows}": (_layers(scan_lstm, rows), 5) for rows in BATCHES},
    }
    results = _medians(calls, 3 if asked.quick else 10)
    print_results(_named(results, many), record=asked.record, targets=TARGETS)


class Cost(NamedTuple):
    """Seconds of one call, by the clock and by the processor."""

    clock: float
    processor: float


def _named(costs: dict[str, Cost], many: int) -> dict[str, float]:
    named: dict[str, float] = {}
    for name, cost in costs.items():
        if name.startswith("update"):
            named |= {f"{name}_ms": 1e3 * cost.clock, f"{name}_cpu_ms": 1e3 * cost.processor}
    named["panel_series_per_second"] = many / costs["panel"].clock
    named["panel_series_per_cpu_second"] = many / costs["panel"].processor
    for rows in BATCHES:
        plain = costs[f"plain_{rows}"]
        own = costs.get(f"layers_{rows}", plain)
        named[f"layers_ms_{rows}"] = 1e3 * own.clock
        if own is not plain:
            named[f"layers_times_plain_{rows}"] = plain.processor / own.processor
    return named


def _monthly(series: int, rows: int = 120) -> pd.DataFrame:
    """Trend, season and noise."""
    time = np.arange(rows)
    noise = np.random.default_rng(0).normal(size=(series, rows))
    y = 100 + time / 10 + 10 * np.sin(time * np.pi / 6) + 3 * noise
    return pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{number:05d}" for number in range(series)], rows),
            "ds": np.tile(pd.date_range("1700-01-01", periods=rows, freq="MS"), series),
            "y": y.reshape(-1),
        }
    )


def _update(model: AutoLSTM | LSTMForecaster) -> Callable[[], object]:
    stream = model.stream()
    return lambda: stream.update(120.0)


def _layers(recurrence: Callable[..., Any], rows: int) -> Callable[[], object]:
    """The two layers, of all members, with weights drawn at random."""
    random = np.random.default_rng(1)

    def drawn(*shape: int) -> Any:
        return jnp.asarray(random.normal(scale=0.1, size=shape).astype(np.float32))

    def weights(features: int) -> Weights:
        gates = 4 * UNITS
        return Weights(
            drawn(MEMBERS, features, gates), drawn(MEMBERS, UNITS, gates), drawn(MEMBERS, gates)
        )

    empty = LSTMState(*[jnp.zeros((rows, UNITS))] * 2)

    def member(x: Any, first: Weights, second: Weights) -> Any:
        outputs, *_ = recurrence(x, first, empty, None)
        return recurrence(outputs, second, empty, None)[1]

    run = jax.jit(jax.vmap(member, in_axes=(None, 0, 0)))
    arguments = drawn(rows, STEPS, COLUMNS), weights(COLUMNS), weights(UNITS)
    return lambda: run(*arguments).block_until_ready()


def _medians(calls: dict[str, tuple[Callable[[], object], int]], rounds: int) -> dict[str, Cost]:
    """Of each call; the first two, which compile, are left out."""
    for call, _ in calls.values():
        call(), call()
    costs: dict[str, list[Cost]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, (call, times) in calls.items():
            clock, processor = time.perf_counter(), time.process_time()
            for _ in range(times):
                call()
            spent = time.perf_counter() - clock, time.process_time() - processor
            costs[name].append(Cost(*(part / times for part in spent)))
    return {
        name: Cost(median(cost.clock for cost in found), median(cost.processor for cost in found))
        for name, found in costs.items()
    }


if __name__ == "__main__":
    main()
