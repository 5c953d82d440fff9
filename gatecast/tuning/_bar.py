"""What needs no search, and so has to be beaten by one."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd

from gatecast._types import InputError
from gatecast._wording import METRIC_NAMES, MODEL_NAMES, listed, number, percent
from gatecast.evaluation import minimised
from gatecast.evaluation.backtest import run_backtest
from gatecast.evaluation.baselines import entries
from gatecast.forecasting import AutoLSTM
from gatecast.tuning._study import BAR, Study, Tuning

_ZERO_SHOT = "AutoLSTM zero_shot"
_BASELINES = ("persistence", BAR)
# What decides whether the mean or the median of the future is forecast.
_DECISIVE = {"training.loss", "scaler", "output"}
_SQUARED = {"mae": "rmse", "mase": "rmsse"}
_MOST_TOLD = 3
_WORTH_TELLING = 0.1
_SURE = 0.05


def bar_of(search: Study, df: Any) -> tuple[pd.DataFrame, str]:
    """`model` and the four errors of what needs no search; and the error that the search ranks by.

    Raises:
        InputError: the data cannot be used.
    """
    plan, season = search.plan, search.model.season_length
    zero_shot = AutoLSTM(h=plan.windows.h, quality="zero_shot", season_length=season)
    try:
        models = entries({_ZERO_SHOT: zero_shot}, _BASELINES)
        found = run_backtest(models, df, plan, verbose=False)
    except InputError:
        # Not for every series: its seasons are limited.
        found = run_backtest(entries(BAR, _BASELINES), df, plan, verbose=False)
    name = found.ranked_by
    if _DECISIVE.isdisjoint(search.space.values) and minimised([search.model]) == "rmse":
        name = _SQUARED.get(name, name)
    return pd.DataFrame(found.scores)[["model", *METRIC_NAMES]], name


def beside(found: Tuning, bar: pd.DataFrame) -> Tuning:
    """What was found, beside what needs no search, and what mattered, in the verdict as well."""
    scores = bar.set_index("model")[found.ranked_by].rename("score").reset_index()
    words = " ".join([found.verdict, *_about_zero_shot(found, scores), *_about_settings(found)])
    return replace(found, bar=scores, verdict=words)


def _about_zero_shot(found: Tuning, bar: pd.DataFrame) -> list[str]:
    zero_shot = float(bar.set_index("model")["score"].get(_ZERO_SHOT, math.nan))
    if not math.isfinite(zero_shot):
        return []
    least = str(bar["model"].iloc[int(bar["score"].to_numpy().argmin())])
    words = f"AutoLSTM without any training comes to {number(zero_shot)}"
    if found.score < zero_shot:
        return [f"{words}: the best setting is {percent(1 - found.score / zero_shot)} below it."]
    if least == _ZERO_SHOT:
        return [f"{words} and no setting beats it: take AutoLSTM(quality='zero_shot')."]
    return [f"{words}; {MODEL_NAMES.get(least, least)} is the best of what needs no search."]


def _about_settings(found: Tuning) -> list[str]:
    table = found.mattered
    clear = (table["importance"] >= _WORTH_TELLING) & (table["p_value"] < _SURE)
    told = [
        f"{name} ({percent(share)})"
        for name, share in table.loc[clear, ["setting", "importance"]].head(_MOST_TOLD).to_numpy()
    ]
    unknown = table.loc[table["importance"].isna(), "setting"]
    words = [f"What mattered most: {', '.join(told)}."] if told else []
    if len(unknown):
        words.append(f"Too few trials differ in {listed([*unknown])} to tell what they do.")
    return words
