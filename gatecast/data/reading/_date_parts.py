"""Dates whose year, month, day and hour stand in columns of their own."""

from __future__ import annotations

from itertools import takewhile

import pandas as pd

from gatecast._warn import warn
from gatecast.data._words import show_some
from gatecast.data.reading._columns import has_dates
from gatecast.data.reading._origin import Rows
from gatecast.data.reading.sources import Table

_PARTS = ("year", "month", "day", "hour", "minute", "second")


def with_dates(table: Table) -> tuple[Table, list[str]]:
    """The table with a column `ds` in front, and the columns that it was put together from.

    These are `year` and `month`, and those of `day`, `hour`, `minute` and `second` that follow
    without a gap. A table without them, or with a column of dates, is returned as it is.

    Raises:
        InputError: at the first row whose parts are no date.
    """
    frame = table.frame
    named = {name.lower(): name for name in map(str, frame.columns)}
    parts = list(takewhile(named.__contains__, _PARTS))
    if not {"year", "month"} <= set(parts) or any(has_dates(each) for _, each in frame.items()):
        return table, []
    names = [named[part] for part in parts]
    numbers = frame[names].apply(pd.to_numeric, errors="coerce").set_axis(parts, axis=1)
    dates = pd.to_datetime(pd.DataFrame({"day": 1, **numbers}), errors="coerce")
    Rows(table.origin).refuse(
        dates.isna(), frame[names[-1]], f"is no date together with {show_some(names[:-1])}"
    )
    warn(
        f"{table.origin.name}: the times 'ds' were put together from the columns "
        f"{show_some(names, most=len(names))}"
    )
    columns = pd.concat([dates.rename("ds"), frame], axis="columns")
    return table._replace(frame=columns), names
