"""Calendar steps and seasons in everyday words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gatecast.data import show_time

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from gatecast._types import Freq, Integers

_STEPS: Mapping[str, str] = MappingProxyType(
    {
        "Y": "year",
        "Q": "quarter",
        "M": "month",
        "W": "week",
        "D": "day",
        "B": "business day",
        "h": "hour",
        "min": "minute",
        "s": "second",
    }
)
# Rows in a season and what a row is -> what the season is called.
_CYCLES: Mapping[tuple[str, int], str] = MappingProxyType(
    {
        ("month", 12): "year",
        ("quarter", 4): "year",
        ("week", 52): "year",
        ("day", 7): "week",
        ("business day", 5): "week",
        ("hour", 24): "day",
        ("minute", 60): "hour",
        ("second", 60): "minute",
    }
)
# Name of a row within its season: the format of the label, and the format of the season.
_LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "month": ("%m %B", "%Y"),
        "quarter": ("%m %B", "%Y"),
        "week": ("%V week %V", "%G"),
        "day": ("%u %A", "%G week %V"),
        "business day": ("%u %A", "%G week %V"),
        "hour": ("%H %H:00", "%Y-%m-%d"),
        "minute": ("%M minute %M", "%Y-%m-%d %H:00"),
        "second": ("%S second %S", "%Y-%m-%d %H:%M"),
    }
)

_PREPOSITIONS: Mapping[str, str] = MappingProxyType(
    {"day": "on", "business day": "on", "hour": "at"}
)
_MOMENTS: Mapping[str, str] = MappingProxyType(
    {
        "year": "%Y",
        "quarter": "%B %Y",
        "month": "%B %Y",
        "hour": "%Y-%m-%d %H:%M",
        "minute": "%Y-%m-%d %H:%M",
    }
)


def step_word(freq: Freq) -> str:
    """What a step of the calendar is called: "month" for "MS"; "row" where it has no word."""
    name = str(freq).partition("-")[0]
    plain = name.removeprefix("B").removesuffix("S").removesuffix("E") or name
    return _STEPS.get(name) or _STEPS.get(plain) or "row"


def cycle_word(freq: Freq, season: int) -> str:
    """What a season is called: "year" for 12 months; "12 rows" where it has no word."""
    step = step_word(freq)
    return _CYCLES.get((step, season)) or f"{season:,} {step}s"


def moment(ds: Any, freq: Freq) -> str:
    """A time as long as its step needs: "July 1960", "1960", "1960-07-01 12:00"; or an integer."""
    style = _MOMENTS.get(step_word(freq))
    if style is None or not isinstance(ds, np.datetime64 | pd.Timestamp):
        return show_time(ds)
    return str(pd.Timestamp(ds).strftime(style))


@dataclass(frozen=True)
class Places:
    """Where each row stands in its season.

    Attributes:
        place: [rows] from 0.
        names: [places] such as "July" or "Monday".
        cycle: [rows] the season that the row belongs to, such as "1960"; sorts by time.
        preposition: that goes with the names: "in" July, "on" Monday, "at" 12:00.
    """

    place: Integers
    names: tuple[str, ...]
    cycle: NDArray[Any]
    preposition: str = "in"


def places_of(ds: NDArray[Any], freq: Freq, season: int) -> Places:
    """Where rows stand in their season.

    Args:
        ds: [rows] times on the calendar.
        freq: the calendar step.
        season: rows in a season.
    """
    step = step_word(freq)
    if not np.issubdtype(ds.dtype, np.datetime64) or (step, season) not in _CYCLES:
        rows = np.arange(len(ds))
        names = tuple(f"{step} {place + 1}" for place in range(season))
        return Places(rows % season, names, rows // season + 1)
    times = pd.DatetimeIndex(ds)
    label, cycle = _LABELS[step]
    # The number in front keeps the order.
    numbered, place = np.unique(np.asarray(times.strftime(label), dtype=str), return_inverse=True)
    names = tuple(str(each).partition(" ")[2] for each in numbered)
    cycles = np.asarray(times.strftime(cycle), dtype=str)
    return Places(place, names, cycles, _PREPOSITIONS.get(step, "in"))
