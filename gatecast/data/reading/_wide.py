"""Wide tables: one column per series, or one row per series with times as column names."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gatecast._types import InputError
from gatecast._warn import warn
from gatecast.data._words import show_some
from gatecast.data.reading._columns import (
    check_frame,
    find_time,
    has_numbers,
    is_row_number,
    times_as_names,
)
from gatecast.data.reading._origin import Rows, Selected
from gatecast.data.reading._values import read_numbers
from gatecast.data.reading.sources import Table


def long_table(table: Table, id_col: str | None, time_col: str | None) -> Table:
    """The table with one row per series and time: `unique_id`, the time, `y`, and what remains.

    Args:
        table: a wide table.
        id_col: the column that names the series, where each row is one.
        time_col: the column of times, where each column is a series.

    Raises:
        InputError: if no column holds the values of a series, or at the first that is no number.
    """
    check_frame(table.frame, [id_col], table.origin.name)
    names = [str(name) for name in table.frame.columns if name not in {id_col, time_col}]
    times = times_as_names(names)
    if times:
        return _rows_as_series(table, times, id_col)
    if id_col is not None:
        raise InputError(
            f"{table.origin.name}: with wide=True and a column of ids the names of the other "
            "columns have to be times; leave out id_col, or lay the table out long"
        )
    return _columns_as_series(table, time_col)


def _rows_as_series(table: Table, times: list[str], id_col: str | None) -> Table:
    """One series per row, named by a column or, without one, by the number of the row."""
    frame = table.frame
    others = [str(name) for name in frame.columns if name not in times]
    named = id_col if id_col is not None else next(iter(others), None)
    ids = pd.Series(np.arange(1, len(frame) + 1)) if named is None else frame[named]
    # Series after series.
    values = np.column_stack([read_numbers(frame[name], Rows(table.origin, ids)) for name in times])
    row = np.repeat(np.arange(len(frame)), len(times))
    rest = frame[[name for name in others if name not in {named, "unique_id", "ds", "y"}]]
    found = pd.DataFrame(
        {
            "unique_id": ids.to_numpy()[row],
            "ds": np.tile(np.array(times, dtype=object), len(frame)),
            "y": values.reshape(-1),
        }
    )
    found = pd.concat([found, rest.iloc[row].reset_index(drop=True)], axis="columns")
    return Table(found, Selected(table.origin, row.tolist()), table.is_text)


def _columns_as_series(table: Table, time_col: str | None) -> Table:
    """One series per column of numbers, under its name."""
    frame = table.frame
    check_frame(frame, [time_col], table.origin.name)
    columns = {str(name): values for name, values in frame.items()}
    time = find_time(columns) if time_col is None else time_col
    others = {name: values for name, values in columns.items() if name != time}
    series = [name for name in others if has_numbers(others[name]) and not is_row_number(name)]
    if not series:
        raise InputError(f"{table.origin.name}: no column holds the numbers of a series")
    left_out = [name for name in others if name not in series]
    if left_out:
        warn(f"{table.origin.name}: columns that are no series left out: {show_some(left_out)}")
    row = np.tile(np.arange(len(frame)), len(series))
    values = [read_numbers(frame[name], Rows(table.origin)).to_numpy() for name in series]
    times = pd.Series(np.arange(1, len(frame) + 1)) if time is None else frame[time]
    found = pd.DataFrame(
        {
            "unique_id": np.repeat(np.array(series, dtype=object), len(frame)),
            time or "ds": times.iloc[row].array,
            "y": np.concatenate(values),
        }
    )
    return Table(found, Selected(table.origin, row.tolist()))
