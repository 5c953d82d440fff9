"""Forecast errors on competition data: AutoLSTM beside statistical models and other networks.

python -m benchmarks.accuracy m3-monthly [tourism-yearly ...] [--models auto,Theta,LSTM]

`gatecast.AutoLSTM(h=..., quality=...)` is fitted on the training parts and forecasts the official
test parts once; nothing of them is used before. `--metric mape` asks it for small errors in
percent, by which the tourism competition was judged. The statistical models are statsforecast's, in
this process; neuralforecast's LSTM and NHITS and Darts's RNNModel run in an environment of their
own (`python -m benchmarks.peers neuralforecast`) and are left out where it does not exist.

Results, `<name>_<dataset>_<model>`: `smape` (0 to 200) and `mape` in percent, `mase`, `coverage_80`
and `coverage_95` in percent (of models that give intervals), `seconds` from frame to forecast. With
several data sets of one competition, `smape_m3_auto` and so on weigh all points alike.
`--validation` leaves the test parts alone: the last horizon of each training part is forecast from
what comes before; this is what settings are chosen on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import (
    AutoARIMA,
    AutoCES,
    AutoETS,
    AutoTheta,
    Naive,
    SeasonalNaive,
    Theta,
)

import gatecast
from benchmarks import _peers
from benchmarks._competitions import DATASETS, competition
from benchmarks._record import recording
from benchmarks._report import print_results
from benchmarks._tasks import newest_apart

LEVEL = (80, 95)
SEASONS = {"yearly": 1, "quarterly": 4, "monthly": 12, "other": 1}
QUALITIES = ("zero_shot", "fast", "auto", "best")
MODELS: Mapping[str, Any] = {
    kind.__name__: kind for kind in (SeasonalNaive, Theta, AutoETS, AutoTheta, AutoCES, AutoARIMA)
}
PEERS = ("LSTM", "NHITS", "RNNModel")
FEWEST_ROWS = 7
# On the test parts: ahead of Theta, in half a minute a set.
TARGETS = {"smape_m3_fast": "<13.01"} | {
    f"seconds_{dataset}_fast": "<=30" for dataset in DATASETS if dataset.startswith("m3")
}

Scores: TypeAlias = dict[str, float]


def main() -> None:
    """Fit, forecast, score."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[recording()],
    )
    parser.add_argument("datasets", nargs="*", default=["m3-other"], metavar="DATASET")
    parser.add_argument(
        "--models",
        help=f"with commas, from {', '.join((*QUALITIES, *MODELS, *PEERS))}; auto of ours",
    )
    parser.add_argument(
        "--metric", default="mae", help="what AutoLSTM makes small: mae (the default), mape"
    )
    parser.add_argument(
        "--no-intervals",
        action="store_true",
        help="AutoLSTM forecasts points alone, as LSTM, NHITS and RNNModel do, in half the time",
    )
    parser.add_argument("--validation", action="store_true", help="forecast inside training parts")
    parser.add_argument("--quick", action="store_true", help="auto, on a fifth of the series")
    asked = parser.parse_args()
    usual = ("auto",) if asked.quick else ("auto", *MODELS, *PEERS)
    models = asked.models.split(",") if asked.models else usual
    if unknown := set(asked.datasets) - set(DATASETS):
        parser.error(f"no data set {min(unknown)}: known are {', '.join(DATASETS)}")
    if unknown := set(models) - {*QUALITIES, *MODELS, *PEERS}:
        parser.error(f"no model {min(unknown)}")
    results: Scores = {}
    errors: dict[tuple[str, str], list[pd.DataFrame]] = {}
    for dataset in asked.datasets:
        train, test, h = parts_of(dataset, validation=asked.validation)
        if asked.quick:
            kept = train["unique_id"].unique()[::5]
            train, test = (rows[rows["unique_id"].isin(kept)] for rows in (train, test))
        season = SEASONS[dataset.partition("-")[2]]
        task = Task(train, h, season, asked.metric, intervals=not asked.no_intervals)
        for name in models:
            found = forecast(name, task)
            if found is None:
                continue
            frame, seconds = found
            rows = test.merge(frame, on=["unique_id", "ds"], validate="one_to_one")
            points = errors_of(rows, train, season)
            scores = scores_of(points) | {"seconds": seconds}
            results |= {f"{what}_{dataset}_{name}": value for what, value in scores.items()}
            errors.setdefault((dataset.partition("-")[0], name), []).append(points)
            shown = ", ".join(f"{what} {value:.2f}" for what, value in scores.items())
            print(f"{dataset} {name}: {shown}", flush=True)
    for (source, name), every in errors.items():
        if len(every) > 1:
            together = scores_of(pd.concat(every))
            results |= {f"{what}_{source}_{name}": value for what, value in together.items()}
    packages = ("keras", "jax", "statsforecast")
    targets = TARGETS if asked.metric == "mae" and not asked.validation else {}
    print_results(results, packages, record=asked.record, targets=targets)


def parts_of(dataset: str, *, validation: bool) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """What is known, what is to be forecast, and the horizon."""
    train, test, h = competition(dataset)
    if not validation:
        return train, test, h
    return *newest_apart(train, h, FEWEST_ROWS), h


class Task(NamedTuple):
    """What is known, and what is asked for."""

    train: pd.DataFrame
    h: int
    season: int
    metric: Any
    intervals: bool
    quantiles: tuple[float, ...] = ()


def forecast(name: str, task: Task) -> tuple[pd.DataFrame, float] | None:
    """A frame with "y_hat", intervals and quantiles ("y_hat-q-0.1"), and the seconds it took.

    None without the peer. Peers have "y_hat" alone; so has ours, and says it, where there are too
    few rows to calibrate.
    """
    train, h, season = task[:3]
    if name in PEERS:
        return _peers.frame("neuralforecast", "accuracy.py", [name, h, season], train)
    began = time.perf_counter()
    if name in QUALITIES:
        quality: Any = name
        ours = gatecast.AutoLSTM(
            h=h, quality=quality, metric=task.metric, intervals=task.intervals, verbose=False
        )
        ours.fit(train)
        try:
            level = LEVEL if task.intervals else ()
            frame = ours.predict(level=level, quantiles=task.quantiles)
        except gatecast.InputError as error:
            print(f"{name}: points alone, as {error}", flush=True)
            frame = ours.predict()
        frame.columns = frame.columns.str.replace("LSTM", "y_hat")
    else:
        frame = statistical(MODELS[name](season_length=season, alias="y_hat"), task)
    return frame, time.perf_counter() - began


def statistical(model: Any, task: Task) -> pd.DataFrame:
    """The forecasts of a model of statsforecast, whose alias is "y_hat"; it sees gaps filled."""
    # The quantile q is an end of the interval that covers 1 - 2q, or 2q - 1.
    ends = {q: round(100 * abs(1 - 2 * q)) for q in task.quantiles}
    train = task.train.assign(y=task.train.groupby("unique_id")["y"].ffill()).dropna(subset=["y"])
    engine = StatsForecast([model], freq=_freq(train), fallback_model=Naive(), n_jobs=-1)
    level = sorted({*LEVEL, *ends.values()} - {0})
    frame = engine.forecast(df=train, h=task.h, level=level)
    for q, end in ends.items():
        column = f"y_hat-{'lo' if q < 1 / 2 else 'hi'}-{end}" if end else "y_hat"
        frame[f"y_hat-q-{q:g}"] = frame[column]
    return frame


def _freq(train: pd.DataFrame) -> Any:
    if np.issubdtype(train["ds"].dtype, np.integer):
        return 1
    return pd.infer_freq(train["ds"][train["unique_id"] == train["unique_id"].iloc[0]])


def errors_of(rows: pd.DataFrame, train: pd.DataFrame, season: int) -> pd.DataFrame:
    """One row per point forecast ("y", "y_hat", intervals), and one column per error."""
    y, forecast = rows["y"].to_numpy(), rows["y_hat"].to_numpy()
    off = np.abs(forecast - y)
    by_series = train.groupby("unique_id")["y"]
    change = by_series.agg(lambda y: y.diff(season if len(y) > season else 1).abs().mean())
    change = rows["unique_id"].map(change).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {
            "smape": np.nan_to_num(200 * off / (np.abs(y) + np.abs(forecast))),
            "mape": np.where(y != 0, 100 * off / np.abs(y), np.nan),
            "mase": np.where(change > 0, off / change, np.nan),
        }
    for level in LEVEL:
        if f"y_hat-lo-{level}" in rows:
            inside = rows["y"].between(rows[f"y_hat-lo-{level}"], rows[f"y_hat-hi-{level}"])
            found[f"coverage_{level}"] = 100.0 * inside.to_numpy()
    return pd.DataFrame(found)


def scores_of(points: pd.DataFrame) -> Scores:
    """Means over all points; every series of a data set has as many."""
    return {str(name): float(value) for name, value in points.mean().items()}


if __name__ == "__main__":
    main()
