"""Peak memory of `fit` on a long panel, and of forecasts with intervals of many series.

A process of its own builds a panel of so many rows (1,000 series), fits one epoch with look_back
100 and reports the most memory it ever held: frame, panel, programs and Python packages included.
All windows of a million rows in float32 would be 400 MB per copy.

- `peak_mib`: at 1,000,000 rows.
- `peak_mib_10x`: at 10,000,000 rows (not with `--quick`).
- `growth_mib_per_million_rows`: the slope between the two, and `base_mib`, what a fit of 10,000
  rows holds.

Another process calibrates and forecasts series of 120 monthly rows, with intervals and without
training (`AutoLSTM(quality="zero_shot")`).

- `intervals_peak_mib`: of 10,000 series.
- `intervals_growth_kib_per_series`: the slope from 2,000 series on. The rows themselves, times and
  values of a frame and of a panel, are 6.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys

import numpy as np
import pandas as pd

import gatecast
from benchmarks._record import recording
from benchmarks._report import print_results

SERIES = 1_000
LOOK_BACK = 100
MONTHS = 120
SOME, MANY = 2_000, 10_000
TARGETS = {"peak_mib": "<=1500", "intervals_peak_mib": "<=800"}


def main() -> None:
    """Measure; `--rows N` is the process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="leave out 10,000,000 rows")
    parser.add_argument("--rows", type=int, help="fit so many rows here, and print the peak")
    parser.add_argument("--series", type=int, help="forecast so many series here, and print it")
    arguments = parser.parse_args()
    if arguments.rows or arguments.series:
        if arguments.rows:
            _fit(arguments.rows)
        else:
            _forecast(arguments.series)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        # Kibibytes on Linux, bytes on macOS.
        print(peak / (2**20 if sys.platform == "darwin" else 2**10))
        return
    results = {"base_mib": _measured(rows=10 * SERIES), "peak_mib": _measured(rows=1_000_000)}
    some, many = _measured(series=SOME), _measured(series=MANY)
    results["intervals_peak_mib"] = many
    results["intervals_growth_kib_per_series"] = 1024 * (many - some) / (MANY - SOME)
    if not arguments.quick:
        results["peak_mib_10x"] = _measured(rows=10_000_000)
        grown = results["peak_mib_10x"] - results["peak_mib"]
        results["growth_mib_per_million_rows"] = grown / 9
        results["growth_base_to_peak_mib"] = results["peak_mib"] - results["base_mib"]
    print_results(results, record=arguments.record, targets=TARGETS)


def _measured(**wanted: int) -> float:
    """MiB at the peak of a fresh process that fits some `rows`, or forecasts some `series`."""
    ((what, count),) = wanted.items()
    command = [sys.executable, "-m", "benchmarks.memory", f"--{what}", str(count)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    peak = float(output.split()[-1])
    print(f"{count:,} {what}: {peak:,.0f} MiB")
    return peak


def _fit(rows: int) -> None:
    df = _frame(SERIES, rows // SERIES, "h")
    training = gatecast.Training(epochs=1, batch_size=1024)
    model = gatecast.LSTMForecaster(
        h=1, look_back=LOOK_BACK, units=8, training=training, intervals=False, verbose=False
    )
    model.fit(df)
    model.predict()


def _forecast(series: int) -> None:
    df = _frame(series, MONTHS, "MS")
    model = gatecast.AutoLSTM(h=12, quality="zero_shot", verbose=False)
    model.fit(df)
    model.predict(level=[80, 95])


def _frame(series: int, each: int, freq: str) -> pd.DataFrame:
    """Random walks; categories and repeated times, as a frame of this size would be read."""
    names = pd.Categorical.from_codes(
        np.repeat(np.arange(series), each), [f"series {number}" for number in range(series)]
    )
    steps = np.random.default_rng(0).standard_normal(series * each)
    return pd.DataFrame(
        {
            "unique_id": names,
            "ds": np.tile(pd.date_range("2000-01-01", periods=each, freq=freq), series),
            "y": np.cumsum(steps),
        }
    )


if __name__ == "__main__":
    main()
