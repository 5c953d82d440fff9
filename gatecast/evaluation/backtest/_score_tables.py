"""The tables of a backtest: scores over all rows, by series and by horizon, and significance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from functools import partial

import numpy as np
import pandas as pd

from gatecast.evaluation.backtest._folds import Folds
from gatecast.metrics import coverage, crps, diebold_mariano, mae, rmse, skill_on_common_rows, smape

_REFERENCES = ("persistence", "seasonal_naive")
# A name that no model will have.
_SCALE = "scale before the cutoff"


def scales(folds: Folds, season_length: int) -> pd.DataFrame:
    """`unique_id`, `cutoff` and the mean absolute seasonal change before each cutoff.

    The last is what MASE divides by (Hyndman and Koehler 2006); NaN where it is 0 or unknown.
    """
    parts = []
    for fold in folds:
        panel, series = fold.panel, fold.panel.series_of_row
        known = pd.Series(panel.y).where(panel.position < fold.known[series])
        # |y[t] - y[t - season]|, over calendar rows, so that a gap is a missing change
        change = known.groupby(series).diff(season_length).abs().groupby(series).mean()
        scale = change.replace(0, np.nan).to_numpy()
        parts.append({"unique_id": panel.ids, "cutoff": fold.cutoffs, _SCALE: scale})
    return pd.concat(map(pd.DataFrame, parts), ignore_index=True)


def score_table(
    frame: pd.DataFrame, names: Sequence[str], level: Sequence[float], by: str | None = None
) -> pd.DataFrame:
    """Score each model on the rows of each value of a column.

    Args:
        frame: `unique_id`, `ds`, `cutoff`, `y`, the columns of `scales` and those of the models.
        names: the models.
        level: coverage of the intervals in percent.
        by: the column that tells groups of rows apart; None for all rows together.

    Returns:
        `model`, `by` if given, `rows`, `rmse`, `mae`, `mase`, `smape`, `crps`, then
        `coverage_{level}`, NaN for a model without intervals; no row for a model without forecasts.
    """
    # The metrics go series by series: here the groups are the series.
    grouped = frame.drop(columns="cutoff").assign(unique_id=frame[by] if by else 0)
    known = [name for name in names if grouped[["y", name]].notna().all(axis="columns").any()]
    if not known:
        columns = [*filter(None, [by]), *_columns(level)]
        return pd.DataFrame(columns=columns, dtype=float).assign(model=pd.Series(dtype=object))
    tables = {name: _scored(grouped, name, level) for name in known}
    table = pd.concat(tables, names=["model", by or "all"]).reset_index()
    return table.drop(columns=[] if by else "all").astype({"rows": np.int64})


def _scored(frame: pd.DataFrame, name: str, level: Sequence[float]) -> pd.DataFrame:
    """One row per `unique_id`, one column per score of one model."""
    rows = frame.dropna(subset=["y", name])
    known = [x for x in level if _has_interval(rows, name, x)]
    scaled = rows.assign(y=rows["y"] / rows[_SCALE], **{name: rows[name] / rows[_SCALE]})
    metrics: Mapping[str, Callable[..., pd.DataFrame]] = {
        "rmse": rmse,
        "mae": mae,
        "smape": smape,
        "crps": partial(crps, level=known),
        **{f"coverage_{x}": partial(coverage, level=x) for x in known},
    }
    found = {key: metric(rows, [name]) for key, metric in metrics.items()}
    # The mean over rows of |error| / scale, so that windows of every length count by their rows.
    found["mase"] = mae(scaled, [name])
    table = pd.DataFrame({key: t.set_index("unique_id")[name] for key, t in found.items()})
    table.insert(0, "rows", rows.groupby("unique_id").size())
    return table.reindex(columns=_columns(level))


def _columns(level: Sequence[float]) -> list[str]:
    return ["rows", "rmse", "mae", "mase", "smape", "crps", *(f"coverage_{x}" for x in level)]


def _has_interval(rows: pd.DataFrame, name: str, level: float) -> bool:
    bounds = [f"{name}-lo-{level}", f"{name}-hi-{level}"]
    return all(bound in rows and rows[bound].notna().any() for bound in bounds)


def overall(frame: pd.DataFrame, names: Sequence[str], level: Sequence[float]) -> pd.DataFrame:
    """`score_table` over all rows together, best RMSE first, with the skill against naive ones."""
    table = score_table(frame, names, level)
    # A model without forecasts has a row too.
    scores = pd.DataFrame({"model": names}).merge(table, on="model", how="left")
    for reference in _REFERENCES:
        scores[f"skill_vs_{reference}"] = [
            skill_on_common_rows(frame, name, reference) if reference in frame else np.nan
            for name in names
        ]
    ranked = scores.sort_values("rmse", kind="stable", ignore_index=True)
    return ranked.fillna({"rows": 0}).astype({"rows": np.int64})


def significance(
    frame: pd.DataFrame, names: Sequence[str], best_baseline: str | None, h: int
) -> pd.DataFrame:
    """The Diebold-Mariano test of each model against the best baseline.

    Args:
        frame: `ds`, `y` and one column per model.
        names: the models; the best baseline itself is passed over.
        best_baseline: its column; None if there is none, which leaves the table empty.
        h: rows of a window: losses up to `h - 1` steps apart may be correlated.

    Returns:
        `model`, `against`, `skill` (of the RMSE, on the rows that both forecast), `statistic`
        (negative where the model has the smaller squared error) and `p_value`, two-sided.
    """
    columns = ["model", "against", "skill", "statistic", "p_value"]
    if best_baseline is None:
        return pd.DataFrame(columns=columns)
    errors = frame[[*names]].sub(frame["y"], axis="index")
    theirs, ds = errors[best_baseline].to_numpy(), frame["ds"].to_numpy()
    tests = {
        name: diebold_mariano(errors[name].to_numpy(), theirs, h, ds=ds)
        for name in names
        if name != best_baseline
    }
    rows = [
        (name, best_baseline, skill_on_common_rows(frame, name, best_baseline), *astuple(test))
        for name, test in tests.items()
    ]
    return pd.DataFrame(rows, columns=columns)
