"""What a caller of `read` says about values that could be read in several ways, or in none."""

from __future__ import annotations

from itertools import chain
from typing import Any, get_args, get_type_hints

import numpy as np
import pandas as pd

from gatecast._types import InputError
from gatecast._warn import warn
from gatecast.data._words import show_name
from gatecast.data.calendar import looks_numeric, read_date_text
from gatecast.data.reading._columns import Columns, has_numbers, looks_like_id
from gatecast.data.reading._months import find_months, with_years
from gatecast.data.reading._origin import Mends, Selected
from gatecast.data.reading._values import is_missing, is_text, numbers_of
from gatecast.data.reading._written import read_with_decimal
from gatecast.data.reading.sources import Table

_YEARS = (1600, 2200)
_FEWEST_ROWS = 3
"""Of a series, on average."""


def check_mends(mends: Mends) -> None:
    """Raise unless all are known and have a value that is.

    Raises:
        InputError: naming the first that is not.
    """
    known = get_type_hints(Mends)
    for name, value in mends.items():
        if name not in known:
            raise InputError(f"read has no option {name!r}; there are {', '.join(known)}")
        if name == "first_year":
            first, last = _YEARS
            if not isinstance(value, int) or not first <= value <= last:
                raise InputError(f"first_year must be a year from {first} to {last}, got {value!r}")
        elif value not in get_args(known[name]):
            choices = ", ".join(map(repr, get_args(known[name])))
            raise InputError(f"{name} must be one of {choices}, got {value!r}")


def mended(table: Table, mends: Mends, id_col: str | None, time_col: str | None) -> Table:
    """The table with its decimal marks and its months as they are meant.

    Args:
        table: as it stands in the source.
        mends: what the caller says.
        id_col: tells the series apart, if it was named.
        time_col: holds the months, if it was named.

    Raises:
        InputError: if there is no column of months to give years to.
    """
    frame = table.frame
    if "decimal" in mends:
        read = {
            name: read_with_decimal(values, mends["decimal"])
            for name, values in frame.items()
            if is_text(values)
        }
        frame = frame.assign(**{str(name): values for name, values in read.items()})
    if "first_year" in mends:
        names = [time_col] if time_col is not None else [str(name) for name in frame.columns]
        month = find_months({name: frame[name] for name in names if name in frame}, share=0.5)
        if month is None:
            raise InputError(
                f"{table.origin.name}: first_year is for months without a year, but no column "
                "holds any; leave it out, or name the column with time_col"
            )
        ids = id_col or _likely_id(frame.drop(columns=month))
        dates = with_years(frame[month], mends["first_year"], None if ids is None else frame[ids])
        frame = frame.assign(**{month: dates})
    return table._replace(frame=frame)


def _likely_id(frame: pd.DataFrame) -> str | None:
    """The column that tells series apart, as far as that can be said before there are times."""
    named = (str(name) for name in frame if looks_like_id(str(name)))
    words = (
        str(name)
        for name, values in frame.items()
        if is_text(values)
        and not has_numbers(values)
        and values.nunique() * _FEWEST_ROWS <= len(values)
    )
    return next(chain(named, words), None)


def without_invalid(table: Table, columns: Columns, mends: Mends) -> Table:
    """The table with dates in the order that is meant, and without what cannot be read.

    Args:
        table: whose columns are known.
        columns: what they are.
        mends: what the caller says.

    Warns:
        InputWarning: saying how much was left out.
    """
    frame = table.frame
    time, target = columns.time_col, columns.target_col
    if "date_order" in mends and time is not None and is_text(frame[time]):
        frame = frame.assign(**{time: _ordered(frame[time], mends["date_order"])})
    if "invalid" not in mends:
        return table._replace(frame=frame)
    numbers = numbers_of(frame[target])
    numbers = numbers.where(np.isfinite(numbers))
    bad = numbers.isna() & ~is_missing(frame[target])
    if bad.any():
        _tell(table, f"{int(bad.sum()):,} values of column {show_name(target)} that are no number "
                     "were taken for missing")  # fmt: skip
        frame = frame.assign(**{target: numbers})
    unread = pd.Series(data=False, index=frame.index)
    if time is not None:
        unread |= _no_times(frame[time])
    if columns.id_col is not None:
        unread |= is_missing(frame[columns.id_col])
    if not unread.any():
        return table._replace(frame=frame)
    _tell(table, f"{int(unread.sum()):,} rows without a readable time or id were left out")
    kept = np.flatnonzero(~unread)
    origin = Selected(table.origin, kept.tolist())
    return table._replace(frame=frame.iloc[kept].reset_index(drop=True), origin=origin)


def _ordered(values: pd.Series, order: str) -> pd.Series:
    """Dates as ISO 8601 writes them, as far as they can be read."""
    text = values.astype(str).str.strip()
    dates = read_date_text(text, order).dates
    ordered: pd.Series = dates.dt.strftime("%Y-%m-%dT%H:%M:%S").where(dates.notna(), values)
    return ordered


def _no_times(values: pd.Series) -> pd.Series:
    """Which values are no time like the others."""
    missing = is_missing(values)
    if not is_text(values):
        return missing
    text = values.astype(str).str.strip()
    filled = text[~missing]
    if looks_numeric(filled):
        read: Any = pd.to_numeric(filled, errors="coerce")
    else:
        read = read_date_text(filled).dates
    unread: pd.Series = missing | read.reindex(values.index).isna()
    return unread


def _tell(table: Table, words: str) -> None:
    warn(f"{table.origin.name}: {words}")
