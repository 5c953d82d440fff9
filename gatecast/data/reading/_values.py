"""Text and mixed values to numbers, times and ids; the first bad value is named with its row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api import types

from gatecast._warn import warn
from gatecast.data._words import show_name
from gatecast.data.calendar import looks_numeric, read_compact_dates, read_date_text, read_epoch
from gatecast.data.reading._origin import Mends
from gatecast.data.reading._written import looks_written, read_written

if TYPE_CHECKING:
    from gatecast.data.reading._origin import Rows

MISSING = ("", "na", "n/a", "nan", "null", "none")
ADVICE = (
    "write numbers like 1234.5: thousands separators, decimal commas and signs such as € or % are "
    "read only where the whole column leaves no doubt"
)
_LEFT_OUT: tuple[Mends, ...] = ({"invalid": "missing"},)
_DECIMALS: tuple[Mends, ...] = ({"decimal": ","}, {"decimal": "."})
_ORDERS: tuple[Mends, ...] = ({"date_order": "dmy"}, {"date_order": "mdy"})
_FIRST_YEAR, _LAST_YEAR = 1678, 2261  # the whole years that fit in 64-bit nanoseconds


def is_text(values: pd.Series) -> bool:
    """Whether the column holds text or mixed Python objects."""
    return types.is_object_dtype(values) or types.is_string_dtype(values)


def is_number(values: pd.Series) -> bool:
    """Whether the column has a type of real numbers; truth values are none."""
    return types.is_any_real_numeric_dtype(values)


def is_missing(values: pd.Series) -> pd.Series:
    """Which values are null, blank or a word for missing."""
    missing = values.isna()
    if is_text(values):
        missing |= values.astype(str).str.strip().str.lower().isin(MISSING)
    return missing


def typed_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the text columns that hold only numbers as numbers."""
    return pd.DataFrame({name: _number_if_all(column) for name, column in frame.items()})


def _number_if_all(values: pd.Series) -> pd.Series:
    if not is_text(values) or not (looks_numeric(values) or looks_written(values)):
        return values
    numbers = pd.to_numeric(values, errors="coerce")
    unread = given_text(values[numbers.isna()])
    if unread.empty:
        return values if numbers.isna().all() else numbers
    written = read_written(given_text(values))
    # What needs to be told is read when the column is used.
    return values if written is None or written.what else written.numbers.reindex(values.index)


def given_text(values: pd.Series) -> pd.Series:
    """The values that are not missing, as text."""
    return values[~is_missing(values)].astype(str)


def numbers_of(values: pd.Series) -> pd.Series:
    """The values as float64, NaN where one is no real number.

    Warns:
        InputWarning: saying how numbers that are written for people were understood.
    """
    if not is_text(values):
        known = is_number(values) or types.is_bool_dtype(values)
        return values.astype("float64") if known else pd.Series(np.nan, index=values.index)
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    given = given_text(values)
    if given_text(values[numbers.isna()]).empty:
        return numbers
    written = read_written(given)
    if written is None:
        # A word among them must not hide how the numbers are written.
        digits = given.str.contains(r"\d")
        written = read_written(given[digits]) if digits.any() else None
    if written is None:
        return numbers
    if written.what:
        warn(f"column {show_name(values.name)} was read {written.what}")
    return written.numbers.reindex(values.index)


def read_ids(values: pd.Series, rows: Rows) -> pd.Series:
    """The values, categories resolved.

    Raises:
        InputError: at the first missing id.
    """
    # To look at each id once is quicker than at each row.
    unique = values.unique()
    if pd.isna(unique).any() or "" in unique.tolist():
        missing = values.isna() | values.eq("")
        rows.refuse(missing, values, "is no id; every row needs to name its series", _LEFT_OUT)
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.astype(values.cat.categories.dtype)
    return values


def read_numbers(values: pd.Series, rows: Rows, advice: str = ADVICE) -> pd.Series:
    """The values as float64, NaN where missing.

    Args:
        values: of a column.
        rows: where the rows came from.
        advice: what to do about a value that is no number.

    Raises:
        InputError: at the first value that is neither a finite number nor missing.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if is_number(values) or types.is_bool_dtype(values):
        numbers = values if values.dtype == np.float64 else values.astype("float64")
    else:
        numbers = numbers_of(values)
        unread = numbers.isna()
        if unread.any():
            unread &= ~is_missing(values)
        written = looks_written(values[unread])
        mends = (*_DECIMALS, *_LEFT_OUT) if written else _LEFT_OUT
        rows.refuse(unread, values, f"is not a number; {advice}", mends)
    infinite = np.isinf(numbers.to_numpy())
    rows.refuse(infinite, values, "is not finite; replace it or leave it empty", _LEFT_OUT)
    return numbers


def read_times(values: pd.Series, rows: Rows) -> pd.Series:
    """The values as nanosecond timestamps (in their time zone, if any) or int64.

    Text of eight or six digits that is a date throughout (20240131, 202401) is read as dates, text
    of ten or thirteen digits as seconds or milliseconds since 1970.

    Raises:
        InputError: at the first value that is missing, unreadable or ambiguous.
    """
    rows.refuse(values.array.isna(), values, "is no time; every row needs one", _LEFT_OUT)
    if isinstance(values.dtype, pd.PeriodDtype):
        values = values.dt.to_timestamp()
    if values.dtype.kind == "M":
        return _nanoseconds(values, rows)
    if is_number(values):
        return _whole_numbers(values, rows)
    text = values.astype(str).str.strip()
    for read_digits in (read_compact_dates, read_epoch):
        times = read_digits(text)
        if times is not None:
            return times
    if looks_numeric(text):
        return _whole_numbers(pd.to_numeric(text, errors="coerce"), rows, shown=values)
    dates, ambiguous = read_date_text(text)
    advice = "write dates like 2024-03-31 or 2024-03-31 05:00"
    rows.refuse(dates.isna(), values, f"is not a date like the others; {advice}", _LEFT_OUT)
    order = "or say date_order='dmy' if the day is first, date_order='mdy' if the month is"
    rows.refuse(ambiguous, values, f"may be day first or month first; {advice}, {order}", _ORDERS)
    return _nanoseconds(dates, rows)


def _nanoseconds(values: pd.Series, rows: Rows) -> pd.Series:
    """Timestamps of any resolution in nanoseconds."""
    if not isinstance(values.array, pd.arrays.DatetimeArray):
        values = pd.Series(pd.DatetimeIndex(values), index=values.index, name=values.name)
    times: Any = values.array
    first, beyond = (
        np.datetime64(str(year), times.unit).astype(np.int64)
        for year in (_FIRST_YEAR, _LAST_YEAR + 1)
    )
    if times.asi8.min() < first or times.asi8.max() >= beyond:
        outside = (times.year < _FIRST_YEAR) | (times.year > _LAST_YEAR)
        rows.refuse(outside, values, f"is outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    if times.unit == "ns":
        return values
    return pd.Series(times.as_unit("ns"), index=values.index, name=values.name)


def _whole_numbers(numbers: pd.Series, rows: Rows, shown: pd.Series | None = None) -> pd.Series:
    """Numbers without a fraction as int64."""
    fraction = numbers.isna() | (numbers % 1 != 0)
    values = numbers if shown is None else shown
    rows.refuse(fraction, values, "is neither a whole number nor a date", _LEFT_OUT)
    return numbers.astype("int64")
