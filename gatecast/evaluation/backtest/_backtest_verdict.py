"""A backtest in plain words."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from gatecast.evaluation._verdict import REFERENCES, TIE, against, listed
from gatecast.evaluation.baselines import LABELS
from gatecast.metrics import SIGNIFICANCE

_STANDARD_ERRORS = 2
_TOLERANCE = 0.05
_SMALLEST_P = 0.001


def backtest_verdict(
    scores: pd.DataFrame, significance: pd.DataFrame, h: int, n_windows: int
) -> str:
    """Tell an analyst what a backtest found, and which model to use.

    Args:
        scores: as in `Backtest`.
        significance: as in `Backtest`.
        h: rows of a window.
        n_windows: number of windows.
    """
    ranked = scores[scores["rmse"].notna()].sort_values("rmse", kind="stable")
    if ranked.empty:
        return "No model could be scored."
    models, baselines = (ranked[ranked["kind"] == kind] for kind in ("model", "baseline"))
    judged = (models if len(models) else ranked).iloc[0]
    sentences = [_best(ranked, f"{_count(n_windows, 'window')} of {_count(h, 'step')}")]
    if len(models) and len(baselines):
        test = significance.set_index("model").loc[judged["model"]]
        sentences.append(_compared(judged, baselines.iloc[0], test))
    elif len(ranked) > 1:
        sentences.append(f"Use {_label(ranked.iloc[0])}.")
    return " ".join([*sentences, *_intervals(judged)])


def _best(ranked: pd.DataFrame, windows: str) -> str:
    """Which model is best, and by how much against the naive forecasts."""
    best = ranked.iloc[0]
    verb = "is best with" if len(ranked) > 1 else "has"
    opening = f"Over {windows}, {_label(best)} {verb} an RMSE of {best['rmse']:.3g}"
    return ", ".join(filter(None, [opening, _gains(best)])) + "."


def _gains(record: pd.Series[Any]) -> str:
    """How a model does against the naive forecasts; nothing where these were not run."""
    gains = [
        f"{against(skill)} {phrase}"
        for reference, phrase in REFERENCES.items()
        if reference != record["model"] and math.isfinite(skill := record[f"skill_vs_{reference}"])
    ]
    return listed(gains) if gains else ""


def _compared(model: pd.Series[Any], baseline: pd.Series[Any], test: pd.Series[Any]) -> str:
    """How a model does against a baseline, whether that may be chance, and which to use."""
    simple = _label(baseline)
    ours = f"{_label(model)} ({model['rmse']:.3g})"
    theirs = f"the best baseline, {simple} ({baseline['rmse']:.3g})"
    gain, p_value = float(test["skill"]), float(test["p_value"])
    if abs(gain) < TIE:
        return f"{ours} is level with {theirs}: use {simple}, the simpler of the two."
    p = f"p = {p_value:.2g}" if p_value >= _SMALLEST_P else f"p below {_SMALLEST_P}"
    proven = p_value < SIGNIFICANCE
    chance = f"{'not by chance' if proven else 'which may be chance'} (Diebold-Mariano test, {p})"
    size = f", by {abs(gain):.0%}" if math.isfinite(gain) else ""
    if gain < 0:
        gains = f" Its RMSE is {told}." if (told := _gains(model)) else ""
        return f"{ours} does worse than {theirs}{size}, {chance}: use {simple}.{gains}"
    advice = f"use {_label(model)}" if proven else f"{simple} is the simpler choice"
    return f"{ours} beats {theirs}{size}, {chance}: {advice}."


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
    promises = listed([f"{100 * promised:.4g}%" for promised in shares])
    held = listed([f"{share:.0%}" for share in shares.values()])
    subject = f"The {promises} interval{'s' * (len(shares) > 1)} of {_label(model)}"
    return [f"{subject} held {held} of the values: {judgement}."]


def _label(record: pd.Series[Any]) -> str:
    return LABELS.get(record["model"], str(record["model"]))


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"
