"""Scores of forecasts: over all rows, by series, by step ahead, and significance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from gatecast._types import Floats
from gatecast.evaluation._measure import MEASURES, Measure
from gatecast.evaluation._sums import Pairs, Sums, crps_name, error_sums
from gatecast.metrics import differential_test, holm, skill_score

REFERENCES = ("persistence", "seasonal_naive")
"""The baselines that skill is measured against."""


def score_table(
    frame: pd.DataFrame, names: Sequence[str], level: Sequence[float] = (), by: str | None = None
) -> pd.DataFrame:
    """Score each model on the rows of each value of a column.

    Args:
        frame: `unique_id`, `ds`, `y`, the columns of `scales`, one column per model, and the
            interval columns of the models.
        names: the models.
        level: coverage of the intervals in percent.
        by: the column that tells groups of rows apart; None for all rows together.

    Returns:
        `model`, `by` if given, `rows`, `rmse`, `mae`, `mase`, `rmsse`, `smape`, `r2`, `crps`, then
        `coverage_{level}`, NaN for a model without intervals; no row for a model without forecasts.
    """
    return scored(error_sums(frame, names, level, by), level, by)


def scored(sums: pd.DataFrame, level: Sequence[float], by: str | None = None) -> pd.DataFrame:
    """The scores that `error_sums` has the sums of, as in `score_table`."""
    keys = [*filter(None, ["model", by])]
    if sums.empty:
        return sums.reindex(columns=[*keys, *_columns(level)])
    found = sums[[*keys, "rows"]].astype({"rows": np.int64})
    for measure in MEASURES:
        total, count = sums[measure.name], sums[f"{measure.name} of"]
        found[measure.name] = measure.finished(total, count)
    for name in ["smape", *(f"coverage_{x}" for x in level)]:
        found[name] = sums[name] / sums[f"{name} of"] if name in sums else np.nan
    found["r2"] = _r2(sums)
    found["crps"] = pd.concat(_crps(part, level) for _, part in sums.groupby("model"))
    return found[[*keys, *_columns(level)]]


def _r2(sums: pd.DataFrame) -> pd.Series[float]:
    """The share of the variance that the forecasts explain, in each group.

    Every series varies around a mean of its own and, where there are several, in units of its own
    scale: else the largest would decide alone, and their different levels would pass for skill.
    """
    alone = sums["series"] == 1
    error, spread = (sums[key].where(alone, sums[f"scaled {key}"]) for key in ("error", "spread"))
    # R^2 = 1 - sum of (y - f)^2 / sum of (y - mean)^2
    found: pd.Series[float] = 1 - error / spread.replace(0, np.nan)
    return found


def _crps(sums: pd.DataFrame, level: Sequence[float]) -> pd.Series[float]:
    """The CRPS of one model, from the levels of which it has any interval."""
    shares = {x: f"coverage_{x} of" for x in level}
    name = crps_name([x for x, share in shares.items() if share in sums and sums[share].any()])
    return sums[name] / sums[f"{name} of"]


def _columns(level: Sequence[float]) -> list[str]:
    names = ["rows", "rmse", "mae", "mase", "rmsse", "smape", "r2", "crps"]
    return [*names, *(f"coverage_{x}" for x in level)]


def overall(
    sums: Sums, names: Sequence[str], level: Sequence[float], ranked_by: Measure
) -> pd.DataFrame:
    """The scores over all rows together, the best first, with the skill against naive ones."""
    table = scored(sums.whole, level)
    # A model without forecasts has a row too.
    scores = pd.DataFrame({"model": names}).merge(table, on="model", how="left")
    for reference in REFERENCES:
        scores[f"skill_vs_{reference}"] = [
            _skill(sums.pairs, name, reference, ranked_by) if reference in names else np.nan
            for name in names
        ]
    ranked = scores.sort_values(ranked_by.name, kind="stable", ignore_index=True)
    return ranked.fillna({"rows": 0}).astype({"rows": np.int64})


def significance(
    pairs: Pairs, names: Sequence[str], best: str | None, h: int, ranked_by: Measure
) -> pd.DataFrame:
    """The Diebold-Mariano test of each model against the best one.

    Args:
        pairs: the sums of each two models.
        names: the models; the best itself and those without a forecast are passed over.
        best: its name; None if there is none, which leaves the table empty.
        h: rows of a window: losses up to `h - 1` steps apart may be correlated.
        ranked_by: the error whose losses are compared.

    Returns:
        `model`, `against`, `skill` (on the rows that both forecast; below 0 is worse than the
        best), `statistic` (positive where the model has the larger loss), `p_value`, two-sided,
        and `p_holm`, which pays for the number of tests (Holm 1979).
    """
    columns = ["model", "against", "skill", "statistic", "p_value", "p_holm"]
    others = [name for name in names if name != best and _is_scored(pairs, name, ranked_by)]
    if best is None or not others:
        return pd.DataFrame(columns=columns)
    rows: list[dict[str, Any]] = []
    for name in others:
        test = differential_test(_differences(pairs, name, best, ranked_by), h)
        skill = _skill(pairs, name, best, ranked_by)
        found = {"statistic": test.statistic, "p_value": test.p_value}
        rows.append({"model": name, "against": best, "skill": skill, **found})
    table = pd.DataFrame(rows)
    return table.assign(p_holm=holm(table["p_value"].to_numpy()))[columns]


def _skill(pairs: Pairs, model: str, reference: str, ranked_by: Measure) -> float:
    """1 - error / error of the reference, over the rows that both forecast."""
    return skill_score(
        _error(pairs, model, reference, ranked_by), _error(pairs, reference, model, ranked_by)
    )


def _error(pairs: Pairs, model: str, beside: str, ranked_by: Measure) -> float:
    """The error of a model on the rows that another forecasts too, NaN without any."""
    rows = _of_pair(pairs.errors, model, beside, ranked_by)
    return float(ranked_by.finished(rows["total"], rows["count"]).sum(min_count=1))


def _is_scored(pairs: Pairs, model: str, ranked_by: Measure) -> bool:
    return bool(_of_pair(pairs.errors, model, model, ranked_by)["count"].any())


def _differences(pairs: Pairs, model: str, beside: str, ranked_by: Measure) -> Floats:
    """[times] the mean loss of a model less that of another, where both forecast anything."""
    rows, sign = _of_pair(pairs.steps, model, beside, ranked_by), 1
    if rows.empty:
        rows, sign = _of_pair(pairs.steps, beside, model, ranked_by), -1
    rows = rows[rows["count"] > 0].sort_values("ds")
    return (sign * rows["total"] / rows["count"]).to_numpy(dtype=np.float64)


def _of_pair(table: pd.DataFrame, model: str, beside: str, ranked_by: Measure) -> pd.DataFrame:
    same = (table["model"] == model) & (table["beside"] == beside)
    return table[same & (table["measure"] == ranked_by.name)]
