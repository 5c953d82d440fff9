"""Experiments written by hand: predictions are the truth, shifted or disturbed by seeded noise."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from gatecast._types import Panel
from gatecast.evaluation import Experiment, score_table
from gatecast.evaluation._measure import MEASURES, Measure, measure, scales

FRAMINGS = ["regression", "window", "time steps", "stateful", "stacked stateful"]
NOISE = {"LSTM": 0.35, "auto_ets": 0.55, "auto_arima": 0.3, "auto_theta": 0.4}
KINDS = dict.fromkeys(FRAMINGS, "framing") | {"LSTM": "lstm"}
MODELS = [
    *FRAMINGS,
    "LSTM",
    "persistence",
    "seasonal_naive",
    "auto_ets",
    "auto_arima",
    "auto_theta",
]


def _one_step(frame: pd.DataFrame, season: int, rng: np.random.Generator) -> pd.DataFrame:
    """Every model's one-step forecast of one series: what it should be, plus noise."""
    y = frame["y"]
    spread = y.diff().abs().mean() * (y / y.mean())
    columns = {"persistence": y.shift(1), "seasonal_naive": y.shift(season)}
    for place, name in enumerate(FRAMINGS):
        drag = 1 - (0.01 * place if place < 4 else 0.15) * (frame["split"] == "test")
        columns[name] = y.shift(1) * drag + spread * rng.normal(0, 0.2, len(y))
    for name, noise in NOISE.items():
        columns[name] = y.where(y.index >= 12) + spread * rng.normal(0, noise, len(y))
    return frame.assign(**{name: columns[name] for name in MODELS})


def _range(median: float, seeds: int) -> dict[str, float]:
    width = 0.12 if seeds > 1 else 0.0
    return {"median": median, "min": median * (1 - width), "max": median * (1 + 2 * width)}


def _scores(frame: pd.DataFrame, ranked_by: Measure) -> list[dict[str, object]]:
    error = {
        part: {each.name: each.of(rows, MODELS) for each in MEASURES}
        for part, rows in frame.groupby("split")
    }
    test = error["test"][ranked_by.name]
    return [
        {
            "model": name,
            "kind": KINDS.get(name, "baseline"),
            "seeds": (seeds := 10 if name in FRAMINGS else 1),
            "train_rmse": _range(float(error["train"]["rmse"][name]), seeds),
            **{f"test_{key}": _range(float(e[name]), seeds) for key, e in error["test"].items()},
            "skill_vs_persistence": float(1 - test[name] / test["persistence"]),
            "skill_vs_seasonal_naive": float(1 - test[name] / test["seasonal_naive"]),
            "mimics_persistence": name in FRAMINGS[:4],
            "seconds": 0.4 if name in FRAMINGS else 1.9,
        }
        for name in MODELS
    ]


def _multi_step(frame: pd.DataFrame, season: int, rng: np.random.Generator) -> pd.DataFrame:
    train, test = (frame[frame["split"] == part] for part in ("train", "test"))
    y, steps = test["y"].to_numpy(), np.arange(len(test))
    drift = rng.normal(0, train["y"].diff().std() / 3, (4, len(test))).cumsum(axis=1) / 4
    last_season = train["y"].to_numpy()[-season:]
    return test[["unique_id", "ds", "y"]].assign(
        cutoff=train["ds"].iloc[-1],
        LSTM=y * (1 - 0.15 * steps / len(test)) + drift[0],
        persistence=train["y"].iloc[-1],
        seasonal_naive=last_season[steps % season],
        auto_ets=0.85 * y + drift[1],
        auto_arima=0.98 * y + drift[2],
        auto_theta=0.95 * y + drift[3],
    )


def _future(frame: pd.DataFrame, season: int, h: int, freq: str | int) -> pd.DataFrame:
    last, y = frame["ds"].iloc[-1], frame["y"].to_numpy()
    ds = (
        np.arange(1, h + 1) * freq + last
        if isinstance(freq, int)
        else pd.date_range(last, periods=h + 1, freq=freq)[1:]
    )
    point = y[-season:][np.arange(h) % season] * 1.08
    width = 0.05 * point * np.sqrt(1 + np.arange(h) / 4)
    columns = {"unique_id": frame["unique_id"].iloc[0], "ds": ds, "LSTM": point}
    for level, reach in ((80, 1.28), (95, 1.96)):
        columns |= {f"LSTM-lo-{level}": point - reach * width}
        columns |= {f"LSTM-hi-{level}": point + reach * width}
    return pd.DataFrame(columns)


def _curves(rng: np.random.Generator) -> pd.DataFrame:
    epochs = np.arange(1, 101)
    return pd.concat(
        pd.DataFrame(
            {
                "model": name,
                "seed": seed,
                "epoch": epochs,
                "loss": (0.002 + 0.08 * np.exp(-epochs / rng.uniform(5, 25)))
                * np.exp(rng.normal(0, 0.08, len(epochs))),
            }
        )
        for name in [*FRAMINGS, "LSTM"]
        for seed in range(8 if name == "LSTM" else 10)
    ).reset_index(drop=True)


def _scale(frame: pd.DataFrame, season: int) -> pd.DataFrame:
    """The usual seasonal change of the training rows of each series."""
    lengths = frame.groupby("unique_id", sort=False).size()
    train = frame.groupby("unique_id", sort=False)["split"].agg(
        lambda part: (part == "train").sum()
    )
    panel = Panel(
        lengths.index.to_numpy(),
        frame["ds"].to_numpy(),
        frame["y"].to_numpy(),
        np.append(0, lengths.cumsum()),
        "D",
    )
    return scales(panel, train.to_numpy(), season)


def build(series: list[pd.DataFrame], *, season: int, h: int, freq: str | int) -> Experiment:
    """An experiment on `series`, each a frame of `unique_id`, `ds`, `y` in order of time."""
    rng = np.random.default_rng(7)
    parts = [
        rows.assign(split=np.where(np.arange(len(rows)) < int(len(rows) * 0.67), "train", "test"))
        for rows in series
    ]
    one_step = pd.concat([_one_step(rows, season, rng) for rows in parts], ignore_index=True)
    multi_step = pd.concat([_multi_step(rows, season, rng) for rows in parts], ignore_index=True)
    names = [name for name in multi_step if name in MODELS]
    scale = _scale(one_step, season)
    near, far = (each.merge(scale, on="unique_id") for each in (one_step, multi_step))
    test = near[near["split"] == "test"]
    ranked_by = measure("mae", near)
    errors = {each.name: each.of(far, names) for each in MEASURES}
    train = int((one_step["split"] == "train").sum())
    return Experiment(
        data={
            "series": len(series),
            "rows": len(one_step),
            "freq": freq,
            "train": train,
            "test": len(one_step) - train,
        },
        ranked_by=ranked_by.name,
        one_step=_scores(near, ranked_by),
        multi_step=[
            {
                "model": name,
                "kind": KINDS.get(name, "baseline"),
                "h": len(multi_step) // len(series),
                **{f"test_{key}": float(found[name]) for key, found in errors.items()},
            }
            for name in names
        ],
        by_series=score_table(test, MODELS, by="unique_id"),
        multi_step_by_series=score_table(far, names, by="unique_id"),
        significance=pd.DataFrame(),
        one_step_forecasts=one_step,
        multi_step_forecasts=multi_step,
        curves=_curves(rng),
        forecast=pd.concat([_future(rows, season, h, freq) for rows in parts], ignore_index=True),
        verdict=(
            "Four of the five framings are no better than repeating the last value. The tuned LSTM "
            "beats persistence by two thirds, yet AutoARIMA needs no tuning and is a little better."
        ),
        versions={"gatecast": "0.1.0", "keras": "3.15.1", "jax": "0.10.2"},
        seconds={"import": 2.41, "compile": 1.62, "train": 0.55, "total": 6.93},
    )


def airline() -> pd.DataFrame:
    """The airline passengers as `unique_id`, `ds`, `y`."""
    source = files("gatecast.data").joinpath("airline-passengers.csv")
    rows = pd.read_csv(str(source))
    return pd.DataFrame(
        {
            "unique_id": "airline",
            "ds": pd.to_datetime(rows["Month"]),
            "y": rows["Passengers"].astype(float),
        }
    )


def hourly(name: str, rows: int = 5_000) -> pd.DataFrame:
    """A load curve with a daily and a weekly cycle."""
    hours = np.arange(rows)
    noise = np.random.default_rng(len(name)).normal(0, 4, rows)
    y = 120 + 30 * np.sin(hours * np.pi / 12) + 12 * np.sin(hours * np.pi / 84) + noise
    return pd.DataFrame(
        {"unique_id": name, "ds": pd.date_range("2025-01-01", periods=rows, freq="h"), "y": y}
    )


@pytest.fixture(scope="session")
def experiment() -> Experiment:
    """The airline data."""
    return build([airline()], season=12, h=12, freq="MS")


@pytest.fixture(scope="session")
def two_sizes() -> Experiment:
    """The airline data, and the same a thousand times as large."""
    large = airline().assign(unique_id="large", y=lambda rows: 1000 * rows["y"])
    return build([airline(), large], season=12, h=12, freq="MS")


@pytest.fixture(scope="session")
def small_experiment(experiment: Experiment) -> Experiment:
    """Baselines and a forecast alone: two charts, quickly drawn."""
    return replace(
        experiment,
        one_step=[r for r in experiment.one_step if r["kind"] == "baseline"],
        multi_step=[],
        curves=experiment.curves.head(0),
    )


@pytest.fixture(scope="session")
def hourly_experiment() -> Experiment:
    """Three series of 5,000 hourly rows."""
    return build([hourly(name) for name in ("a", "bb", "ccc")], season=24, h=48, freq="h")


@pytest.fixture(scope="session")
def integer_experiment() -> Experiment:
    """The airline data counted 1, 2, 3, ... instead of dated."""
    rows = airline()
    return build([rows.assign(ds=np.arange(1, len(rows) + 1))], season=12, h=12, freq=1)
