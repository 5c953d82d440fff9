"""One row per series and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gatecast._warn import warn
from gatecast.data._words import show_time
from gatecast.data.reading._origin import Mends, Rows, RowsError

if TYPE_CHECKING:
    from typing import Literal

    import pandas as pd

    from gatecast.data.reading._origin import Origin

_KEY = ["unique_id", "ds"]
_MENDS: tuple[Mends, ...] = (
    {"repeated": "last"},
    {"repeated": "first"},
    {"repeated": "mean"},
    {"repeated": "sum"},
)


def one_of_each(
    rows: pd.DataFrame, how: Literal["first", "last", "mean", "sum"], origin: Origin
) -> pd.DataFrame:
    """The rows with one of each `unique_id` and `ds`, in their order.

    Args:
        rows: with `y`.
        how: the first or the last one counts, or `y` is their mean or sum.
        origin: of the rows.

    Warns:
        InputWarning: saying how many rows there were more than once.
    """
    repeated = rows.duplicated(_KEY)
    if not repeated.any():
        return rows
    what = "counts" if how in {"first", "last"} else "of them was taken"
    warn(
        f"{origin.name}: {int(repeated.sum()):,} rows repeat a series and a time: the {how} {what}"
    )
    kept = rows.drop_duplicates(_KEY, keep="last" if how == "last" else "first")
    if how in {"first", "last"}:
        return kept
    # The sum of nothing but missing values is missing.
    grouped = rows.groupby(_KEY, sort=False)["y"]
    y = grouped.mean() if how == "mean" else grouped.sum(min_count=1)
    return kept.assign(y=y.to_numpy())


def refuse_duplicates(rows: pd.DataFrame, origin: Origin) -> None:
    """Raise at the second row with the same `unique_id` and `ds`.

    Raises:
        RowsError: naming both rows.
    """
    repeated = rows.duplicated(_KEY).to_numpy()
    if not repeated.any():
        return
    second = int(repeated.argmax())
    unique_id, ds = rows["unique_id"].iloc[second], rows["ds"].iloc[second]
    same = (rows["unique_id"] == unique_id) & (rows["ds"] == ds)
    first = int(same.to_numpy().argmax())
    words = (
        f"{origin.place(second)}: series {str(unique_id)!r} has {show_time(ds)} twice, first at "
        f"{origin.place(first)}; keep one row per series and time, name the column that tells the "
        "series apart with id_col, or say with repeated='last' which of them counts (or 'first', "
        "'mean', 'sum')"
    )
    wrong = np.flatnonzero(repeated)
    raise RowsError(words, Rows(origin, rows["unique_id"]), wrong, rows["ds"], _MENDS)
