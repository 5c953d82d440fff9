"""Which columns hold the id, the time and the target."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from gatecast._types import InputError
from gatecast._warn import warn
from gatecast.data._words import show_name, show_some
from gatecast.data.calendar import (
    looks_like_dates,
    looks_like_years,
    looks_numeric,
    read_compact_dates,
    read_date_text,
    read_epoch,
)
from gatecast.data.reading._months import find_months
from gatecast.data.reading._origin import NumberedRows, Rows, RowsError
from gatecast.data.reading._values import is_number, is_text
from gatecast.data.reading._written import looks_written
from gatecast.data.reading.sources import require_few_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_IDS = re.compile(
    r"(unique|series|item|store|product|sensor|station)?[_ ]?id|series|item|store|product|sku"
    r"|symbol|ticker|sensor|station",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"ds|t|time|date|date_?time|timestamp|step|time_?step|period|year", re.IGNORECASE
)
_ROW_NUMBERS = re.compile(r"|index|row|no|nr|unnamed: 0", re.IGNORECASE)
_SHOWN = 20
_FEWEST_TIMES = 3


@dataclass(frozen=True)
class Columns:
    """The columns that hold the three essentials.

    Attributes:
        id_col: tells the series apart; None if there is a single series.
        time_col: dates, timestamps or whole numbers; None if rows are numbered instead.
        target_col: the values to forecast.
        also_numeric: the other columns that might be the target, if it was guessed among several.
    """

    id_col: str | None
    time_col: str | None
    target_col: str
    also_numeric: tuple[str, ...] = ()

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Self:
        """The columns that `read` took for a frame it returned."""
        return cls(**frame.attrs["columns"])

    @property
    def used(self) -> list[str]:
        """The columns taken."""
        return [name for name in (self.id_col, self.time_col, self.target_col) if name is not None]

    def __str__(self) -> str:
        time = "row numbers" if self.time_col is None else show_name(self.time_col)
        words = f"time {time}, target {show_name(self.target_col)}"
        if self.also_numeric:
            words += f" (also numeric: {show_some(self.also_numeric)})"
        return words if self.id_col is None else f"{words}, id {show_name(self.id_col)}"


def infer_columns(
    frame: pd.DataFrame,
    *,
    id_col: str | None = None,
    time_col: str | None = None,
    target_col: str | None = None,
    exog: Sequence[str] = (),
    where: str = "the data frame",
) -> Columns:
    """Find the columns that are not named.

    The time is `ds`, else the first column of dates (typed or as text), else the first column of
    whole numbers with a name such as `t`, `step` or `year`, else the first one that rises and can
    be years, dates or seconds in digits (1949, 202401, 20240131, 1704067200); without any, the rows
    of a table of nothing but numbers are numbered. The id is `unique_id`, else a column with a name
    such as `id` or `store`, else the first column of text; the last two only if times repeat. The
    target is `y`, else the first other column of numbers.

    Args:
        frame: the rows.
        id_col: the id, if known.
        time_col: the time, if known.
        target_col: the target, if known.
        exog: columns that are none of these.
        where: the name of the frame in messages.

    Raises:
        InputError: if a named column does not exist, if there are more than 2,000, or if none
            holds dates or numbers.
    """
    require_few_columns(frame.columns, where)
    check_frame(frame, [id_col, time_col, target_col, *exog], where)
    named = {id_col, time_col, target_col, *exog}
    free = {str(name): values for name, values in frame.items() if name not in named}
    time = find_time(free) if time_col is None else time_col
    if time is None:
        _require_countable(frame, free, where)
    else:
        free.pop(time, None)
    series = _find_id(free, None if time is None else frame[time]) if id_col is None else id_col
    if series is not None:
        free.pop(series, None)
    targets = _find_targets(free) if target_col is None else [target_col]
    if not targets:
        raise _none_found(frame, where, "no other column holds numbers to forecast", "target_col")
    return Columns(series, time, targets[0], tuple(targets[1:]))


def check_frame(
    frame: pd.DataFrame, names: Iterable[str | None], where: str, *, allow_empty: bool = False
) -> None:
    """Raise if a named column does not exist or serves twice, or if there are no rows.

    Raises:
        InputError: with the closest name and the columns there are.
    """
    given = [name for name in names if name is not None]
    if len(set(given)) < len(given):
        raise InputError(
            f"{where}: id, time, target and exogenous values need a column each, not {given}"
        )
    existing = [str(name) for name in frame.columns]
    for name in given:
        if name not in frame.columns:
            near = get_close_matches(str(name), existing, n=1)
            hint = f"; did you mean {show_name(near[0])}?" if near else "."
            raise InputError(f"{where} has no column {show_name(name)}{hint} {_listed(frame)}")
    if not (len(frame) or allow_empty):
        raise InputError(f"{where} has no rows; it needs at least one below its column names")


def _listed(frame: pd.DataFrame) -> str:
    return f"It has {show_some(list(frame.columns), most=_SHOWN)}"


def _none_found(frame: pd.DataFrame, where: str, problem: str, option: str) -> InputError:
    return InputError(f"{where}: {problem}; name one with {option}. {_listed(frame)}")


def _sample(values: pd.Series) -> pd.Series:
    return values.dropna().head(100).astype(str).str.strip()


def has_dates(values: pd.Series) -> bool:
    """Whether it holds dates, typed or as text."""
    if is_text(values):
        return looks_like_dates(_sample(values))
    return values.dtype.kind == "M" or isinstance(values.dtype, pd.PeriodDtype)


def has_numbers(values: pd.Series) -> bool:
    """Whether it holds numbers, or text that is meant to be numbers such as "1.234,5"."""
    if not is_text(values):
        return is_number(values)
    sample = _sample(values)
    return looks_numeric(sample) or (looks_written(sample) and not looks_like_dates(sample))


def find_time(free: dict[str, pd.Series]) -> str | None:
    """The column of times among some, or None."""
    if "ds" in free:
        return "ds"
    dates = (name for name, values in free.items() if has_dates(values))
    counts = (
        name for name, values in free.items() if _TIMES.fullmatch(name) and has_numbers(values)
    )
    digits = (name for name, values in free.items() if _has_digits_of_times(values))
    return next(chain(dates, counts, digits), None)


def _has_digits_of_times(values: pd.Series) -> bool:
    """Whether it counts years, or is dates or seconds written in digits, in rising order."""
    if not has_numbers(values):
        return False
    numbers = pd.to_numeric(values, errors="coerce")
    if looks_like_years(numbers):
        return True
    if len(numbers) < _FEWEST_TIMES or not numbers.is_monotonic_increasing:
        return False
    digits = values.astype(str).str.strip()
    return read_compact_dates(digits) is not None or read_epoch(digits) is not None


def looks_like_id(name: str) -> bool:
    """Whether a name says that a column tells series apart."""
    return _IDS.fullmatch(name) is not None


def is_row_number(name: str) -> bool:
    """Whether a name says that a column numbers the rows."""
    return _ROW_NUMBERS.fullmatch(name) is not None


def times_as_names(names: Iterable[str]) -> list[str]:
    """The column names that are dates or years, if most of three or more are."""
    given = pd.Series(list(names), dtype=object)
    years = looks_like_years(pd.to_numeric(given, errors="coerce").dropna())
    found = given[given.str.fullmatch(r"\s*\d{4}\s*")] if years else _dates_among(given)
    return found.tolist() if len(found) >= max(_FEWEST_TIMES, len(given) / 2) else []


def _dates_among(names: pd.Series) -> pd.Series:
    with_digits = names[names.str.contains(r"\d{2}")]
    if with_digits.empty or not looks_like_dates(with_digits):
        return with_digits.head(0)
    return with_digits[read_date_text(with_digits.str.strip()).dates.notna()]


def _require_countable(frame: pd.DataFrame, free: dict[str, pd.Series], where: str) -> None:
    """Raise unless rows can be numbered instead of having times: all that is not named is numbers.

    Raises:
        InputError: with what to name, or that the names of columns are the times.
    """
    names = times_as_names(free)
    if names:
        raise InputError(
            f"{where}: the names of {len(names):,} columns are times, such as "
            f"{show_name(names[0])}; if each row is a series, read it with wide=True"
        )
    _refuse_months(frame, free, where)
    if not all(map(has_numbers, free.values())):
        raise _none_found(frame, where, "no column holds dates", "time_col")
    warn(
        f"{where} has no column of times: its rows are numbered from 1, as 'ds'; if there is one, "
        "name it with time_col"
    )


def _refuse_months(frame: pd.DataFrame, free: dict[str, pd.Series], where: str) -> None:
    """Raise if a column holds months without a year.

    Raises:
        RowsError: that asks for the year of the first.
    """
    month = find_months(free)
    if month is None:
        return
    words = (
        f"{where}: column {show_name(month)} holds months without a year, such as "
        f"{str(frame[month].iloc[0])!r}; say of which year the first row is, as in "
        "first_year=2020, or write dates like 2020-03"
    )
    every = np.arange(len(frame))
    raise RowsError(words, Rows(NumberedRows(where)), every, frame[month], [{"first_year": 0}])


def _find_id(free: dict[str, pd.Series], times: pd.Series | None) -> str | None:
    """The column of ids, if times repeat; without times, a usual one whose own values repeat."""
    if "unique_id" in free:
        return "unique_id"
    usual = (name for name in free if _IDS.fullmatch(name))
    if times is None:
        return next((name for name in usual if free[name].duplicated().any()), None)
    if not times.duplicated().any():
        return None
    texts = (
        name
        for name, values in free.items()
        # A time of day beside a column of dates tells rows apart, not series.
        if not _TIMES.fullmatch(name) and is_text(values) and not has_numbers(values)
    )
    return next(chain(usual, texts), None)


def _find_targets(free: dict[str, pd.Series]) -> list[str]:
    if "y" in free:
        return ["y"]
    return [
        name
        for name, values in free.items()
        if not (_IDS.fullmatch(name) or is_row_number(name)) and has_numbers(values)
    ]
