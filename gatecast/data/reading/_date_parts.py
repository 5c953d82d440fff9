"""Dates whose year, month, day and hour stand in columns of their own."""

from __future__ import annotations

import warnings
from itertools import takewhile

import pandas as pd

from gatecast._types import InputWarning
from gatecast.data._words import show_some
from gatecast.data.reading._origin import Rows
from gatecast.data.reading.sources import Table

_PARTS = ("year", "month", "day", "hour", "minute", "second")


def with_dates(table: Table) -> Table:
    """The table with one column `ds` in place of the columns that are parts of a date.

    These are `year` and `month`, and those of `day`, `hour`, `minute` and `second` that follow
    without a gap. A table without them is returned as it is.

    Raises:
        InputError: at the first row whose parts are no date.
    """
    named = {name.lower(): name for name in map(str, table.frame.columns)}
    parts = list(takewhile(named.__contains__, _PARTS))
    if not {"year", "month"} <= set(parts):
        return table
    names = [named[part] for part in parts]
    numbers = table.frame[names].apply(pd.to_numeric, errors="coerce").set_axis(parts, axis=1)
    dates = pd.to_datetime(pd.DataFrame({"day": 1, **numbers}), errors="coerce")
    Rows(table.origin).refuse(
        dates.isna(), table.frame[names[-1]], f"is no date together with {show_some(names[:-1])}"
    )
    warnings.warn(
        f"{table.origin.name}: the columns {show_some(names, most=len(names))} were put together "
        "as 'ds'",
        InputWarning,
        stacklevel=3,
    )
    frame = table.frame.drop(columns=names)
    frame.insert(0, "ds", dates)
    return table._replace(frame=frame)
