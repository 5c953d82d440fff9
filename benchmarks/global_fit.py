"""A global LSTM on M3 monthly, from frame to fitted model, against neuralforecast and Darts.

The same 1,428 series, one layer of 64 units, 24 rows of input, 18 of output, Adam, 256 windows
per step and as many steps for each: those of two passes over all windows. What a step is for each
of them stands in `benchmarks/peers/global_fit.py`. The peers run in an environment of their own
(`python -m benchmarks.peers neuralforecast`); each run is a fresh process, and figures are medians
of five, taken in turn.

- `seconds_cold_*`: the first fit, tracing and compiling included, without a compilation cache.
- `seconds_warm_*`: a second fit of a new model in the same process.
- `seconds_import_*`: importing the package, which is in neither.
- `windows_per_second_*`: of the warm fit.
- `ratio_cold`, `ratio_warm`: seconds of the faster peer over ours.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks import _peers
from benchmarks._competitions import competition
from benchmarks._report import print_results
from benchmarks.peers.global_fit import BATCH, LOOK_BACK, H

SCRIPT = "global_fit.py"
PEERS = ("neuralforecast", "darts")


def main() -> None:
    """Compare; `--quick` takes one round of one epoch on a fifth of the series."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round on a fifth of the series")
    quick = parser.parse_args().quick
    rounds, epochs = (1, 1) if quick else (5, 2)

    train, _, _ = competition("m3-monthly")
    if quick:
        train = train[train["unique_id"].isin(train["unique_id"].unique()[::5])]
    lengths = train.groupby("unique_id").size()
    windows = int((lengths - LOOK_BACK - H + 1).sum())
    steps = epochs * math.ceil(windows / BATCH)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.csv"
        train.to_csv(path, index=False)
        runs = [_round([str(path), str(epochs), str(steps)]) for _ in range(rounds)]

    results: dict[str, float] = {"steps": steps, "windows": windows}
    for name in runs[0]:
        for what in ("import", "cold", "warm"):
            results[f"seconds_{what}_{name}"] = median(run[name][what] for run in runs)
        results[f"windows_per_second_{name}"] = epochs * windows / results[f"seconds_warm_{name}"]
    peers = [name for name in PEERS if name in runs[0]]
    for what in ("cold", "warm") if peers else ():
        fastest = min(results[f"seconds_{what}_{name}"] for name in peers)
        results[f"ratio_{what}"] = fastest / results[f"seconds_{what}_gatecast"]
    print_results(results)


def _round(arguments: list[str]) -> dict[str, dict[str, float]]:
    """Seconds of importing, of a cold and of a warm fit, by name."""
    script = str(_peers.SCRIPTS / SCRIPT)
    found = {"gatecast": _peers.measured([sys.executable, script, "gatecast", *arguments])}
    for name in PEERS:
        run = _peers.run("neuralforecast", SCRIPT, [name, *arguments])
        if run is not None:
            found[name] = run
    for name, run in found.items():
        print(f"{name}: " + ", ".join(f"{what} {value:.1f} s" for what, value in run.items()))
    return found


if __name__ == "__main__":
    main()
