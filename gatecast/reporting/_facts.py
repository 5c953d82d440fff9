"""What an experiment says about itself: its leading model, the ranking, the forecast's levels."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from gatecast.evaluation import Experiment

KEYS = {"unique_id", "ds", "y", "split", "cutoff"}
_BOUND = re.compile(r"(?P<model>.+)-lo-(?P<level>\d+(?:\.\d+)?)")


def ranked(experiment: Experiment) -> list[dict[str, Any]]:
    """The one-step records that have a test RMSE, best first."""
    scored = [r for r in experiment.one_step if math.isfinite(_median(r))]
    return sorted(scored, key=_median)


def _median(record: dict[str, Any]) -> float:
    value = record["test_rmse"]["median"]
    return math.inf if value is None else float(value)


def of_kind(experiment: Experiment, kind: str) -> list[dict[str, Any]]:
    """The one-step records of one kind ("framing", "lstm", "baseline"), in their order."""
    return [record for record in experiment.one_step if record["kind"] == kind]


def leading(experiment: Experiment) -> dict[str, Any] | None:
    """The record the report follows: the LSTM, else the best framing, else nothing."""
    for kind in ("lstm", "framing"):
        for record in ranked(experiment):
            if record["kind"] == kind:
                return record
    return None


def best_baseline(experiment: Experiment) -> dict[str, Any] | None:
    """The baseline with the smallest one-step test RMSE."""
    return next((r for r in ranked(experiment) if r["kind"] == "baseline"), None)


def record_of(experiment: Experiment, model: str) -> dict[str, Any] | None:
    """The one-step record of one model."""
    return next((r for r in ranked(experiment) if r["model"] == model), None)


def ranked_multi_step(experiment: Experiment) -> list[dict[str, Any]]:
    """The multi-step records that have a test RMSE, best first."""
    scored = [
        record
        for record in experiment.multi_step
        if record["test_rmse"] is not None and math.isfinite(record["test_rmse"])
    ]
    return sorted(scored, key=lambda record: float(record["test_rmse"]))


def models(frame: pd.DataFrame) -> list[str]:
    """The columns that hold point forecasts."""
    return [
        str(name)
        for name in frame
        if name not in KEYS and not re.search(r"-(lo|hi)-\d+(\.\d+)?$", str(name))
    ]


def levels(forecast: pd.DataFrame, model: str) -> list[str]:
    """The interval levels of a model, narrow first, as they stand in the columns: "80", "95"."""
    found = [match for name in forecast if (match := _BOUND.fullmatch(str(name)))]
    return sorted((m["level"] for m in found if m["model"] == model), key=float)
