"""Scores of forecasts in long frames: over all rows, by series, by step ahead, and significance.

A frame has `unique_id`, `ds`, `y`, the columns of `scales`, and one column per model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from gatecast._types import Integers, Panel
from gatecast.metrics import coverage, crps, diebold_mariano, holm, mae, rmse, skill_score, smape

Metric: TypeAlias = Literal["mae", "rmse"]

REFERENCES = ("persistence", "seasonal_naive")
"""The baselines that skill is measured against."""

# Names that no model will have.
_ABSOLUTE = "mean absolute seasonal change"
_SQUARED = "root mean squared seasonal change"
_SCALES = [_ABSOLUTE, _SQUARED]


@dataclass(frozen=True)
class Measure:
    """The error by which models are ranked and tested.

    Scaled errors make series of different size comparable: those of each series are divided by its
    seasonal change in the rows before the cutoff, and every series counts alike (Hyndman and
    Koehler 2006). Others are in units of the data, over all rows.

    Attributes:
        metric: "mae", which the median minimises, or "rmse", which the mean does.
        scaled: MASE for the MAE, RMSSE for the RMSE.
    """

    metric: Metric = "mae"
    scaled: bool = False

    @property
    def name(self) -> str:
        """The column that holds it: "mae", "rmse", "mase" or "rmsse"."""
        return {"mae": "mase", "rmse": "rmsse"}[self.metric] if self.scaled else self.metric

    @property
    def power(self) -> int:
        """The loss of a row is |error| ** power."""
        return 1 if self.metric == "mae" else 2

    def errors(self, frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
        """[rows, names] forecast minus observed, each divided by the scale of its series."""
        found = frame[[*names]].sub(frame["y"], axis="index")
        if not self.scaled:
            return found
        return found.div(frame[_ABSOLUTE if self.metric == "mae" else _SQUARED], axis="index")

    def of(self, frame: pd.DataFrame, names: Sequence[str]) -> pd.Series[float]:
        """[names] the measure of each model over the rows that it forecasts, NaN without any."""
        losses = self.errors(frame, names).abs() ** self.power
        groups = frame["unique_id"].to_numpy() if self.scaled else np.zeros(len(frame))
        # (mean of |error|^power)^(1/power), then the mean over series
        each: pd.DataFrame = losses.groupby(groups).mean() ** (1 / self.power)
        return each.mean()

    def skill(self, frame: pd.DataFrame, model: str, reference: str) -> float:
        """1 - error / error of the reference, over the rows that both forecast."""
        both = [*dict.fromkeys([model, reference])]
        found = self.of(frame.dropna(subset=["y", *both]), both)
        return skill_score(float(found[model]), float(found[reference]))


MEASURES = (
    Measure("rmse"),
    Measure("mae"),
    Measure("mae", scaled=True),
    Measure("rmse", scaled=True),
)
"""All that are reported."""


def measure(metric: Metric, frame: pd.DataFrame) -> Measure:
    """How to rank: in units for one series, scaled for several, unless none has a scale."""
    several = len(frame["unique_id"].unique()) > 1
    return Measure(metric, scaled=several and bool(frame[_ABSOLUTE].notna().any()))


def scales(panel: Panel, known: Integers, season_length: int) -> pd.DataFrame:
    """What MASE and RMSSE divide by, for each series (Hyndman and Koehler 2006).

    Args:
        panel: the series.
        known: [series] leading rows up to the cutoff.
        season_length: rows in a season; a series with no more rows than that changes from row to
            row.

    Returns:
        `unique_id`, then the mean absolute and the root mean squared seasonal change of the known
        rows; NaN where that is 0 or unknown.
    """
    series = panel.series_of_row
    y = pd.Series(panel.y).where(panel.position < known[series])
    grouped = y.groupby(series)
    # y[t] - y[t - season], over calendar rows, so that a gap is a missing change
    long = (known > season_length)[series]
    change = grouped.diff(season_length).where(long, grouped.diff())
    absolute = change.abs().groupby(series).mean()
    squared = (change**2).groupby(series).mean() ** 0.5
    columns = {_ABSOLUTE: absolute, _SQUARED: squared}
    values = {name: each.replace(0, np.nan).to_numpy() for name, each in columns.items()}
    return pd.DataFrame({"unique_id": panel.ids, **values})


def score_table(
    frame: pd.DataFrame, names: Sequence[str], level: Sequence[float] = (), by: str | None = None
) -> pd.DataFrame:
    """Score each model on the rows of each value of a column.

    Args:
        frame: as above, with the interval columns of the models.
        names: the models.
        level: coverage of the intervals in percent.
        by: the column that tells groups of rows apart; None for all rows together.

    Returns:
        `model`, `by` if given, `rows`, `rmse`, `mae`, `mase`, `rmsse`, `smape`, `r2`, `crps`, then
        `coverage_{level}`, NaN for a model without intervals; no row for a model without forecasts.
    """
    # The metrics go series by series: here the groups are the series.
    group = frame[by] if by else 0
    grouped = frame.assign(series=frame["unique_id"], unique_id=group).drop(
        columns="cutoff", errors="ignore"
    )
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
    metrics: Mapping[str, Callable[..., pd.DataFrame]] = {
        "rmse": rmse,
        "mae": mae,
        "smape": smape,
        "crps": partial(crps, level=known),
        **{f"coverage_{x}": partial(coverage, level=x) for x in known},
    }
    found = {key: metric(rows, [name]) for key, metric in metrics.items()}
    table = pd.DataFrame({key: t.set_index("unique_id")[name] for key, t in found.items()})
    table.insert(0, "rows", rows.groupby("unique_id").size())
    scaled = pd.DataFrame({key: _by_group(rows, name, key) for key in ("mase", "rmsse")})
    return table.join(scaled).assign(r2=_r2(rows, name)).reindex(columns=_columns(level))


def _by_group(rows: pd.DataFrame, name: str, key: str) -> pd.Series[float]:
    """A scaled measure of each group: the mean over the series in it."""
    scaled = Measure("mae" if key == "mase" else "rmse", scaled=True)
    losses = scaled.errors(rows, [name])[name].abs() ** scaled.power
    each = losses.groupby([rows["unique_id"], rows["series"]]).mean() ** (1 / scaled.power)
    return each.groupby(level=0).mean()


def _r2(rows: pd.DataFrame, name: str) -> pd.Series[float]:
    """The share of the variance that the forecasts explain, in each group.

    Every series varies around a mean of its own and, where there are several, in units of its own
    scale: else the largest would decide alone, and their different levels would pass for skill.
    """
    alone = rows.groupby("unique_id")["series"].transform("nunique") == 1
    scale = rows[_SQUARED].mask(alone, 1.0)
    mean = rows.groupby(["unique_id", "series"])["y"].transform("mean")
    parts = pd.DataFrame({"error": rows["y"] - rows[name], "spread": rows["y"] - mean})
    sums = (parts.div(scale, axis="index") ** 2).groupby(rows["unique_id"]).sum()
    # R^2 = 1 - sum of (y - f)^2 / sum of (y - mean)^2
    found: pd.Series[float] = 1 - sums["error"] / sums["spread"].replace(0, np.nan)
    return found


def _columns(level: Sequence[float]) -> list[str]:
    names = ["rows", "rmse", "mae", "mase", "rmsse", "smape", "r2", "crps"]
    return [*names, *(f"coverage_{x}" for x in level)]


def _has_interval(rows: pd.DataFrame, name: str, level: float) -> bool:
    bounds = [f"{name}-lo-{level}", f"{name}-hi-{level}"]
    return all(bound in rows and rows[bound].notna().any() for bound in bounds)


def overall(
    frame: pd.DataFrame, names: Sequence[str], level: Sequence[float], ranked_by: Measure
) -> pd.DataFrame:
    """`score_table` over all rows together, the best first, with the skill against naive ones."""
    table = score_table(frame, names, level)
    # A model without forecasts has a row too.
    scores = pd.DataFrame({"model": names}).merge(table, on="model", how="left")
    for reference in REFERENCES:
        scores[f"skill_vs_{reference}"] = [
            ranked_by.skill(frame, name, reference) if reference in frame else np.nan
            for name in names
        ]
    ranked = scores.sort_values(ranked_by.name, kind="stable", ignore_index=True)
    return ranked.fillna({"rows": 0}).astype({"rows": np.int64})


def significance(
    frame: pd.DataFrame, names: Sequence[str], best: str | None, h: int, ranked_by: Measure
) -> pd.DataFrame:
    """The Diebold-Mariano test of each model against the best one.

    Args:
        frame: as above.
        names: the models; the best itself and those without a forecast are passed over.
        best: its column; None if there is none, which leaves the table empty.
        h: rows of a window: losses up to `h - 1` steps apart may be correlated.
        ranked_by: the error whose losses are compared.

    Returns:
        `model`, `against`, `skill` (on the rows that both forecast; below 0 is worse than the
        best), `statistic` (positive where the model has the larger loss), `p_value`, two-sided,
        and `p_holm`, which pays for the number of tests (Holm 1979).
    """
    others = [name for name in names if name != best and frame[name].notna().any()]
    columns = ["model", "against", "skill", "statistic", "p_value", "p_holm"]
    if best is None or not others:
        return pd.DataFrame(columns=columns)
    errors, ds = ranked_by.errors(frame, [best, *others]), frame["ds"].to_numpy()
    rows: list[dict[str, Any]] = []
    for name in others:
        test = diebold_mariano(
            errors[name].to_numpy(), errors[best].to_numpy(), h, ranked_by.power, ds=ds
        )
        skill = ranked_by.skill(frame, name, best)
        found = {"statistic": test.statistic, "p_value": test.p_value}
        rows.append({"model": name, "against": best, "skill": skill, **found})
    table = pd.DataFrame(rows)
    return table.assign(p_holm=holm(table["p_value"].to_numpy()))[columns]
