"""The models of an experiment, judged alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from gatecast._types import Floats
from gatecast._wording import count
from gatecast.data import filled
from gatecast.evaluation._measure import MEASURES, Measure, Metric, measure, scales
from gatecast.evaluation._scores import REFERENCES, score_table, significance
from gatecast.evaluation._sums import pairs
from gatecast.evaluation._verdict import Contest
from gatecast.evaluation.experiment._candidates import Candidate
from gatecast.evaluation.experiment._experiment_verdict import experiment_verdict
from gatecast.evaluation.experiment._found import Experiment
from gatecast.evaluation.experiment._split import Split
from gatecast.metrics import SIGNIFICANCE, Mimicry, holm, mimicry, skill_score

_PACKAGES = ("gatecast", "keras", "jax", "numpy", "pandas", "statsforecast")
_CURVES = {"model": "object", "seed": "int64", "epoch": "int64", "loss": "float64"}
# A name that no model will have.
_LAST = "the last value before"


def judged(
    models: Sequence[Candidate], split: Split, forecast: pd.DataFrame, metric: Metric
) -> Experiment:
    """The scores of all models, their forecasts side by side, and the verdict.

    Of a model with several seeds the forecasts of the one of median training error are shown, and
    tested.

    Args:
        models: what they forecast.
        split: the rows.
        forecast: beyond the last row.
        metric: which error ranks the models.
    """
    names, panel = [model.model for model in models], split.panel
    typical = [_typical(model, split) for model in models]
    near = _rows(split).assign(
        **{each.model: each.one_step[seed] for each, seed in zip(models, typical, strict=True)}
    )
    far = _rows_ahead(split).assign(
        **{m.model: m.ahead[seed].reshape(-1) for m, seed in zip(models, typical, strict=True)}
    )
    scale = scales(panel, split.train, split.season)
    test, ahead = (
        frame.merge(scale, on="unique_id", how="left")
        for frame in (near[near["split"] == "test"].drop(columns="split"), far)
    )
    ranked_by = measure(metric, test)
    copies = _copies(test, names, split, ranked_by)
    one_step = _with_skill(
        [
            _one_step(model, split, test) | {"mimics_persistence": copies[model.model]}
            for model in models
        ],
        ranked_by,
    )
    multi_step = _with_skill([_multi_step(model, split, ahead) for model in models], ranked_by)
    steps = count(split.steps, "step")
    one = _contest("One step ahead", one_step, test, ranked_by, cutoffs=test["ds"].nunique())
    many = _contest(f"Over {steps} from the end of the training rows", multi_step, ahead, ranked_by)
    return Experiment(
        data=_data(split),
        ranked_by=ranked_by.name,
        one_step=one_step,
        multi_step=multi_step,
        by_series=score_table(test, names, by="unique_id").drop(columns="crps"),
        multi_step_by_series=score_table(ahead, names, by="unique_id").drop(columns="crps"),
        significance=one.tests,
        one_step_forecasts=near,
        multi_step_forecasts=far,
        curves=_curves(models),
        forecast=forecast,
        verdict=experiment_verdict(one, many, one_step),
        versions={package: version(package) for package in _PACKAGES},
    )


def _data(split: Split) -> dict[str, Any]:
    """What was trained on and tested."""
    panel, train = split.panel, int(split.train.sum())
    return {
        "series": len(panel.ids),
        "rows": panel.rows,
        "freq": panel.freq,
        "train": train,
        "test": panel.rows - train,
    }


def _one_step(model: Candidate, split: Split, test: pd.DataFrame) -> dict[str, Any]:
    """The record of one-step forecasts, without skill."""
    train = np.array([_rms(each[split.is_train]) for each in model.one_step - split.panel.y])
    return {
        "model": model.model,
        "kind": model.kind,
        "seeds": model.seeds,
        "train_rmse": _spread(train),
        **_errors(model.one_step[:, ~split.is_train], test),
        "seconds": model.seconds,
    }


def _multi_step(model: Candidate, split: Split, ahead: pd.DataFrame) -> dict[str, Any]:
    errors = _errors(model.ahead.reshape(len(model.ahead), -1), ahead)
    medians = {key: spread["median"] for key, spread in errors.items()}
    return {"model": model.model, "kind": model.kind, "h": split.steps, **medians}


def _errors(forecasts: Floats, rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    """`test_rmse`, `test_mae`, ... over the seeds, of [seeds, rows] forecasts."""
    seeds = [f"seed {number}" for number in range(len(forecasts))]
    frame = rows.join(pd.DataFrame(forecasts.T, columns=seeds))
    return {f"test_{each.name}": _spread(each.of(frame, seeds).to_numpy()) for each in MEASURES}


def _typical(model: Candidate, split: Split) -> int:
    """The seed of median training error."""
    errors = (model.one_step - split.panel.y)[:, split.is_train]
    train = np.array([_rms(each) for each in errors])
    return int(np.argsort(train)[(len(train) - 1) // 2])


def _copies(
    test: pd.DataFrame, names: Sequence[str], split: Split, ranked_by: Measure
) -> dict[str, bool]:
    """Which models are no better than repeating the last value, all tests paid for."""
    panel = split.panel
    last = np.where(panel.position > 0, np.roll(filled(panel), 1), np.nan)[~split.is_train]
    rows = test.assign(**{_LAST: last})
    naive = -ranked_by.errors(rows, [_LAST])[_LAST].to_numpy()
    found: dict[str, Mimicry] = {}
    for name in names:
        error = ranked_by.errors(rows, [name])[name].to_numpy()
        if np.isfinite(error + naive).any():
            # With the last value as origin: the target, 0, and the forecast.
            found[name] = mimicry(
                naive,
                np.zeros(len(rows)),
                naive + error,
                rows["ds"].to_numpy(),
                power=ranked_by.power,
            )
    paid = holm(np.array([each.p_value for each in found.values()]))
    copies = {
        name: bool(p >= SIGNIFICANCE or found[name].trivial)
        for name, p in zip(found, paid, strict=True)
    }
    return dict.fromkeys(names, False) | copies


def _with_skill(records: Sequence[dict[str, Any]], ranked_by: Measure) -> list[dict[str, Any]]:
    """The records with the skill of each model, NaN against a baseline that was not run."""
    scores = {record["model"]: _ranking(record, ranked_by) for record in records}
    return [
        record
        | {
            f"skill_vs_{name}": skill_score(scores[record["model"]], scores.get(name, math.nan))
            for name in REFERENCES
        }
        for record in records
    ]


def _ranking(record: Mapping[str, Any], ranked_by: Measure) -> float:
    """The error that ranks a model; the median over seeds."""
    found = record[f"test_{ranked_by.name}"]
    return float(found["median"] if isinstance(found, Mapping) else found)


def _contest(
    where: str,
    records: Sequence[Mapping[str, Any]],
    rows: pd.DataFrame,
    ranked_by: Measure,
    *,
    cutoffs: int = 1,
) -> Contest:
    """The models of a comparison, for the verdict."""
    scores = pd.DataFrame(records).assign(
        **{ranked_by.name: [_ranking(record, ranked_by) for record in records]}
    )
    errors = scores.set_index("model")[ranked_by.name].dropna()
    best = str(errors.idxmin()) if len(errors) else None
    h = 1 if cutoffs > 1 else int(rows.groupby("unique_id").size().max())
    names = [*map(str, scores["model"])]
    tests = significance(pairs(rows, names, [ranked_by]), names, best, h, ranked_by)
    return Contest(where, ranked_by.name, scores, tests, cutoffs)


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
