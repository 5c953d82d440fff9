"""Any frame to `unique_id`, `ds`, `y`, every value checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gatecast._types import InputError
from gatecast.data._origin import Origin, Rows
from gatecast.data._values import read_ids, read_numbers, read_times

if TYPE_CHECKING:
    from gatecast.data._columns import Columns

SINGLE_SERIES = "series"


def standard(frame: pd.DataFrame, columns: Columns, origin: Origin) -> pd.DataFrame:
    """The three columns in their standard types, rows in their order.

    Without an id column all rows form one series of the name "series".

    Raises:
        InputError: at the first value that cannot be used, or if there is none at all.
    """
    if columns.id_col is None:
        ids = pd.Series(SINGLE_SERIES, index=frame.index)
        rows = Rows(origin)
    else:
        ids = read_ids(frame[columns.id_col], Rows(origin))
        rows = Rows(origin, ids)
    times = read_times(frame[columns.time_col], rows)
    target = read_numbers(frame[columns.target_col], rows)
    if target.isna().all():
        raise InputError(
            f"{origin.name}: column {columns.target_col!r} has no value in any row; "
            "name the column to forecast with target_col"
        )
    return pd.DataFrame({"unique_id": ids, "ds": times, "y": target})
