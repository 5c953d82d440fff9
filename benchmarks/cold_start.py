"""From the start of a process to its first result, on the airline data.

Each figure is the wall time of whole processes, from their start to their end, as a shell sees it.

- `import_seconds`: `import gatecast`, less an interpreter that imports nothing.
- `forecast_seconds`: `gatecast forecast` with a saved model.
- `fit_seconds`: `gatecast fit` with all settings as they are, up to the saved model.
- `forecast_ratio`: `forecast_seconds` over those of `gatecast --help` and of `import jax`.

The compilation cache is a folder of its own, warmed by one run of each command; the figures that
end in `_cold_cache` are those runs. The others are medians.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import gatecast
from benchmarks._record import recording
from benchmarks._report import print_results

TARGETS = {
    "import_seconds": "<=0.15",
    "forecast_seconds": "<=1.5",
    "fit_seconds": "<=5",
    "forecast_ratio": "<=1.5",
}


def main() -> None:
    """Run the commands; `--quick` takes fewer rounds."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="one round instead of seven")
    asked = parser.parse_args()
    rounds = 1 if asked.quick else 7
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rows, model = folder / "airline.csv", folder / "airline.gatecast"
        gatecast.datasets.airline_passengers().to_csv(rows, index=False)
        shell = ["-m", "gatecast"]
        commands = {
            "nothing": ["-c", ""],
            "import": ["-c", "import gatecast"],
            "jax": ["-c", "import jax"],
            "help": [*shell, "--help"],
            "fit": [*shell, "fit", str(rows), "-o", str(model), "--quiet"],
            "forecast": [*shell, "forecast", str(model)],
        }
        seconds = _timer(folder / "cache")
        cold = {name: seconds(command) for name, command in commands.items()}
        # Round by round, so that a moment's disturbance falls on all of them.
        warm = [
            {name: seconds(command) for name, command in commands.items()} for _ in range(rounds)
        ]
    middle = {name: median(each[name] for each in warm) for name in commands}
    print_results(
        {
            "import_seconds": middle["import"] - middle["nothing"],
            "forecast_seconds": middle["forecast"],
            "fit_seconds": middle["fit"],
            "forecast_ratio": middle["forecast"] / (middle["help"] + middle["jax"]),
            "forecast_seconds_cold_cache": cold["forecast"],
            "fit_seconds_cold_cache": cold["fit"],
        },
        record=asked.record,
        targets=TARGETS,
    )


def _timer(cache: Path) -> Callable[[list[str]], float]:
    # Bytecode is written, as an installation has it.
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment = kept | {"XDG_CACHE_HOME": str(cache)}

    def seconds(command: list[str]) -> float:
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, *command], env=environment, stdout=subprocess.DEVNULL, check=True
        )
        return time.perf_counter() - began

    return seconds


if __name__ == "__main__":
    main()
