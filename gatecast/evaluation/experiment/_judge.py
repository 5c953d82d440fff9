"""The models of an experiment, judged alike."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from gatecast._types import Floats
from gatecast.data import filled
from gatecast.evaluation._verdict import verdict
from gatecast.evaluation.experiment._candidates import Candidate
from gatecast.evaluation.experiment._found import Experiment
from gatecast.evaluation.experiment._split import Split
from gatecast.metrics import mimicry, skill_score

_PACKAGES = ("gatecast", "keras", "jax", "numpy", "pandas", "statsforecast")
_CURVES = {"model": "object", "seed": "int64", "epoch": "int64", "loss": "float64"}
_REFERENCES = ("persistence", "seasonal_naive")


def judged(models: Sequence[Candidate], split: Split, forecast: pd.DataFrame) -> Experiment:
    """The scores of all models, their forecasts side by side, and the verdict.

    Of a model with several seeds the forecasts of the one of median training error are shown.

    Args:
        models: what they forecast.
        split: the rows.
        forecast: beyond the last row.
    """
    one_step = _with_skill([_one_step(model, split) for model in models])
    multi_step = [_multi_step(model, split) for model in models]
    typical = {model.model: _typical(model, split) for model in models}
    panel = split.panel
    return Experiment(
        data={
            "series": len(panel.ids),
            "rows": panel.rows,
            "freq": panel.freq,
            "train": int(split.train.sum()),
            "test": int((panel.lengths - split.train).sum()),
        },
        one_step=one_step,
        multi_step=multi_step,
        one_step_forecasts=_rows(split).assign(
            **{model.model: model.one_step[typical[model.model]] for model in models}
        ),
        multi_step_forecasts=_rows_ahead(split).assign(
            **{model.model: model.ahead[typical[model.model]].reshape(-1) for model in models}
        ),
        curves=_curves(models),
        forecast=forecast,
        verdict=verdict(one_step, multi_step),
        versions={package: version(package) for package in _PACKAGES},
    )


def _one_step(model: Candidate, split: Split) -> dict[str, Any]:
    """The record of one-step forecasts, without skill."""
    panel, rows = split.panel, ~split.is_train
    errors = model.one_step - panel.y
    typical = model.one_step[_typical(model, split)]
    previous = np.where(panel.position > 0, np.roll(filled(panel), 1), np.nan)
    judged = np.isfinite(typical[rows]).any() and mimicry(
        panel.y[rows], previous[rows], typical[rows], panel.ds[rows]
    )
    return {
        "model": model.model,
        "kind": model.kind,
        "seeds": model.seeds,
        "train_rmse": _spread(np.array([_rms(each[split.is_train]) for each in errors])),
        "test_rmse": _spread(np.array([_rms(each[rows]) for each in errors])),
        "mimics_persistence": bool(judged and judged.mimics),
        "seconds": model.seconds,
    }


def _multi_step(model: Candidate, split: Split) -> dict[str, Any]:
    errors = model.ahead - split.panel.y[split.ahead]
    score = float(np.median([_rms(each) for each in errors]))
    return {"model": model.model, "kind": model.kind, "h": split.steps, "test_rmse": score}


def _typical(model: Candidate, split: Split) -> int:
    """The seed of median training error."""
    errors = (model.one_step - split.panel.y)[:, split.is_train]
    train = np.array([_rms(each) for each in errors])
    return int(np.argsort(train)[(len(train) - 1) // 2])


def _with_skill(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    scores = {record["model"]: record["test_rmse"]["median"] for record in records}
    return [
        record
        | {
            f"skill_vs_{name}": skill_score(scores[record["model"]], scores[name])
            for name in _REFERENCES
            if name in scores
        }
        for record in records
    ]


def _rows(split: Split) -> pd.DataFrame:
    """`unique_id`, `ds`, `y` and `split` of every row."""
    panel = split.panel
    return pd.DataFrame(
        {
            "unique_id": panel.ids[panel.series_of_row],
            "ds": panel.ds,
            "y": panel.y,
            "split": np.where(split.is_train, "train", "test"),
        }
    )


def _rows_ahead(split: Split) -> pd.DataFrame:
    """`unique_id`, `ds`, `cutoff` and `y` of the rows of the multi-step comparison."""
    panel, rows = split.panel, split.ahead.reshape(-1)
    cutoffs = panel.ds[panel.offsets[:-1] + split.train - 1]
    return pd.DataFrame(
        {
            "unique_id": panel.ids[panel.series_of_row[rows]],
            "ds": panel.ds[rows],
            "cutoff": np.repeat(cutoffs, split.steps),
            "y": panel.y[rows],
        }
    )


def _curves(models: Sequence[Candidate]) -> pd.DataFrame:
    """`model`, `seed`, `epoch` and `loss` of every run."""
    parts = []
    for model, run in ((each, run) for each in models for run in each.runs):
        losses = run.curves["loss"]
        seeds, epochs = losses.shape
        columns = {
            "model": model.model,
            "seed": np.repeat(np.arange(seeds), epochs),
            "epoch": np.tile(np.arange(1, epochs + 1), seeds),
            "loss": losses.reshape(-1),
        }
        parts.append(pd.DataFrame(columns))
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*_CURVES])
    return found.astype(_CURVES)


def _spread(scores: Floats) -> dict[str, float]:
    return {
        "median": float(np.median(scores)),
        "min": float(np.min(scores)),
        "max": float(np.max(scores)),
    }


def _rms(errors: Floats) -> float:
    known = errors[np.isfinite(errors)]
    return float(np.sqrt(np.mean(known**2))) if len(known) else float("nan")
