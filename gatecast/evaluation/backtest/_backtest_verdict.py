"""A backtest in plain words."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from gatecast._wording import count, listed, percent
from gatecast.evaluation._measure import Measure
from gatecast.evaluation._verdict import Contest, label, verdict

_STANDARD_ERRORS = 2
_TOLERANCE = 0.05


def backtest_verdict(
    scores: pd.DataFrame, significance: pd.DataFrame, windows: tuple[int, int], ranked_by: Measure
) -> str:
    """Tell an analyst what a backtest found, and which model to use.

    Args:
        scores: as in `Backtest`.
        significance: as in `Backtest`.
        windows: number of windows, and rows of each.
        ranked_by: the error that ranks the models.
    """
    number, h = windows
    where = f"Over {count(number, 'window')} of {count(h, 'step')}"
    contest = Contest(where, ranked_by.name, scores, significance, number)
    judged = next((row for row in contest.ranked if row["kind"] == "model"), None)
    if judged is None and contest.ranked:
        judged = contest.ranked[0]
    return " ".join([verdict(contest), *([] if judged is None else _intervals(judged))])


def _intervals(model: pd.Series[Any]) -> list[str]:
    """Whether the intervals hold what they promise; nothing where there are none."""
    shares = {
        float(name.removeprefix("coverage_")) / 100: float(share)
        for name, share in ((str(name), share) for name, share in model.items())
        if name.startswith("coverage_") and math.isfinite(share)
    }
    if not shares:
        return []
    # The standard error of a share of n rows: sqrt(p (1 - p) / n)
    errors = {promised: math.sqrt(promised * (1 - promised) / model["rows"]) for promised in shares}
    beyond = [
        share - promised
        for promised, share in shares.items()
        if abs(share - promised) > max(_TOLERANCE, _STANDARD_ERRORS * errors[promised])
    ]
    off = any(abs(share - promised) > _TOLERANCE for promised, share in shares.items())
    judgement = "too few rows to tell" if off else "as honest as they should be"
    if beyond:
        judgement = "too narrow" if min(beyond) < 0 else "wider than need be"
    promises = listed([f"{100 * promised:.4g} %" for promised in shares])
    held = listed([percent(share) for share in shares.values()])
    subject = f"The {promises} interval{'s' * (len(shares) > 1)} of {label(model)}"
    return [f"{subject} held {held} of the values: {judgement}."]
