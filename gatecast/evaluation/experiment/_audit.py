"""What an experiment is asked for, and what it has found so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from gatecast._types import Floats, Panel, check_whole
from gatecast.data import season_length
from gatecast.evaluation._verdict import verdict
from gatecast.evaluation.experiment._found import Experiment
from gatecast.framing import filled, split_rows
from gatecast.metrics import mimicry, skill_score
from gatecast.training import Trained

BASELINES = ("persistence", "seasonal_naive", "auto_ets", "auto_arima", "auto_theta")
_PACKAGES = ("gatecast", "keras", "jax", "numpy", "pandas", "statsforecast")

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
        check_whole("seeds", self.seeds, 1)
        if self.h is not None:
            check_whole("h", self.h, 1)


class Audit:
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
        kept = self.one[["unique_id", "ds", "y"]].iloc[rows.reshape(-1)]
        self.multi = kept.reset_index(drop=True)
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

    def add_run(self, model: str, run: Trained) -> None:
        """Keep the learning curves of a run, and its seconds."""
        self.runs.append(run)
        losses = run.curves["loss"]
        members, epochs = losses.shape
        if not epochs:
            return
        self.curves.append(
            pd.DataFrame(
                {
                    "model": model,
                    "seed": np.repeat(np.arange(members), epochs),
                    "epoch": np.tile(np.arange(1, epochs + 1), members),
                    "loss": losses.reshape(-1),
                }
            )
        )

    def found(self, forecast: pd.DataFrame, seconds: float) -> Experiment:
        """The whole result, with skill and verdict."""
        panel, records = self.panel, self._with_skill()
        return Experiment(
            data={
                "series": len(panel.ids),
                "rows": panel.rows,
                "freq": panel.freq,
                "train": int(self.train.sum()),
                "test": int((panel.lengths - self.train).sum()),
            },
            one_step=records,
            multi_step=self.multi_records,
            one_step_forecasts=self.one,
            multi_step_forecasts=self.multi,
            curves=pd.concat(self.curves, ignore_index=True),
            forecast=forecast,
            verdict=verdict(records, self.multi_records),
            versions={package: version(package) for package in _PACKAGES},
            seconds={
                "compile": sum(run.compile_seconds for run in self.runs),
                "train": sum(run.train_seconds for run in self.runs),
                "total": seconds,
            },
        )

    def _with_skill(self) -> list[dict[str, Any]]:
        scores = {record["model"]: record["test_rmse"]["median"] for record in self.records}
        references = [name for name in ("persistence", "seasonal_naive") if name in scores]
        return [
            record
            | {
                f"skill_vs_{name}": skill_score(scores[record["model"]], scores[name])
                for name in references
            }
            for record in self.records
        ]


def _spread(scores: Floats) -> dict[str, float]:
    return {
        "median": float(np.median(scores)),
        "min": float(np.min(scores)),
        "max": float(np.max(scores)),
    }


def _rms(errors: Floats) -> float:
    known = errors[np.isfinite(errors)]
    return float(np.sqrt(np.mean(known**2))) if len(known) else float("nan")
