"""Which settings the differences between trials come from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

_FEWEST_OF_A_VALUE = 2
COLUMNS = ("setting", "importance", "p_value", "best")


def mattered(trials: pd.DataFrame, settings: Sequence[str], score: str) -> pd.DataFrame:
    """How much of the differences between scores each setting explains.

    For each setting, the ranks of the scores are compared between its values by the test of Kruskal
    and Wallis (1952), "Use of ranks in one-criterion variance analysis", JASA 47, whose statistic H
    gives the share of the variance of the ranks that lies between k values of n trials:

        (H - k + 1) / (n - k)

    (Tomczak and Tomczak 2014, "The need to report effect size estimates revisited"). It looks at
    one setting at a time; what only two together do is not seen.

    Args:
        trials: one row each: the settings and the score.
        settings: names of columns.
        score: the column to explain.

    Returns:
        As in `Tuning`.
    """
    rows = [_of_setting(trials, name, score) for name in settings]
    table = pd.DataFrame([row for row in rows if row], columns=[*COLUMNS])
    return table.sort_values("importance", ascending=False, kind="stable", ignore_index=True)


def _of_setting(trials: pd.DataFrame, name: str, score: str) -> tuple[Any, ...] | None:
    scored = trials[np.isfinite(trials[score].astype(float))]
    groups: dict[Any, Any] = {
        value: own[score].to_numpy(float)
        for value, own in scored.groupby(name, sort=False, dropna=False)
        if len(own) >= _FEWEST_OF_A_VALUE
    }
    number, values = sum(map(len, groups.values())), len(groups)
    if values < 2 or len({*np.concatenate([*groups.values()])}) < 2:  # noqa: PLR2004 (nothing differs)
        return None
    statistic, p_value = stats.kruskal(*groups.values())
    share = (float(statistic) - values + 1) / (number - values)
    best: Any = min(groups, key=lambda value: float(np.median(groups[value])))
    if isinstance(best, float) and math.isnan(best):
        best = None  # how a table holds it
    return name, max(share, 0.0), float(p_value), best
