"""Which columns hold the id, the time and the target."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from typing import TYPE_CHECKING, Self

import pandas as pd

from gatecast._types import InputError
from gatecast.data._words import show_name, show_some
from gatecast.data.calendar import looks_like_dates, looks_numeric
from gatecast.data.reading._values import is_number, is_text

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
_ROW_NUMBERS = re.compile(r"|index|row|unnamed: 0", re.IGNORECASE)
_GROUPED_DIGITS = r"[-+]?(?:\d{1,3}(?:[.,'\s]\d{3})+(?:[.,]\d+)?|\d+[.,]\d+)"
_SHOWN = 20


@dataclass(frozen=True)
class Columns:
    """The columns that hold the three essentials.

    Attributes:
        id_col: tells the series apart; None if there is a single series.
        time_col: dates, timestamps or whole numbers.
        target_col: the values to forecast.
        also_numeric: the other columns that might be the target, if it was guessed among several.
    """

    id_col: str | None
    time_col: str
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
        words = f"time {show_name(self.time_col)}, target {show_name(self.target_col)}"
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
    whole numbers with a name such as `t`, `step` or `year`. The id is `unique_id`, else a column
    with a name such as `id` or `store`, else the first column of text; the last two only if times
    repeat. The target is `y`, else the first other column of numbers.

    Args:
        frame: the rows.
        id_col: the id, if known.
        time_col: the time, if known.
        target_col: the target, if known.
        exog: columns that are none of these.
        where: the name of the frame in messages.

    Raises:
        InputError: if a named column does not exist, or if no column holds dates or numbers.
    """
    check_frame(frame, [id_col, time_col, target_col, *exog], where)
    named = {id_col, time_col, target_col, *exog}
    free = {str(name): values for name, values in frame.items() if name not in named}
    time = _find_time(free) if time_col is None else time_col
    if time is None:
        raise _none_found(frame, where, "no column holds dates", "time_col")
    free.pop(time, None)
    series = _find_id(free, frame[time]) if id_col is None else id_col
    free.pop(str(series), None)
    targets = _find_targets(free) if target_col is None else [target_col]
    if not targets:
        raise _none_found(frame, where, "no other column holds numbers to forecast", "target_col")
    return Columns(series, time, targets[0], tuple(targets[1:]))


def check_frame(frame: pd.DataFrame, names: Iterable[str | None], where: str) -> None:
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
    if frame.empty:
        raise InputError(f"{where} has no rows; it needs at least one below its column names")


def _listed(frame: pd.DataFrame) -> str:
    return f"It has {show_some(list(frame.columns), most=_SHOWN)}"


def _none_found(frame: pd.DataFrame, where: str, problem: str, option: str) -> InputError:
    return InputError(f"{where}: {problem}; name one with {option}. {_listed(frame)}")


def _sample(values: pd.Series) -> pd.Series:
    return values.dropna().head(100).astype(str).str.strip()


def _has_dates(values: pd.Series) -> bool:
    if is_text(values):
        return looks_like_dates(_sample(values))
    return values.dtype.kind == "M" or isinstance(values.dtype, pd.PeriodDtype)


def _has_numbers(values: pd.Series) -> bool:
    """Whether it holds numbers, or text that is meant to be numbers such as "1.234,5"."""
    if not is_text(values):
        return is_number(values)
    sample = _sample(values)
    grouped = sample.str.fullmatch(_GROUPED_DIGITS).mean() > 1 / 2
    return looks_numeric(sample) or (bool(grouped) and not looks_like_dates(sample))


def _find_time(free: dict[str, pd.Series]) -> str | None:
    if "ds" in free:
        return "ds"
    dates = (name for name, values in free.items() if _has_dates(values))
    counts = (
        name for name, values in free.items() if _TIMES.fullmatch(name) and _has_numbers(values)
    )
    return next(chain(dates, counts), None)


def _find_id(free: dict[str, pd.Series], times: pd.Series) -> str | None:
    if "unique_id" in free:
        return "unique_id"
    if not times.duplicated().any():
        return None
    usual = (name for name in free if _IDS.fullmatch(name))
    texts = (
        name
        for name, values in free.items()
        # A time of day beside a column of dates tells rows apart, not series.
        if not _TIMES.fullmatch(name) and is_text(values) and not _has_numbers(values)
    )
    return next(chain(usual, texts), None)


def _find_targets(free: dict[str, pd.Series]) -> list[str]:
    if "y" in free:
        return ["y"]
    return [
        name
        for name, values in free.items()
        if not (_IDS.fullmatch(name) or _ROW_NUMBERS.fullmatch(name)) and _has_numbers(values)
    ]
