"""Peak memory of `fit` on a long panel, where windows are gathered inside the program.

A process of its own builds a panel of so many rows (1,000 series), fits one epoch with look_back
100 and reports the most memory it ever held: frame, panel, programs and Python packages included.
All windows of a million rows in float32 would be 400 MB per copy.

- `peak_mib`: at 1,000,000 rows.
- `peak_mib_10x`: at 10,000,000 rows (not with `--quick`).
- `growth_mib_per_million_rows`: the slope between the two, and `base_mib`, what a fit of 10,000
  rows holds.
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
TARGETS = {"peak_mib": "<=1500"}


def main() -> None:
    """Measure; `--rows N` is the process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="leave out 10,000,000 rows")
    parser.add_argument("--rows", type=int, help="fit so many rows here, and print the peak")
    arguments = parser.parse_args()
    if arguments.rows:
        _fit(arguments.rows)
        return
    results = {"base_mib": _measured(10 * SERIES), "peak_mib": _measured(1_000_000)}
    if not arguments.quick:
        results["peak_mib_10x"] = _measured(10_000_000)
        grown = results["peak_mib_10x"] - results["peak_mib"]
        results["growth_mib_per_million_rows"] = grown / 9
        results["growth_base_to_peak_mib"] = results["peak_mib"] - results["base_mib"]
    print_results(results, record=arguments.record, targets=TARGETS)


def _measured(rows: int) -> float:
    """MiB at the peak of a fresh process."""
    command = [sys.executable, "-m", "benchmarks.memory", "--rows", str(rows)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    peak = float(output.split()[-1])
    print(f"{rows:,} rows: {peak:,.0f} MiB")
    return peak


def _fit(rows: int) -> None:
    each = rows // SERIES
    random = np.random.default_rng(0)
    # Categories and repeated times: what a frame of this size would be read as.
    names = pd.Categorical.from_codes(
        np.repeat(np.arange(SERIES), each), [f"series {number}" for number in range(SERIES)]
    )
    df = pd.DataFrame(
        {
            "unique_id": names,
            "ds": np.tile(pd.date_range("2000-01-01", periods=each, freq="h"), SERIES),
            "y": np.cumsum(random.standard_normal(rows)),
        }
    )
    training = gatecast.Training(epochs=1, batch_size=1024)
    model = gatecast.LSTMForecaster(
        h=1, look_back=LOOK_BACK, units=8, training=training, intervals=False, verbose=False
    )
    model.fit(df)
    model.predict()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kibibytes on Linux, bytes on macOS.
    print(peak / (2**20 if sys.platform == "darwin" else 2**10))


if __name__ == "__main__":
    main()
