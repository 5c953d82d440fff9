"""How the time of training grows along each axis, the others held fixed.

Each axis is a process of its own that fits one epoch of a global LSTM to random walks with a
season, smallest size first. Times are medians of five warm fits, or of as many as take 8 s.

- `exponent_*`: p in seconds ~ size**p, of training alone, fitted to the upper half of the sizes on
  logarithmic axes; below it, what does not depend on the size takes most of the time.
- `exponent_fit_*`: the same of the whole way from frame to fitted model.
- `peak_mib_*`: the most memory the process of an axis held, at its largest size.

What to expect:

- rows, series: 1. Steps are as many as there are batches of windows, each takes as long, and
  nothing is done per pair of series.
- look_back: 1. The recurrent loop takes that many steps one after another; windows are as many at
  every size.
- units: from 0 to 2. The products of a step grow with units squared, but what surrounds them with
  units or not at all: only where products take most of the time does the curve reach 2.
- members: at most 1. One program steps all of them; the smallest networks share its fixed cost.

`--image growth.png` draws the curves.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import altair as alt
import numpy as np
import pandas as pd

import gatecast
from benchmarks import _peers
from benchmarks._record import recording
from benchmarks._report import print_results
from gatecast.forecasting import LSTMForecaster, Part, train
from gatecast.forecasting.fitting import PartOptions
from gatecast.reporting.charts import Figure, png, theme

SEASON = 24
ROUNDS, PATIENCE = 5, 8.0  # runs of one size, or seconds after which there are no more


@dataclass(frozen=True)
class Work:
    """One fit. Series have equal lengths, and rows are those that windows end in."""

    rows: int
    series: int
    look_back: int
    units: int
    batch_size: int
    members: int = 1


@dataclass(frozen=True)
class Axis:
    """What is held fixed, and the sizes of what is not (zero in `fixed`); quick ones are fewer."""

    fixed: Work
    sizes: tuple[int, ...]
    quick: tuple[int, ...]


AXES: Mapping[str, Axis] = MappingProxyType(
    {
        "rows": Axis(
            Work(rows=0, series=10, look_back=10, units=8, batch_size=1024),
            (1_000, 10_000, 100_000, 1_000_000, 10_000_000),
            (1_000, 10_000, 100_000, 1_000_000),
        ),
        # 50 rows each.
        "series": Axis(
            Work(rows=0, series=0, look_back=10, units=8, batch_size=1024),
            (1, 10, 100, 1_000, 10_000, 100_000),
            (1, 100, 1_000, 10_000),
        ),
        "look_back": Axis(
            Work(rows=2_048, series=1, look_back=0, units=32, batch_size=128),
            (10, 30, 100, 300, 1_000),
            (10, 30, 100, 300),
        ),
        "units": Axis(
            Work(rows=2_048, series=1, look_back=24, units=0, batch_size=128),
            (8, 16, 32, 64, 128, 256, 512),
            (8, 32, 128, 256),
        ),
        "members": Axis(
            Work(rows=2_048, series=1, look_back=12, units=8, batch_size=32),
            (1, 4, 16, 64, 256),
            (1, 4, 16, 64),
        ),
    }
)
ROWS_PER_SERIES = 50


def main() -> None:
    """Measure all axes; `--axis` is the process of one."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="fewer sizes, one fit each")
    parser.add_argument("--image", help="a PNG file to draw the curves to")
    parser.add_argument("--axis", choices=AXES, help="measure this one here, and print it as JSON")
    arguments = parser.parse_args()
    if arguments.axis:
        print(json.dumps(_measure(arguments.axis, quick=arguments.quick)))
        return
    results, curves = {}, []
    for axis in AXES:
        command = [sys.executable, "-m", "benchmarks.growth", "--axis", axis]
        measured = _peers.measured([*command, *(["--quick"] if arguments.quick else [])])
        curve = pd.DataFrame(measured)
        print(f"{axis}:\n{curve.to_string(index=False, float_format='{:.3g}'.format)}")
        results[f"exponent_{axis}"] = _exponent(curve["size"], curve["training"])
        results[f"exponent_fit_{axis}"] = _exponent(curve["size"], curve["frame to fitted"])
        results[f"peak_mib_{axis}"] = curve["peak_mib"].max()
        curves.append(curve.assign(axis=f"{axis}, exponent {results[f'exponent_{axis}']:.2f}"))
    if arguments.image:
        _draw(pd.concat(curves), arguments.image)
    print_results(results, record=arguments.record)


def _work(axis: str, size: int) -> Work:
    fixed = AXES[axis].fixed
    if axis == "series":
        return replace(fixed, series=size, rows=size * ROWS_PER_SERIES)
    return replace(fixed, **{axis: size})


def _measure(axis: str, *, quick: bool) -> dict[str, list[float]]:
    """Columns: size, seconds of training and from frame to fitted, peak memory so far."""
    sizes = AXES[axis].quick if quick else AXES[axis].sizes
    curve: dict[str, list[float]] = {"size": [*map(float, sizes)]}
    for size in sizes:
        work = _work(axis, size)
        df = _frame(work)
        _seconds(work, df)  # compiles
        runs = [_seconds(work, df)]
        while not quick and len(runs) < ROUNDS and sum(whole for _, whole in runs) < PATIENCE:
            runs.append(_seconds(work, df))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        row = {
            "training": np.median([training for training, _ in runs]),
            "frame to fitted": np.median([whole for _, whole in runs]),
            # Kibibytes on Linux, bytes on macOS.
            "peak_mib": peak / (2**20 if sys.platform == "darwin" else 2**10),
        }
        for name, value in row.items():
            curve.setdefault(name, []).append(float(value))
    return curve


def _frame(work: Work) -> pd.DataFrame:
    """Random walks with a season; every row but the first `look_back` is a target."""
    each = work.rows // work.series + work.look_back
    steps = np.random.default_rng(0).standard_normal((work.series, each))
    season = 5 * np.sin(2 * np.pi * np.arange(each) / SEASON)
    names = [f"series {number}" for number in range(work.series)]
    ids = pd.Categorical.from_codes(np.repeat(np.arange(work.series), each), names)
    times = np.tile(pd.date_range("2000-01-01", periods=each, freq="h"), work.series)
    y = (steps.cumsum(axis=1) + season).reshape(-1)
    return pd.DataFrame({"unique_id": ids, "ds": times, "y": y})


def _seconds(work: Work, df: pd.DataFrame) -> tuple[float, float]:
    """Seconds of training alone, and of the whole way from frame to fitted model."""
    settings = LSTMForecaster(
        look_back=work.look_back,
        units=work.units,
        members=work.members,
        training=gatecast.Training(epochs=1, batch_size=work.batch_size),
    ).settings
    began = time.perf_counter()
    panel = gatecast.data.to_panel(df)
    _, run = train(Part(settings), panel, [panel.lengths], PartOptions(SEASON, verbose=False))
    if run is None:
        raise RuntimeError("nothing was trained")
    return run.train_seconds, time.perf_counter() - began


def _exponent(sizes: pd.Series, seconds: pd.Series) -> float:
    """Slope of log(seconds) over log(size), by least squares, in the upper half of the sizes."""
    upper = len(sizes) // 2
    return float(np.polyfit(np.log(sizes[upper:]), np.log(seconds[upper:]), 1)[0])


def _draw(curves: pd.DataFrame, path: str) -> None:
    """One panel per axis, logarithmic both ways, so that the slope is the exponent."""
    both = ["training", "frame to fitted"]
    rows = curves.melt(["axis", "size"], both, var_name="what", value_name="seconds")
    colours = alt.Scale(domain=both, range=[theme.VERMILION, theme.GREY])
    powers = [10.0**power for power in range(-4, 8)]
    lines = (
        alt.Chart(rows)
        .mark_line(point=True)
        .encode(
            alt.X("size:Q", title=None, scale=alt.Scale(type="log", nice=False)).axis(
                format="~s", values=powers
            ),
            alt.Y("seconds:Q", title="seconds per epoch", scale=alt.Scale(type="log")).axis(
                format="~g", values=powers
            ),
            alt.Color("what:N", scale=colours),
        )
        .properties(width=theme.WIDTH / 3 - 30, height=160)
    )
    chart = lines.facet(
        alt.Facet("axis:N", title=None, sort=[*curves["axis"].unique()]), columns=3
    ).resolve_scale(x="independent", y="independent")
    caption = "Time by size on logarithmic axes."
    figure = Figure("growth", caption, chart.properties(title="Training time along each axis"))
    Path(path).write_bytes(png(figure.svg()))


if __name__ == "__main__":
    main()
