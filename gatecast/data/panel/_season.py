"""The season of a panel: the one that was chosen, the usual one, and one that is longer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from gatecast._types import Floats, Panel
from gatecast._warn import warn
from gatecast.data.calendar import longer_season_length, season_length

_DAYS = 365.25
# A longer season is looked for in so many series, and has to be seen so often.
_MOST_SERIES, _FEWEST_CYCLES = 16, 3
# It is evident where the other cycles explain this share of the median cycle.
_EVIDENT = 0.5


@dataclass(frozen=True)
class LongerSeason:
    """A season beyond the usual one.

    Attributes:
        name: "year" or "week".
        rows: in it.
        stretches: equal ones that it is divided into: their means are its shape.
        calendar: the features of `gatecast.data.CALENDAR` that tell the place in it.
    """

    name: str
    rows: float
    stretches: int
    calendar: tuple[str, ...]


def season_of(panel: Panel) -> int:
    """Rows in a season: those that were chosen, or else the usual number of the calendar step."""
    return season_length(panel.freq) if panel.season is None else panel.season


def warn_about_longer_season(
    panel: Panel, used: Collection[int], calendar: Collection[str] = ()
) -> None:
    """Warn once if the series have a longer season than a model uses: a year of days, a week.

    Args:
        panel: the series.
        used: rows of the seasons that are used.
        calendar: the calendar features that are used.
    """
    longer = _longer(panel)
    if longer is None or (calendar and set(calendar) & set(longer.calendar)):
        return
    rows = round(longer.rows)
    if max(used, default=1) >= rows or not _is_evident(panel, longer):
        return
    warn(
        f"the values follow the {longer.name} ({rows:,} rows), which is not used here: "
        f"LSTMForecaster(calendar=[{longer.calendar[0]!r}]) reads the place in the {longer.name}, "
        f"and season_length={rows} compares with the value a {longer.name} before"
    )


def _longer(panel: Panel) -> LongerSeason | None:
    """The longer season that a calendar step could have."""
    if panel.freq == "D":
        return LongerSeason("year", _DAYS, 12, ("month", "year_day", "week", "quarter"))
    week = longer_season_length(panel.freq)
    return LongerSeason("week", week, 7, ("weekday",)) if week > 1 else None


def _is_evident(panel: Panel, longer: LongerSeason) -> bool:
    """Whether the cycles of most series resemble each other."""
    long_enough = np.flatnonzero(panel.lengths >= _FEWEST_CYCLES * longer.rows)[:_MOST_SERIES]
    bounds = [(panel.offsets[number], panel.offsets[number + 1]) for number in long_enough]
    found = [_repeats(panel.y[first:end], longer) for first, end in bounds]
    return bool(found) and float(np.mean(found)) > 1 / 2


def _repeats(y: Floats, longer: LongerSeason) -> bool:
    """Whether the mean shape of the other cycles explains each cycle, and half of most of them.

    share explained = 1 - sum (cycle - mean of the others)^2 / sum cycle^2

    Cycles are means of equal stretches, less the mean of the cycle. Of random walks over three
    years about one in a hundred passes, of five and more fewer.
    """
    cycles = int(len(y) // longer.rows)
    back = np.arange(cycles * longer.stretches, -1, -1) * longer.rows / longer.stretches
    edges = len(y) - np.round(back).astype(int)
    known = ~np.isnan(y)
    counts = np.add.reduceat(known[: edges[-1]], edges[:-1], dtype=int)
    if not counts.all():
        return False
    means = np.add.reduceat(np.where(known, y, 0.0), edges[:-1]) / counts
    own = means.reshape(cycles, longer.stretches)
    own = own - own.mean(axis=1, keepdims=True)
    total = (own**2).sum(axis=1)
    if not total.all():
        return False
    others = (own.sum(axis=0) - own) / (cycles - 1)
    explained = 1 - ((own - others) ** 2).sum(axis=1) / total
    return bool(np.median(explained) >= _EVIDENT and explained.min() > 0)
