"""Which settings the differences between trials come from."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

# Of each value, so that its scores can be compared with those of others.
_FEWEST = 2
COLUMNS = ("setting", "importance", "p_value", "best")


def mattered(
    trials: pd.DataFrame, settings: Sequence[str], score: str, together: Collection[str] = ()
) -> pd.DataFrame:
    """How much of the differences between scores each setting explains.

    For each setting, the ranks of the scores are compared between its values by the test of Kruskal
    and Wallis (1952), "Use of ranks in one-criterion variance analysis", JASA 47, whose statistic H
    gives the share of the variance of the ranks that lies between k values of n trials:

        (H - k + 1) / (n - k)

    (Tomczak and Tomczak 2014, "The need to report effect size estimates revisited"). It looks at
    one setting at a time; what only two together do is not seen.

    Trials of the same shape are no independent ones: each shape is one observation, its least
    score. Settings that vary within a shape are compared by the ranks within it, as in Friedman
    (1937), "The use of ranks to avoid the assumption of normality", JASA 32.

    Args:
        trials: one row each: the settings and the score.
        settings: names of columns.
        score: the column to explain.
        together: the settings that vary within a shape; all others make the shape.

    Returns:
        As in `Tuning`, of the settings that have several values.
    """
    scored = trials[np.isfinite(trials[score].astype(float))]
    scored = scored.assign(**{score: scored[score].astype(float)})
    shape = [name for name in settings if name not in together]
    least, within = scored, scored
    if shape and together:
        by_shape = scored.groupby(shape, sort=False, dropna=False)[score]
        least = by_shape.min().reset_index()
        within = scored.assign(**{score: by_shape.rank(pct=True)})
    rows = [
        _of_setting(within if name in together else least, name, score)
        for name in settings
        if len({*trials[name]}) > 1
    ]
    table = pd.DataFrame(rows, columns=[*COLUMNS])
    return table.sort_values("importance", ascending=False, kind="stable", ignore_index=True)


def _of_setting(scored: pd.DataFrame, name: str, score: str) -> tuple[Any, ...]:
    groups: dict[Any, Any] = {
        value: own[score].to_numpy()
        for value, own in scored.groupby(name, sort=False, dropna=False)
        if len(own) >= _FEWEST
    }
    number, values = sum(map(len, groups.values())), len(groups)
    if values < 2 or len({*np.concatenate([*groups.values()])}) < 2:  # noqa: PLR2004 (nothing differs)
        return name, math.nan, math.nan, None
    statistic, p_value = stats.kruskal(*groups.values())
    share = (float(statistic) - values + 1) / (number - values)
    best: Any = min(groups, key=lambda value: float(np.median(groups[value])))
    if isinstance(best, float) and math.isnan(best):
        best = None  # how a table holds it
    return name, max(share, 0.0), float(p_value), best
