"""One row per series and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatecast._types import InputError
from gatecast.data._words import show_time

if TYPE_CHECKING:
    import pandas as pd

    from gatecast.data.reading._origin import Origin


def refuse_duplicates(rows: pd.DataFrame, origin: Origin) -> None:
    """Raise at the second row with the same `unique_id` and `ds`.

    Raises:
        InputError: naming both rows.
    """
    repeated = rows.duplicated(["unique_id", "ds"]).to_numpy()
    if not repeated.any():
        return
    second = int(repeated.argmax())
    unique_id, ds = rows["unique_id"].iloc[second], rows["ds"].iloc[second]
    same = (rows["unique_id"] == unique_id) & (rows["ds"] == ds)
    first = int(same.to_numpy().argmax())
    raise InputError(
        f"{origin.place(second)}: series {str(unique_id)!r} has {show_time(ds)} twice, first at "
        f"{origin.place(first)}; keep one row per series and time, or name the column that tells "
        "the series apart with id_col"
    )
