"""Dates written as text: ISO 8601, German, American, spelt months, quarters; never guessed."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_MONTH_FIRST = {f"%m/%d/%Y{time}": f"%d/%m/%Y{time}" for time in _TIMES}
_QUARTER, _WEEK = "2000Q1", "2000-W01"
"""Formats that pandas has no letters for, by an example."""
_FORMATS = (
    "ISO8601",
    *(f"%d.%m.%Y{time}" for time in _TIMES),
    *_MONTH_FIRST,
    *_MONTH_FIRST.values(),
    *("%m/%Y", "%Y/%m", "%m-%Y", "%Y/%m/%d", _QUARTER, _WEEK),
    *("%b %Y", "%B %Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y"),
)
_COMPACT = {8: "%Y%m%d", 6: "%Y%m"}
_SAMPLE = 100
_EPOCH: dict[int, Literal["s", "ms"]] = {10: "s", 13: "ms"}
_YEARS = (1600, 2200)
_WITH_ZONE = r":\d\d.*(?:Z|[+-]\d\d(?::?\d\d)?)$"


class DateText(NamedTuple):
    """Text read as dates.

    Attributes:
        dates: NaT where unreadable.
        ambiguous: which dates may be day first or month first.
    """

    dates: pd.Series
    ambiguous: pd.Series


def _parse(text: pd.Series, layout: str) -> pd.Series:
    """The dates; a time zone in the text makes all of them UTC."""
    if layout == _QUARTER:
        return _quarters(text)
    if layout == _WEEK:
        monday = text.str.upper().str.replace(r"^(\d{4})-?W(\d\d)$", r"\1-\2-1", regex=True)
        dates = pd.to_datetime(monday, format="%G-%V-%u", errors="coerce")
        # Week 53 of a year of 52 is the first of the next year to pandas.
        return dates.where(dates.dt.strftime("%G-%V-1") == monday)
    zoned = layout == "ISO8601" and bool(text.str.contains(_WITH_ZONE).any())
    return pd.to_datetime(text, format=layout, errors="coerce", utc=zoned)


def _quarters(text: pd.Series) -> pd.Series:
    """The first day of quarters such as 2000Q1, 2000-Q1 or Q1 2000; NaT where it is none."""
    year_first = text.str.upper().str.replace(r"^(Q[1-4])[ -/]?(\d{4})$", r"\2\1", regex=True)
    parts = year_first.str.extract(r"^(?P<year>\d{4})[ -]?Q(?P<quarter>[1-4])$")
    month = parts["quarter"].map({"1": "-01", "2": "-04", "3": "-07", "4": "-10"})
    return pd.to_datetime(parts["year"] + month, format="%Y-%m", errors="coerce")


def _sample(text: pd.Series) -> pd.Series:
    filled = text[text.notna() & (text != "")]
    return filled.head(_SAMPLE)


def looks_numeric(text: pd.Series) -> bool:
    """Whether most of the first values are plain numbers."""
    return bool(pd.to_numeric(_sample(text), errors="coerce").notna().mean() > 1 / 2)


def looks_like_dates(text: pd.Series) -> bool:
    """Whether most of the first values are dates and not plain numbers."""
    sample = _sample(text)
    return not looks_numeric(sample) and bool(
        _parse(sample, _layout(sample)).notna().mean() > 1 / 2
    )


def _layout(text: pd.Series) -> str:
    """The format that reads most of the first values."""
    sample = _sample(text)
    return max(_FORMATS, key=lambda layout: _parse(sample, layout).notna().sum())


def read_date_text(text: pd.Series, order: str | None = None) -> DateText:
    """Read a column of dates in the one format that fits most of it.

    Args:
        text: the dates.
        order: "dmy" or "mdy" where the day, or the month, comes first before a slash.
    """
    layout = _layout(text)
    certain = pd.Series(data=False, index=text.index)
    day_first = _MONTH_FIRST.get(layout, layout)
    if layout not in _MONTH_FIRST and layout not in _MONTH_FIRST.values():
        return DateText(_parse(text, layout), certain)
    if order is not None:
        month_first = next(each for each, other in _MONTH_FIRST.items() if other == day_first)
        return DateText(_parse(text, day_first if order == "dmy" else month_first), certain)
    dates = _parse(text, layout)
    if layout not in _MONTH_FIRST:
        return DateText(dates, certain)
    # Slashes: only a day above 12 tells which of the two numbers is the day.
    other = _parse(text, day_first)
    month_first_fails, day_first_fails = dates.isna().sum(), other.isna().sum()
    if month_first_fails == day_first_fails:
        return DateText(dates, dates.ne(other) & dates.notna() & other.notna())
    return DateText(dates if month_first_fails < day_first_fails else other, certain)


def read_compact_dates(digits: pd.Series) -> pd.Series | None:
    """Dates written as 20240131 or 202401, if every value is one in 1900 to 2099, else None."""
    layout = _COMPACT.get(len(digits.iloc[0]))
    if layout is None or not digits.str.fullmatch(r"(?:19|20)\d+").all():
        return None
    dates = pd.to_datetime(digits, format=layout, errors="coerce")
    return None if dates.isna().any() else dates


def read_epoch(digits: pd.Series) -> pd.Series | None:
    """Seconds or milliseconds since 1970 as times if all have 10 or 13 digits, else None."""
    unit = _EPOCH.get(len(digits.iloc[0]))
    if unit is None or not digits.str.fullmatch(rf"[1-9]\d{{{len(digits.iloc[0]) - 1}}}").all():
        return None
    return pd.to_datetime(digits.astype("int64"), unit=unit)


def looks_like_years(numbers: pd.Series) -> bool:
    """Whether all are whole numbers from 1600 to 2200, most of them one after the one before."""
    first, last = _YEARS
    values = numbers.to_numpy(dtype=np.float64)
    if not len(values) or not ((values >= first) & (values <= last) & (values % 1 == 0)).all():
        return False
    return bool((np.diff(values) == 1).sum() > len(values) / 2 - 1)
