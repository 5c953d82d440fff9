"""What a comparison of models means, in plain words: one rule for every comparison.

The model to use is the simplest one that is not shown to be worse than the best. Errors within 1 %
of each other are level. Beyond that, a model is shown to be worse by the Diebold-Mariano test at
5 %, with Holm's correction for the number of models that are compared with the best. A forecast
that repeats the past is simpler than a statistical model, and that is simpler than a network; among
equally simple ones the smaller error decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import pandas as pd

from gatecast._wording import METRIC_NAMES, MODEL_NAMES, count, listed, number, p_value, percent
from gatecast.evaluation._scores import REFERENCES
from gatecast.metrics import SIGNIFICANCE

TIE = 0.01
"""Errors that differ by less than this share count as level."""

REPEATING = {
    "persistence": "repeating the last value",
    "seasonal_naive": "repeating the last season",
}
_REPEAT = {
    "persistence": "repeat the last value (persistence)",
    "seasonal_naive": "repeat the last season (seasonal naive)",
}
_ONE_CUTOFF = (
    "This is a single cutoff, which cannot tell skill from luck; a backtest over several can."
)
_SCALED = {
    "mase": " (the MAE of each series over its usual change, averaged)",
    "rmsse": " (the RMSE of each series over its usual change, averaged)",
}

_Row: TypeAlias = "pd.Series[Any]"


@dataclass(frozen=True)
class Contest:
    """Models that forecast the same rows.

    Attributes:
        where: how they forecast, as "One step ahead".
        metric: the column of `scores` that ranks them: "mae", "rmse", "mase" or "rmsse".
        scores: `model`, `kind` ("baseline", "framing", "lstm" or "model"), the error, and
            `skill_vs_persistence` and `skill_vs_seasonal_naive` of it, NaN where unknown.
        tests: as `significance` gives them: every other model against the best.
        cutoffs: number of times from which was forecast; a single one proves nothing.
    """

    where: str
    metric: str
    scores: pd.DataFrame
    tests: pd.DataFrame
    cutoffs: int

    @cached_property
    def ranked(self) -> list[_Row]:
        """The models with an error, best first; seasonal naive only where it differs."""
        table = self.scores[self.scores[self.metric].map(math.isfinite)]
        errors = table.set_index("model")[self.metric]
        if errors.get("persistence", math.nan) == errors.get("seasonal_naive", math.inf):
            table = table[table["model"] != "seasonal_naive"]
        ordered = table.sort_values(self.metric, kind="stable")
        return [row for _, row in ordered.iterrows()]

    def error(self, row: _Row) -> float:
        """The error of a model."""
        return float(row[self.metric])

    def figure(self, row: _Row) -> str:
        """The error of a model as text."""
        return number(self.error(row))

    def gap(self, row: _Row) -> float:
        """By what share the error of a model is above that of the best, on their common rows."""
        return 0.0 if row is self.ranked[0] else -self._test(row, "skill")

    def paid(self, row: _Row) -> float:
        """The p-value of its difference to the best; 1 where the test sees it the other way."""
        return self._test(row, "p_holm") if self._test(row, "statistic") > 0 else 1.0

    def level(self, row: _Row) -> bool:
        """Whether its error is that of the best, but for a hundredth of its own."""
        return 1 - 1 / (1 + self.gap(row)) < TIE

    def may_be_best(self, row: _Row) -> bool:
        """Whether it is level with the best, or not shown to be worse."""
        return self.level(row) or self.paid(row) >= SIGNIFICANCE

    @property
    def choice(self) -> _Row:
        """The simplest of the models that may be best."""
        return min(filter(self.may_be_best, self.ranked), key=lambda r: (_rank(r), self.error(r)))

    def _test(self, row: _Row, column: str) -> float:
        found: pd.Series[float] = self.tests.set_index("model")[column]
        return float(found[str(row["model"])])


def verdict(contest: Contest, *, explained: bool = False) -> str:
    """Tell an analyst in a few short sentences which model is best, and which to use.

    Args:
        contest: the models.
        explained: leave out what a scaled error is: it has been said before.
    """
    ranked = contest.ranked
    if not ranked:
        return "No model could be scored."
    if len(ranked) > 1 and not any(map(contest.error, ranked)):
        return "No model makes an error on the test rows, so the simplest will do."
    sentences = [_best(contest, "" if explained else _SCALED.get(contest.metric, ""))]
    if len(ranked) > 1:
        sentences += _compared(contest)
    return " ".join(sentences)


def _best(contest: Contest, explanation: str) -> str:
    """Which model is best, and by how much against the naive forecasts."""
    best, *others = contest.ranked
    winners = [label(row) for row in (best, *others) if contest.error(row) == contest.error(best)]
    name = METRIC_NAMES[contest.metric]
    article = "a" if name.startswith("MAS") else "an"
    told = f"{article} {name} of {contest.figure(best)}{explanation}"
    if not others:
        opening = f"{contest.where}, only {winners[0]} was scored, with {told}"
    elif len(winners) > 1:
        opening = f"{contest.where}, {listed(winners)} tie for best with {told}"
    else:
        opening = f"{contest.where}, {winners[0]} is best with {told}"
    return ", ".join(filter(None, [opening, _gains(contest, best)])) + "."


def _gains(contest: Contest, row: _Row) -> str:
    """How a model does against the naive forecasts; nothing where these were not run."""
    gains = []
    for reference in REFERENCES:
        skill = float(row[f"skill_vs_{reference}"])
        known = any(other["model"] == reference for other in contest.ranked)
        if known and reference != row["model"] and math.isfinite(skill):
            gains.append(f"{_against(skill)} {REPEATING[reference]}")
    return listed(gains) if gains else ""


def _against(skill: float) -> str:
    if abs(skill) < TIE:
        return "level with"
    return f"{percent(abs(skill))} {'below' if skill > 0 else 'above'}"


def _compared(contest: Contest) -> Iterator[str]:
    """The best model beside the best baseline, or the other way round, and which to use."""
    ranked = contest.ranked
    ours = next((row for row in ranked if row["kind"] != "baseline"), None)
    baseline = next((row for row in ranked if row["kind"] == "baseline"), None)
    pair = ours is not None and baseline is not None
    finding = _finding(contest, ours, baseline) if pair else ""
    if contest.cutoffs == 1:
        yield from filter(None, [finding and f"{finding}."])
        yield _ONE_CUTOFF
        return
    chosen, best = contest.choice, ranked[0]
    if pair and (chosen is ours or chosen is baseline):
        yield f"{finding}: {_advice(contest, ours if ours is not chosen else baseline)}."
        return
    yield from filter(None, [finding and f"{finding}."])
    if chosen is best:
        yield f"{_opened(_use(chosen))}."
    else:
        yield f"{_finding(contest, chosen, best)}: {_advice(contest, best)}."


def _finding(contest: Contest, ours: _Row | None, theirs: _Row | None) -> str:
    """How one model does beside another, of which one is the best of all."""
    if ours is None or theirs is None:
        return ""
    best = contest.ranked[0]
    other = ours if theirs is best else theirs
    subject = f"{_opened(label(ours))} ({contest.figure(ours)})"
    role = "the best baseline, " if theirs["kind"] == "baseline" != ours["kind"] else ""
    rival = f"{role}{label(theirs)} ({contest.figure(theirs)})"
    if contest.level(other):
        return f"{subject} is level with {rival}"
    # The share of their error: above it where theirs is the best, below it where ours is.
    gap = contest.gap(other)
    share = gap if theirs is best else 1 - 1 / (1 + gap)
    verb = "does worse than" if theirs is best else "beats"
    size = f", by {percent(share)}" if math.isfinite(share) else ""
    found = f"{subject} {verb} {rival}{size}"
    return found if contest.cutoffs == 1 else f"{found}, {_chance(contest, other)}"


def _chance(contest: Contest, row: _Row) -> str:
    """Whether the difference to the best may be chance."""
    p = contest.paid(row)
    told = p_value(p) if p_value(p).startswith("below") else f"= {p_value(p)}"
    tests = len(contest.tests)
    paid = f", corrected for {count(tests, 'comparison')}" if tests > 1 else ""
    judged = "not by chance" if p < SIGNIFICANCE else "which may be chance"
    return f"{judged} (Diebold-Mariano test, p {told}{paid})"


def _advice(contest: Contest, other: _Row | None) -> str:
    """Which model to use, where it is known to be one of two."""
    chosen, best = contest.choice, contest.ranked[0]
    if other is None or (chosen is best and not contest.level(other)):
        return _use(chosen)
    pick = f"{_use(chosen)}, the simpler of the two"
    return pick if contest.level(chosen) else f"until more data tell them apart, {pick}"


def _use(row: _Row) -> str:
    return _REPEAT[str(row["model"])] if _rank(row) == 0 else f"use {label(row)}"


def label(row: _Row) -> str:
    """What the verdict calls a model."""
    model = str(row["model"])
    if row["kind"] == "lstm":
        return f"the {model}"
    if row["kind"] == "framing":
        return f"the tutorial's {model} network"
    return REPEATING[model] if _rank(row) == 0 else MODEL_NAMES.get(model, model)


def _opened(text: str) -> str:
    """The words at the start of a sentence; the name of a user's model stays as it is."""
    ours = text.startswith(("the ", "repeating ", "repeat the ", "use "))
    return text[0].upper() + text[1:] if ours else text


def _rank(row: _Row) -> int:
    """How simple a model is: 0 repeats the past, 1 is statistical, 2 is any other."""
    if row["kind"] != "baseline":
        return 2
    return 0 if row["model"] in REPEATING else 1
