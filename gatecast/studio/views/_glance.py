"""What kind of data this is, at one glance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gatecast._types import IRREGULAR
from gatecast._wording import count, percent
from gatecast.data import season_of
from gatecast.studio.views._series import Direction, Series, one_series
from gatecast.studio.views._words import cycle_word, moment, step_word

if TYPE_CHECKING:
    from gatecast._types import Panel

_LOOKED_AT = 24  # series, spread evenly over all
_SEASONS, _ROWS = 12, 300  # of each, the newest
_MOST = 2 / 3  # of the series: what most of them do
_DIRECTIONS: dict[Direction, tuple[str, str]] = {
    "rises": ("it rises", "most rise"),
    "falls": ("it falls", "most fall"),
    "wanders": ("its level wanders", "the level of most wanders"),
    "stays": ("it keeps its level", "most keep their level"),
}


@dataclass(frozen=True)
class Fact:
    """One property of the data.

    Attributes:
        name: such as "Season".
        value: such as "every year".
        meaning: why it matters for a forecast.
    """

    name: str
    value: str
    meaning: str = ""


@dataclass(frozen=True)
class Glance:
    """What kind of data this is.

    Attributes:
        sentence: all of it.
        facts: the same one by one.
    """

    sentence: str
    facts: tuple[Fact, ...]


def glance(panel: Panel) -> Glance:
    """What kind of data a panel holds.

    Season and trend are those of up to 24 series, spread evenly over all.
    """
    step, total = step_word(panel.freq), len(panel.ids)
    shortest, longest = int(panel.lengths.min()), int(panel.lengths.max())
    length = count(longest, step)
    if shortest < longest:
        length = f"{shortest:,} to {count(longest, step)}"
    first, last = moment(panel.ds.min(), panel.freq), moment(panel.ds.max(), panel.freq)
    known = panel.y[~np.isnan(panel.y)]
    zeros = float(np.mean(known == 0)) if len(known) else 0.0
    missing = int(np.isnan(panel.y).sum())
    seen = _seen(panel)
    season, trend = _season(panel, seen), _trend(seen)
    who = "One series" if total == 1 else f"{total:,} series"
    of = f"{'of' if total == 1 else 'with'} {length}"
    parts = [trend, season.clause, _zeros(zeros), _missing(missing, panel)]
    told = ", ".join(part for part in parts[:-1] if part)
    sentence = f"{who} {of}, {first} to {last}: {told}, and {parts[-1]}."
    facts = (
        Fact("Series", f"{total:,}", "One network is trained for all of them."),
        Fact("Rows", f"{panel.rows:,}", f"{length[0].upper()}{length[1:]} in each series."),
        Fact("One row is", _row(panel), f"{first} to {last}."),
        Fact("Season", season.fact, "What repeats can be forecast far ahead."),
        Fact("Trend", _alone(trend), "How far a trend goes on is the hardest question."),
        Fact("Zeros", percent(zeros), "Of mostly zeros, amounts are hard to forecast."),
        Fact("Missing", f"{missing:,}", "A network passes over them."),
    )
    return Glance(sentence, facts)


def _seen(panel: Panel) -> list[Series]:
    """Some series, spread evenly over all, and their newest rows."""
    total = len(panel.ids)
    numbers = np.unique(np.linspace(0, total - 1, min(total, _LOOKED_AT)).astype(int))
    rows = max(_SEASONS * season_of(panel), _ROWS)
    seen = [one_series(panel, int(number)).tail(rows) for number in numbers]
    # What most of many series do is told without the longer way.
    return seen if len(seen) == 1 else [replace(series, robust=False) for series in seen]


def _row(panel: Panel) -> str:
    if panel.freq == IRREGULAR:
        return "an observation, at uneven times"
    step = step_word(panel.freq)
    return f"{'an' if step[0] in 'aeiou' or step == 'hour' else 'a'} {step}"


@dataclass(frozen=True)
class _Season:
    """Whether the series repeat: as a clause, and as a fact."""

    clause: str
    fact: str


def _season(panel: Panel, seen: list[Series]) -> _Season:
    """What most of the series do."""
    length = season_of(panel)
    if length == 1:
        return _Season("", "none is usual")
    every = f"every {cycle_word(panel.freq, length)}"
    kinds = [series.repeats for series in seen if series.whole_seasons]
    if not kinds:
        return _Season(f"too short to see what repeats {every}", "too short to see")
    clear, none = (kinds.count(kind) / len(kinds) for kind in ("clearly", "not"))
    if len(seen) == 1:
        told = {"clearly": "repeats", "weakly": "weakly repeats", "not": "does not repeat"}
        fact = {"clearly": every, "weakly": f"weak, {every}", "not": "none is clear"}
        return _Season(f"{told[kinds[0]]} {every}", fact[kinds[0]])
    if clear >= _MOST:
        return _Season(f"most repeat {every}", every)
    if 1 - none >= _MOST:
        return _Season(f"most repeat {every}, some of them weakly", f"often weak, {every}")
    few = none >= _MOST
    return _Season(f"{'few' if few else 'some'} repeat {every}", "seldom" if few else "in some")


def _trend(seen: list[Series]) -> str:
    word, times = Counter(series.direction for series in seen).most_common(1)[0]
    if len(seen) == 1:
        return _DIRECTIONS[word][0]
    return _DIRECTIONS[word][1] if times >= _MOST * len(seen) else "some rise and some do not"


def _zeros(share: float) -> str:
    return f"{percent(share)} of the values are 0" if share else ""


def _missing(missing: int, panel: Panel) -> str:
    if not missing:
        return "no value is missing"
    return f"{missing:,} of {panel.rows:,} values {'is' if missing == 1 else 'are'} missing"


def _alone(words: str) -> str:
    """A clause without its subject."""
    return words.removeprefix("it ").removeprefix("its ")
