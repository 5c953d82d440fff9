"""From the start of a process to a forecast, with ONNX Runtime alone and with `gatecast forecast`.

The airline data, `AutoLSTM` with all settings as they are. Each figure is the wall time of whole
processes, medians over rounds in which both run one after the other. Both print the forecast of 12
months with 80 and 95 % intervals; the one with ONNX Runtime also reads the history from a CSV.

- `onnx_seconds`: `gatecast.onnx.predict`.
- `forecast_seconds`: `gatecast forecast`, with a warm compilation cache.
- `onnx_share`: the first as a share of the second.
- `largest_difference`: between the two forecasts, relative.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

import gatecast
from benchmarks._record import recording
from benchmarks._report import print_results

TARGETS = {"onnx_share": "<=0.33", "largest_difference": "<=0.0001"}
_LEVEL = [80, 95]
_ONNX = f"""
import sys
import pandas as pd
import gatecast.onnx
df = pd.read_csv(sys.argv[2], parse_dates=["ds"])
print(gatecast.onnx.predict(sys.argv[1], df, level={_LEVEL}).to_string())
"""


def main() -> None:
    """Run both; `--quick` takes one round."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="one round instead of seven")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rows, model, exported = (folder / f"air.{ending}" for ending in ("csv", "gatecast", "onnx"))
        df = gatecast.datasets.airline_passengers()
        df.to_csv(rows, index=False)
        forecaster = gatecast.AutoLSTM(h=12).fit(df)
        forecaster.save(model)
        forecaster.to_onnx(exported, level=_LEVEL)
        expected = forecaster.predict(level=_LEVEL).drop(columns=["unique_id", "ds"])
        found = gatecast.onnx.predict(exported, df, level=_LEVEL)[expected.columns]
        commands = {
            "onnx": ["-c", _ONNX, str(exported), str(rows)],
            "forecast": ["-m", "gatecast", "forecast", str(model), "--level", "80,95"],
        }
        environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}
        for command in commands.values():
            _seconds(command, environment)
        rounds = [
            {name: _seconds(command, environment) for name, command in commands.items()}
            for _ in range(1 if asked.quick else 7)
        ]
    middle = {name: median(each[name] for each in rounds) for name in commands}
    print_results(
        {
            "onnx_seconds": middle["onnx"],
            "forecast_seconds": middle["forecast"],
            "onnx_share": middle["onnx"] / middle["forecast"],
            "largest_difference": float(np.abs(found / expected - 1).to_numpy().max()),
        },
        record=asked.record,
        targets=TARGETS,
    )


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, *command], env=environment, stdout=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
