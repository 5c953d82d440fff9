"""A global LSTM on M3 monthly, from frame to fitted model, against neuralforecast and Darts.

The same 1,428 series, one layer, 24 rows of input, 18 of output, Adam, in two sizes: "small", 32
units and 32 windows per step, one pass over all windows; "medium": 64 units, 256 windows, two
passes. All take as many steps; what a step is for each of them stands in
`benchmarks/peers/global_fit.py`. The peers run in an environment of their own
(`python -m benchmarks.peers neuralforecast`); each run is a fresh process, and figures are medians
of five, taken in turn.

- `seconds_cold_*`: the first fit, tracing and compiling included, without a compilation cache.
- `seconds_warm_*`: a second fit of a new model in the same process.
- `seconds_import_*`: importing the package, which is in neither.
- `windows_per_second_*`: of the warm fit.
- `ratio_cold_*`, `ratio_warm_*`: seconds of the faster peer over ours.
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
from benchmarks._record import recording
from benchmarks._report import print_results
from benchmarks.peers.global_fit import LOOK_BACK, H, Size

SCRIPT = "global_fit.py"
PEERS = ("neuralforecast", "darts")
# Epochs, units, windows per step.
SIZES = {"small": (1, 32, 32), "medium": (2, 64, 256)}
TARGETS = {f"ratio_cold_{size}": ">=4" for size in SIZES} | {
    f"ratio_warm_{size}": ">=8" for size in SIZES
}


def main() -> None:
    """Compare; `--quick` takes one round on a fifth of the series."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="one round on a fifth of the series")
    asked = parser.parse_args()
    quick = asked.quick
    train, _, _ = competition("m3-monthly")
    if quick:
        train = train[train["unique_id"].isin(train["unique_id"].unique()[::5])]
    lengths = train.groupby("unique_id").size()
    windows = int((lengths - LOOK_BACK - H + 1).sum())
    results: dict[str, float] = {"windows": windows}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.csv"
        train.to_csv(path, index=False)
        for name, (epochs, units, batch) in SIZES.items():
            size = Size(epochs, epochs * math.ceil(windows / batch), units, batch)
            runs = [_round([str(path), *map(str, size)]) for _ in range(1 if quick else 5)]
            results |= _summary(name, size, windows, runs)
    print_results(results, record=asked.record, targets=TARGETS)


def _summary(
    size_name: str, size: Size, windows: int, runs: list[dict[str, dict[str, float]]]
) -> dict[str, float]:
    results: dict[str, float] = {f"steps_{size_name}": size.steps}
    for name in runs[0]:
        seconds = {what: median(run[name][what] for run in runs) for what in runs[0][name]}
        results |= {f"seconds_{what}_{size_name}_{name}": value for what, value in seconds.items()}
        per_second = size.epochs * windows / seconds["warm"]
        results[f"windows_per_second_{size_name}_{name}"] = per_second
    peers = [name for name in PEERS if name in runs[0]]
    for what in ("cold", "warm") if peers else ():
        fastest = min(results[f"seconds_{what}_{size_name}_{name}"] for name in peers)
        ours = results[f"seconds_{what}_{size_name}_gatecast"]
        results[f"ratio_{what}_{size_name}"] = fastest / ours
    return results


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
