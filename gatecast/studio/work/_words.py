"""What a test of a forecast means, in everyday words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from gatecast._wording import count, number, percent
from gatecast.evaluation import Contest
from gatecast.studio.views import step_word

if TYPE_CHECKING:
    import pandas as pd

    from gatecast._types import Freq
    from gatecast.evaluation import Backtest

Tone: TypeAlias = Literal["good", "careful", "bad", "unknown"]

_SIMPLE: Mapping[str, str] = MappingProxyType(
    {
        "persistence": "repeating the last value",
        "seasonal_naive": "repeating the last season",
        "auto_ets": "exponential smoothing (AutoETS)",
        "auto_theta": "the Theta method (AutoTheta)",
        "auto_arima": "ARIMA (AutoARIMA)",
        "auto_ces": "complex exponential smoothing (AutoCES)",
    }
)
_HOLDS = 0.1


@dataclass(frozen=True)
class Verdict:
    """Whether a forecast can be relied on.

    Attributes:
        tone: "good", use it; "careful", it may be luck; "bad", use something simpler; "unknown".
        headline: one short sentence.
        reasons: a few more, each of which can be checked in the table of the test.
        detail: what `gatecast.backtest` says itself.
    """

    tone: Tone
    headline: str
    reasons: tuple[str, ...] = ()
    detail: str = ""


def simple_name(model: str) -> str:
    """What a simple forecast does, in words."""
    return _SIMPLE.get(model, model)


def untested(why: str) -> Verdict:
    """Of a forecast that was not tested."""
    headline = "Nobody can say yet how good this forecast is: it was not tested."
    return Verdict("unknown", headline, (why,))


def verdict_of(found: Backtest, label: str, freq: Freq) -> Verdict:
    """Whether to use the forecast that a backtest is about, and why.

    Args:
        found: with one model, and baselines.
        label: the name of what is forecast.
        freq: of the series.
    """
    scores = found.scores
    contest = Contest("", found.ranked_by, scores, found.significance, found.n_windows)
    ours = next(row for row in contest.ranked if row["kind"] == "model")
    others = [row for row in contest.ranked if row["kind"] == "baseline"]
    detail = found.verdict
    reasons = [_error(found, ours, label, step_word(freq)), *_beside(contest, ours, others)]
    reasons += _held(found, ours, step_word(freq))
    if found.n_windows == 1:
        headline = "The data are too few to say how good this forecast is."
        return Verdict("unknown", headline, tuple(reasons), detail)
    chosen, best = contest.choice, contest.ranked[0]
    if chosen is ours:
        return Verdict("good", "You can use this forecast.", tuple(reasons), detail)
    simpler = simple_name(str(chosen["model"]))
    if best is ours:
        headline = f"This forecast came closest, but its lead over {simpler} may be luck."
        reasons.insert(1, _chance(contest, ours, chosen))
        return Verdict("careful", headline, tuple(reasons), detail)
    if contest.may_be_best(ours):
        headline = f"This forecast is good, but {simpler} is as good and simpler."
        return Verdict("careful", headline, tuple(reasons), detail)
    headline = f"Do not use this forecast: {simpler} comes closer."
    if chosen is not best and contest.error(ours) < contest.error(chosen):
        headline = f"Do not use this forecast: {simple_name(str(best['model']))} comes closer."
    return Verdict("bad", headline, tuple(reasons), detail)


def _chance(contest: Contest, ours: pd.Series[Any], chosen: pd.Series[Any]) -> str:
    """That a simple forecast may be as good."""
    more = contest.error(chosen) / contest.error(ours) - 1 if contest.error(ours) else 0.0
    name = simple_name(str(chosen["model"]))
    return (
        f"With {name}, errors were {percent(more)} larger, but in a test as short as this one that "
        "may be chance. Until more data tell them apart, it is the simpler choice."
    )


def _error(found: Backtest, ours: pd.Series[Any], label: str, step: str) -> str:
    """How far off it was on average."""
    windows = "1 past stretch" if found.n_windows == 1 else f"{found.n_windows} past stretches"
    tested = f"It was tested on {windows} of {count(found.h, step)} that it had not seen"
    if len(set(found.forecasts["unique_id"])) > 1:
        # Series of different size have no common unit.
        return f"{tested}; errors of {percent(ours['smape'] / 100)} were usual."
    return f"{tested}, and was off by {number(ours['mae'])} on average (in the units of {label})."


def _beside(contest: Contest, ours: pd.Series[Any], others: list[pd.Series[Any]]) -> list[str]:
    """How far the simple forecasts were off."""
    if not others:
        return []
    best, mine = others[0], contest.error(ours)
    gain = 1 - mine / contest.error(best) if contest.error(best) else 0.0
    name = simple_name(str(best["model"]))
    if abs(gain) < _HOLDS / 10:
        return [f"The best simple forecast, {name}, was off by as much."]
    more = "less" if gain > 0 else "more"
    size = gain if gain > 0 else mine / contest.error(best) - 1
    return [f"Its errors were {percent(size)} {more} than those of {name}, the best simple one."]


def _held(found: Backtest, ours: pd.Series[Any], step: str) -> list[str]:
    """Whether the bands hold what they promise."""
    told = []
    for level in found.level:
        share = ours.get(f"coverage_{level}")
        if share is not None and share == share:  # noqa: PLR0124 (NaN)
            told.append(f"The {level:g} % band held {percent(share)} of the {step}s")
    return [f"{'; '.join(told).replace('; The', '; the')}."] if told else []
