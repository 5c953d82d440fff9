"""The audited experiment: framings, a tuned LSTM and baselines on the same rows, judged alike."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from gatecast._types import Experiment, Floats, InputError, InputWarning, Panel
from gatecast.data import season_length
from gatecast.evaluation import mimicry, multi_step, one_step, skill_score, verdict
from gatecast.forecasting import framings
from gatecast.forecasting._combination import fit_combination
from gatecast.forecasting._fitting import fit_ensemble
from gatecast.forecasting._forecaster import LSTMForecaster
from gatecast.forecasting._model import Model, fit_model
from gatecast.forecasting._settings import Settings
from gatecast.forecasting._tuned import candidates, choose
from gatecast.framing import filled, split_rows
from gatecast.training import Trained

BASELINES = ("persistence", "seasonal_naive", "auto_ets", "auto_arima", "auto_theta")
_PACKAGES = ("gatecast", "keras", "jax", "numpy", "pandas", "statsforecast")

# Batch size 1 is the tutorial's; beyond so many samples batches grow instead of the time taken.
_TUTORIAL_SAMPLES = 2000
# The multi-step comparison looks at most so many seasons (or rows without a season) ahead.
_MOST_SEASONS = 4
_MOST_ROWS = 48


def _silent(_: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Plan:
    """How an experiment is run.

    Attributes:
        h: rows to forecast beyond the last one; one season if None.
        seeds: trainings of each framing.
        train_share: leading share of each series to train on.
        level: coverage of the intervals of the future forecast, in percent.
        baselines: names from `gatecast.evaluation.BASELINES`.
        tell: called with a few words at the start of each part.

    Raises:
        InputError: naming the setting and its value.
    """

    h: int | None = None
    seeds: int = 10
    train_share: float = 0.67
    level: Sequence[float] = (80, 95)
    baselines: Sequence[str] = BASELINES
    tell: Callable[[str], None] = _silent

    def __post_init__(self) -> None:
        for name, value in (("h", self.h), ("seeds", self.seeds)):
            if value is not None and value < 1:
                raise InputError(f"{name} must be at least 1, got {value}")


class _Audit:
    """What has been found so far, filled in part by part."""

    def __init__(self, panel: Panel, plan: Plan) -> None:
        self.panel = panel
        self.plan = plan
        self.season = season_length(panel.freq)
        self.train = split_rows(panel, plan.train_share)
        test = int((panel.lengths - self.train).min())
        longest = _MOST_SEASONS * self.season if self.season > 1 else _MOST_ROWS
        self.steps = min(test, longest)
        self.h = plan.h or max(self.season, min(12, test))
        self.values = filled(panel)
        self.is_train = panel.position < self.train[panel.series_of_row]
        self.records: list[dict[str, Any]] = []
        self.multi_records: list[dict[str, Any]] = []
        self.one = pd.DataFrame(
            {
                "unique_id": panel.ids[panel.series_of_row],
                "ds": panel.ds,
                "y": panel.y,
                "split": np.where(self.is_train, "train", "test"),
            }
        )
        rows = (panel.offsets[:-1] + self.train)[:, None] + np.arange(self.steps)
        self.multi = self.one.iloc[rows.reshape(-1)][["unique_id", "ds", "y"]].reset_index(
            drop=True
        )
        cutoffs = panel.ds[panel.offsets[:-1] + self.train - 1]
        self.multi.insert(2, "cutoff", np.repeat(cutoffs, self.steps))
        self.typical = 0
        self.curves: list[pd.DataFrame] = []
        self.runs: list[Trained] = []

    def add(self, model: str, kind: str, forecasts: Floats, seconds: float) -> None:
        """Judge one-step forecasts [seeds, rows]; keep the seed of median training error."""
        errors = forecasts - self.panel.y
        train = np.array([_rms(row[self.is_train]) for row in errors])
        test = np.array([_rms(row[~self.is_train]) for row in errors])
        self.typical = int(np.argsort(train)[(len(train) - 1) // 2])
        typical = forecasts[self.typical]
        previous = np.where(self.panel.position > 0, np.roll(self.values, 1), np.nan)
        rows = ~self.is_train
        known = np.isfinite(typical[rows]).any()
        judged = known and mimicry(
            self.panel.y[rows], previous[rows], typical[rows], self.panel.ds[rows]
        )
        self.one[model] = typical
        self.records.append(
            {
                "model": model,
                "kind": kind,
                "seeds": len(forecasts),
                "train_rmse": _spread(train),
                "test_rmse": _spread(test),
                "mimics_persistence": bool(judged and judged.mimics),
                "seconds": seconds,
            }
        )

    def add_multi(self, model: str, kind: str, forecasts: Floats) -> None:
        """Judge forecasts [seeds, series, steps] of the model added last."""
        flat = forecasts.reshape(len(forecasts), -1)
        scores = np.array([_rms(row - self.multi["y"].to_numpy()) for row in flat])
        self.multi[model] = flat[self.typical]
        self.multi_records.append(
            {"model": model, "kind": kind, "h": self.steps, "test_rmse": float(np.median(scores))}
        )


def experiment(panel: Panel, plan: Plan = Plan()) -> tuple[Experiment, Model]:
    """Run the whole audited experiment on a panel.

    Every model sees the same training rows: the leading share of each series. Scalers, settings
    and statistical parameters are learnt from them alone; then each row is forecast one step ahead
    from the rows before it, and the test rows from the end of the training rows. The future
    forecast comes from the tuned LSTM, trained on all rows.

    Args:
        panel: the series.
        plan: how it is run.

    Returns:
        What was found, and the model of the future forecast.

    Raises:
        InputError: if a series is too short.
    """
    began = time.perf_counter()
    audit = _Audit(panel, plan)
    # First of all, since it refuses series that are too short.
    options = candidates(panel, audit.train, audit.season, plan.seeds)
    for name, keywords in framings.ALL.items():
        plan.tell(f"training {plan.seeds} x {name}")
        _run_framing(audit, name, keywords)
    plan.tell("choosing and training the LSTM")
    future = _run_tuned(audit, options)
    plan.tell("fitting the baselines")
    _run_baselines(audit)
    plan.tell("forecasting the future")
    model, forecast = _run_future(audit, future)
    _add_skill(audit.records)
    found = Experiment(
        data={
            "series": len(panel.ids),
            "rows": panel.rows,
            "freq": panel.freq,
            "train": int(audit.train.sum()),
            "test": int((panel.lengths - audit.train).sum()),
        },
        one_step=audit.records,
        multi_step=audit.multi_records,
        one_step_forecasts=audit.one,
        multi_step_forecasts=audit.multi,
        curves=pd.concat(audit.curves, ignore_index=True),
        forecast=forecast,
        verdict=verdict(audit.records, audit.multi_records),
        versions={package: version(package) for package in _PACKAGES},
        seconds={
            "compile": sum(run.compile_seconds for run in audit.runs),
            "train": sum(run.train_seconds for run in audit.runs),
            "total": time.perf_counter() - began,
        },
    )
    return found, model


def _run_framing(audit: _Audit, name: str, keywords: Any) -> None:
    settings = LSTMForecaster(**keywords, members=audit.plan.seeds).settings
    batch_size = max(1, -(-int(audit.train.sum()) // _TUTORIAL_SAMPLES))
    training = replace(settings.training, batch_size=batch_size)
    began = time.perf_counter()
    ensemble, run = fit_ensemble(
        replace(settings, training=training),
        audit.panel,
        audit.train,
        season_length=audit.season,
        verbose=False,
    )
    one, many = (
        ensemble.one_step(audit.panel),
        ensemble.ahead(audit.panel, audit.steps, audit.train),
    )
    audit.add(name, "framing", one, time.perf_counter() - began)
    audit.add_multi(name, "framing", many)
    _add_curves(audit, name, run)


def _run_tuned(audit: _Audit, options: Mapping[str, Settings]) -> tuple[Settings, ...]:
    """Judge the chosen LSTM; return the settings chosen for the future forecast."""
    panel, train, season = audit.panel, audit.train, audit.season
    began = time.perf_counter()
    choice = choose(options, panel, train, season, audit.h)
    audit.runs += choice.runs
    fit = partial(fit_combination, panel=panel, train=train, season_length=season, room=train)
    one, runs = fit(choice.one_step, verbose=False)
    many, _ = fit(choice.multi_step, verbose=False)
    audit.add("LSTM", "lstm", one.one_step(panel)[None], time.perf_counter() - began)
    audit.records[-1]["seeds"] = audit.plan.seeds
    audit.add_multi("LSTM", "lstm", many.ahead(panel, audit.steps, train)[None])
    _add_curves(audit, "LSTM", runs[0])
    return choice.future


def _run_baselines(audit: _Audit) -> None:
    panel, train, names, season = audit.panel, audit.train, audit.plan.baselines, audit.season
    rolling = one_step(panel, train, names, season)
    ahead = multi_step(panel, train, audit.steps, names, season)
    for name in names:
        seconds = rolling.seconds[name] + ahead.seconds[name]
        audit.add(name, "baseline", rolling.forecasts[name].to_numpy()[None], seconds)
        audit.add_multi(name, "baseline", ahead.forecasts[name].to_numpy()[None])


def _run_future(audit: _Audit, settings: tuple[Settings, ...]) -> tuple[Model, pd.DataFrame]:
    """Train on all rows and forecast beyond the last one, with intervals if they can be had."""
    model, runs = fit_model(settings, audit.panel, audit.h, verbose=False)
    audit.runs += runs
    if audit.plan.level and not model.calibration:
        warnings.warn(
            "the series are too short to hold back windows: the forecast has no intervals",
            InputWarning,
            stacklevel=3,
        )
    return model, model.forecast(audit.h, audit.plan.level if model.calibration else ())


def _add_curves(audit: _Audit, name: str, run: Trained) -> None:
    audit.runs.append(run)
    losses = run.curves["loss"]
    members, epochs = losses.shape
    audit.curves.append(
        pd.DataFrame(
            {
                "model": name,
                "seed": np.repeat(np.arange(members), epochs),
                "epoch": np.tile(np.arange(1, epochs + 1), members),
                "loss": losses.reshape(-1),
            }
        )
    )


def _add_skill(records: list[dict[str, Any]]) -> None:
    scores = {record["model"]: record["test_rmse"]["median"] for record in records}
    for record in records:
        for reference in ("persistence", "seasonal_naive"):
            if reference in scores:
                record[f"skill_vs_{reference}"] = skill_score(
                    scores[record["model"]], scores[reference]
                )


def _spread(scores: Floats) -> dict[str, float]:
    return {
        "median": float(np.median(scores)),
        "min": float(np.min(scores)),
        "max": float(np.max(scores)),
    }


def _rms(errors: Floats) -> float:
    known = errors[np.isfinite(errors)]
    return float(np.sqrt(np.mean(known**2))) if len(known) else float("nan")
