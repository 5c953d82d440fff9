"""Arithmetic on calendars: how many steps lie between two times, and where n steps lead."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np
import pandas as pd
from pandas import offsets
from pandas.tseries.frequencies import to_offset

from gatecast._types import IRREGULAR, Freq, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatecast._types import Integers

MonthDay: TypeAlias = Literal["first", "last", "first business", "last business"]
"""The day that stands for a month."""

_WEEK = 7


class Calendar(Protocol):
    """A regular sequence of times. Arrays broadcast; times are `datetime64[ns]` or integers."""

    def between(self, start: NDArray[Any], ds: NDArray[Any]) -> Integers:
        """Whole steps from `start` to `ds`."""

    def advance(self, start: NDArray[Any], steps: Integers) -> NDArray[Any]:
        """The times `steps` steps after `start`; a start off the calendar is moved onto it."""


@dataclass(frozen=True)
class EvenSteps:
    """Steps of one size: integers, or durations from nanoseconds to weeks."""

    size: int | np.timedelta64

    def between(self, start: NDArray[Any], ds: NDArray[Any]) -> Integers:
        """Whole steps from `start` to `ds`."""
        return np.asarray((ds - start) // self.size)

    def advance(self, start: NDArray[Any], steps: Integers) -> NDArray[Any]:
        """The times `steps` steps after `start`."""
        return np.asarray(start + steps * self.size)


@dataclass(frozen=True)
class MonthSteps:
    """Steps of so many months, on a given day of the month; the time of day is kept."""

    months: int
    day: MonthDay

    def between(self, start: NDArray[Any], ds: NDArray[Any]) -> Integers:
        """Whole steps from `start` to `ds`."""
        months = ds.astype("datetime64[M]") - start.astype("datetime64[M]")
        return np.asarray(months.astype(np.int64) // self.months)

    def advance(self, start: NDArray[Any], steps: Integers) -> NDArray[Any]:
        """The times `steps` steps after `start`."""
        month = start.astype("datetime64[M]") + steps * np.timedelta64(self.months, "M")
        return _nanoseconds(day_of_month(month, self.day), start)


@dataclass(frozen=True)
class BusinessDaySteps:
    """Steps of so many days from Monday to Friday; the time of day is kept."""

    days: int

    def between(self, start: NDArray[Any], ds: NDArray[Any]) -> Integers:
        """Whole steps from `start` to `ds`."""
        days = np.busday_count(start.astype("datetime64[D]"), ds.astype("datetime64[D]"))
        return np.asarray(days // self.days)

    def advance(self, start: NDArray[Any], steps: Integers) -> NDArray[Any]:
        """The times `steps` steps after `start`."""
        day = start.astype("datetime64[D]")
        return _nanoseconds(np.busday_offset(day, steps * self.days, roll="forward"), start)


def _nanoseconds(day: NDArray[Any], start: NDArray[Any]) -> NDArray[Any]:
    """The days at the time of day of `start`."""
    return np.asarray(day + (start - start.astype("datetime64[D]")), dtype="datetime64[ns]")


def day_of_month(month: NDArray[Any], day: MonthDay) -> NDArray[Any]:
    """The date in each month (`datetime64[M]`) that stands for it."""
    first = month.astype("datetime64[D]")
    last = (month + 1).astype("datetime64[D]") - 1
    match day:
        case "first":
            return first
        case "last":
            return last
        case "first business":
            return np.asarray(np.busday_offset(first, 0, roll="forward"))
        case "last business":
            return np.asarray(np.busday_offset(last, 0, roll="backward"))


_MONTH_OFFSETS: dict[type[offsets.BaseOffset], MonthSteps] = {
    offsets.MonthBegin: MonthSteps(1, "first"),
    offsets.QuarterBegin: MonthSteps(3, "first"),
    offsets.YearBegin: MonthSteps(12, "first"),
    offsets.MonthEnd: MonthSteps(1, "last"),
    offsets.QuarterEnd: MonthSteps(3, "last"),
    offsets.YearEnd: MonthSteps(12, "last"),
    offsets.BusinessMonthBegin: MonthSteps(1, "first business"),
    offsets.BQuarterBegin: MonthSteps(3, "first business"),
    offsets.BYearBegin: MonthSteps(12, "first business"),
    offsets.BusinessMonthEnd: MonthSteps(1, "last business"),
    offsets.BQuarterEnd: MonthSteps(3, "last business"),
    offsets.BYearEnd: MonthSteps(12, "last business"),
}

_OLD_ALIASES = {"M": "ME", "Q": "QE", "Y": "YE", "A": "YE", "H": "h", "T": "min", "S": "s"}


def calendar_of(freq: Freq) -> Calendar:
    """The calendar of a pandas offset alias or an integer step.

    Raises:
        InputError: if the alias is unknown or the step is not positive.
    """
    if isinstance(freq, int | np.integer):
        if freq < 1:
            raise InputError(f"freq={freq} is no step; use an integer of at least 1")
        return EvenSteps(int(freq))
    if not isinstance(freq, str):
        raise _unknown(freq)
    if freq == IRREGULAR:
        raise InputError(f"freq={IRREGULAR!r} has no calendar; use a pandas alias such as 'D'")
    return _of_alias(freq)


@lru_cache(maxsize=64)
def _of_alias(freq: str) -> Calendar:
    offset = _offset(freq)
    if offset.n < 1:
        raise InputError(f"freq={freq!r} runs backwards; use a positive one")
    return _of_offset(offset, freq)


def _offset(freq: str) -> offsets.BaseOffset:
    """The pandas offset of an alias, old spellings included."""
    old = re.fullmatch(r"(\d*)([AHMQSTY])(-[A-Z]{3})?", freq)
    alias = f"{old[1]}{_OLD_ALIASES[old[2]]}{old[3] or ''}" if old else freq
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        try:
            return to_offset(alias)
        except (ValueError, FutureWarning):
            raise _unknown(freq) from None


def calendar_for(freq: Freq, ds: NDArray[Any]) -> Calendar:
    """The calendar of a frequency, for times of the kind in `ds`.

    Raises:
        InputError: if timestamps meet an integer step, or integers an alias.
    """
    integers = np.issubdtype(ds.dtype, np.integer)
    if integers and isinstance(freq, str):
        raise InputError(f"freq={freq!r} needs dates, but ds holds integers; give an integer step")
    if not integers and isinstance(freq, int | np.integer):
        raise InputError(f"freq={freq} needs integers, but ds holds dates; give an alias like 'D'")
    return calendar_of(freq)


def _of_offset(offset: offsets.BaseOffset, freq: str) -> Calendar:
    if isinstance(offset, offsets.Day):
        return EvenSteps(np.timedelta64(pd.Timedelta(days=offset.n).value, "ns"))
    if isinstance(offset, offsets.Tick):
        return EvenSteps(np.timedelta64(pd.Timedelta(offset).value, "ns"))
    if isinstance(offset, offsets.Week):
        return EvenSteps(np.timedelta64(pd.Timedelta(days=_WEEK * offset.n).value, "ns"))
    if type(offset) is offsets.BusinessDay:
        return BusinessDaySteps(offset.n)
    steps = _MONTH_OFFSETS.get(type(offset))
    if steps is None:
        raise _unknown(freq)
    return MonthSteps(steps.months * offset.n, steps.day)


def _unknown(freq: str) -> InputError:
    return InputError(
        f"freq={freq!r} is not known; use a pandas alias such as 'min', 'h', 'D', 'B', 'W', 'MS', "
        "'ME', 'QS' or 'YS', optionally with a multiple ('15min'), or an integer for integer ds"
    )
