"""The columns of a forecast in their standard types, every value checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import is_integer_dtype

from gatecast._types import InputError
from gatecast.data.reading._origin import Origin, Rows
from gatecast.data.reading._values import read_ids, read_numbers, read_times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatecast._types import Floats
    from gatecast.data.reading._columns import Columns

SINGLE_SERIES = "series"


def standard(
    frame: pd.DataFrame, columns: Columns, origin: Origin, *, may_be_missing: bool = False
) -> pd.DataFrame:
    """The three columns in their standard types, rows in their order.

    Without an id column all rows form one series of the name "series"; without a time column the
    rows of each series are numbered from 1.

    Raises:
        InputError: at the first value that cannot be used, or if there is none at all, which
            `may_be_missing` allows.
    """
    ids, times = read_file_keys(frame, columns.id_col, columns.time_col, origin)
    rows = Rows(origin, None if columns.id_col is None else ids)
    target = read_numbers(frame[columns.target_col], rows)
    if not may_be_missing:
        require_values(target.to_numpy()[None], [columns.target_col], origin)
    return pd.DataFrame({"unique_id": ids, "ds": times, "y": target})


def present_id(frame: pd.DataFrame, id_col: str | None) -> str | None:
    """The column of ids, or None where all rows are one series.

    They are if no column is named, and if there is none of the usual name, `unique_id`.
    """
    return None if id_col == "unique_id" and id_col not in frame else id_col


def read_file_keys(
    frame: pd.DataFrame, id_col: str | None, time_col: str | None, origin: Origin
) -> tuple[pd.Series, pd.Series]:
    """As `read_keys`, of a file: without times, the rows of each series are numbered from 1.

    Raises:
        InputError: at the first id or time that cannot be used.
    """
    if time_col is None:
        ids = _read_series(frame, id_col, origin)
        return ids, ids.groupby(ids).cumcount() + 1
    times = frame[time_col]
    # Numbers in a file may be dates, such as 202001.
    if is_integer_dtype(times):
        frame = frame.assign(**{time_col: times.astype(str)})
    return read_keys(frame, id_col, time_col, origin)


def read_keys(
    frame: pd.DataFrame, id_col: str | None, time_col: str, origin: Origin
) -> tuple[pd.Series, pd.Series]:
    """The series, "series" without a column of ids, and the time of each row.

    Raises:
        InputError: at the first id or time that cannot be used.
    """
    ids = _read_series(frame, id_col, origin)
    return ids, read_times(frame[time_col], Rows(origin, None if id_col is None else ids))


def _read_series(frame: pd.DataFrame, id_col: str | None, origin: Origin) -> pd.Series:
    if id_col is None:
        return pd.Series(SINGLE_SERIES, index=frame.index)
    return read_ids(frame[id_col], Rows(origin))


def read_columns(frame: pd.DataFrame, names: Sequence[str], rows: Rows) -> Floats:
    """Columns of numbers, [columns, rows].

    Raises:
        InputError: at the first value that is neither a finite number nor missing.
    """
    values = np.empty((len(names), len(frame)))
    for place, name in enumerate(names):
        values[place] = read_numbers(frame[name], rows)
    return values


def require_values(values: Floats, names: Sequence[str], origin: Origin) -> None:
    """Raise if not one of the target columns, [columns, rows], has a value."""
    if np.isnan(values).all():
        which = " and ".join(repr(name) for name in names)
        raise InputError(
            f"{origin.name}: column {which} has no value in any row; "
            "name the column to forecast with target_col"
        )
