"""Errors of quantile networks on validation windows, beside the recipe they may replace.

python -m pretraining.judge --data FOLDER [--weights FILE ...] [--most 300] [TASK ...]

Reads series of the Monash archive (`m3_monthly.tsf` and so on). The last horizon of each, the test
part, is dropped unseen; the horizon before it is forecast from what comes before that. MASE and WQL
(weighted quantile loss at .1 ... .9) as fev has them, and the share of values within the intervals
of 80 and 95 %.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import gatecast as gc
from gatecast._types import Floats
from gatecast.data import to_panel
from pretraining._descent import OUTPUT
from pretraining._forecast import quantiles
from pretraining._kept import read_weights

# Rows to forecast, rows per season, and the calendar.
TASKS: Mapping[str, tuple[int, int, str]] = MappingProxyType(
    {
        "m1_yearly": (6, 1, "YS"),
        "m1_quarterly": (8, 4, "QS"),
        "m1_monthly": (18, 12, "MS"),
        "m3_yearly": (6, 1, "YS"),
        "m3_quarterly": (8, 4, "QS"),
        "m3_monthly": (18, 12, "MS"),
        "tourism_yearly": (4, 1, "YS"),
        "tourism_quarterly": (8, 4, "QS"),
        "tourism_monthly": (24, 12, "MS"),
    }
)
_FEWEST_ROWS = 7
_PROBABILITIES = np.array(OUTPUT.probabilities)
_JUDGED = slice(1, -1)


class Window(NamedTuple):
    """What is known, as a frame, and what is to be forecast.

    Attributes:
        known: `unique_id`, `ds`, `y`.
        actual: [series, h].
        scale: [series] the in-sample mean error of the seasonal naive forecast.
    """

    known: pd.DataFrame
    actual: Floats
    scale: Floats


def main() -> None:
    """Forecast, score, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tasks", nargs="*", default=[*TASKS], metavar="TASK")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, nargs="*", default=[])
    parser.add_argument("--most", type=int, default=300, help="series of a task")
    parser.add_argument("--no-recipe", action="store_true")
    asked = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {}
    for task in asked.tasks:
        window = validation(asked.data / f"{task}.tsf", task, asked.most)
        print(f"{task}: {len(window.actual)} series")
        for name, forecast, seconds in _forecasts(task, window, asked):
            scores = scores_of(window, forecast)
            found.setdefault(name, []).append((scores["MASE"], scores["WQL"]))
            shown = ", ".join(f"{what} {value:.4f}" for what, value in scores.items())
            print(f"  {name}: {shown}, {seconds:.1f} s", flush=True)
    for name, every in found.items():
        mase, wql = np.exp(np.log(every).mean(0))
        print(f"geometric means, {name}: MASE {mase:.4f}, WQL {wql:.4f}")


def validation(path: Path, task: str, most: int) -> Window:
    """The validation window of some series of a task, evenly chosen; the test part is dropped."""
    h, season, freq = TASKS[task]
    every = [y[:-h] for y in _series(path)]
    every = [y for y in every if len(y) >= h + max(_FEWEST_ROWS, 2 * season)]
    every = every[:: -(-len(every) // most)]
    times = pd.date_range(end=pd.Timestamp("2150-01-01"), periods=400, freq=freq)
    known = [
        pd.DataFrame({"unique_id": f"{place:05}", "ds": times[-len(y) + h :], "y": y[:-h]})
        for place, y in enumerate(every)
    ]
    scale = [np.abs(y[season:-h] - y[: -season - h]).mean() for y in every]
    return Window(pd.concat(known), np.stack([y[-h:] for y in every]), np.array(scale))


def _series(path: Path) -> Iterator[Floats]:
    """The values of each line `name:start:v,v,v`."""
    for line in path.read_text(encoding="latin-1").splitlines():
        if line and line[0] not in "#@":
            yield np.array(line.rpartition(":")[2].split(","), float)


def _forecasts(
    task: str, window: Window, asked: argparse.Namespace
) -> Iterator[tuple[str, Floats, float]]:
    """Name, [series, h, probabilities] and seconds of each forecaster."""
    h, season, _ = TASKS[task]
    if not asked.no_recipe:
        began = time.perf_counter()
        model: Any = gc.LSTMForecaster(h=h, recipe="zero_shot", verbose=False).fit(window.known)
        frame = model.predict(quantiles=[*_PROBABILITIES])
        columns = [f"LSTM-q-{probability:g}" for probability in _PROBABILITIES]
        # The middle quantile of a calibrated point is the point.
        forecast = frame[columns].to_numpy().reshape(-1, h, len(_PROBABILITIES))
        yield "zero_shot", forecast, time.perf_counter() - began
    for path in asked.weights:
        weights, panel = read_weights(path), to_panel(window.known)
        for scaler in ("asinh", "power"):
            for damped in (False, True):
                began = time.perf_counter()
                forecast = quantiles(weights, panel, season, h, scaler, damped=damped)
                name = f"{path.stem} {scaler}{' damped' if damped else ''}"
                yield name, forecast, time.perf_counter() - began


def scores_of(window: Window, forecast: Floats) -> dict[str, float]:
    """Of forecasts [series, h, probabilities]."""
    actual = window.actual
    off = np.abs(actual - forecast[..., len(_PROBABILITIES) // 2]).mean(1)
    usable = window.scale > 0
    over = actual[..., None] - forecast[..., _JUDGED]
    share = _PROBABILITIES[_JUDGED]
    pinball = np.maximum(share * over, (share - 1) * over)
    wql = 2 * pinball.sum((0, 1)) / np.abs(actual).sum()
    inside = {
        f"{level}": ((actual >= forecast[..., low]) & (actual <= forecast[..., -1 - low])).mean()
        for level, low in ((80, 1), (95, 0))
    }
    return {"MASE": float((off / window.scale)[usable].mean()), "WQL": float(wql.mean())} | {
        f"within {level} %": float(value) for level, value in inside.items()
    }


if __name__ == "__main__":
    main()
