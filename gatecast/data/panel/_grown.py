"""Tables that have grown: rows that were read before, and the new ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import InputError, Integers, Panel
from gatecast.data._words import show_name, show_series, show_time
from gatecast.data.panel._append import require_alike
from gatecast.data.panel._categories import in_words, same_categories

# Numbers that were written as text and read again may differ in the last digits.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Grown:
    """A table beside what was read before, each id counted once however many targets it has.

    Attributes:
        new: the rows that are new, of the series that have any.
        rows: how many these are.
        repeated: rows that were read before, with the same values.
        unchecked: rows from before the oldest row that is kept: their values cannot be compared.
    """

    new: Panel
    rows: int
    repeated: int
    unchecked: int


def unchanged(known: Panel) -> Grown:
    """What is found in a table without rows."""
    return Grown(_rows_of(known, np.zeros(known.rows, dtype=bool)), 0, 0, 0)


def grown(known: Panel, table: Panel) -> Grown:
    """Tell the rows of a table that follow the known ones from those that repeat them.

    Args:
        known: the last rows of each series that were read.
        table: rows with the same targets; those of series that are not known are new.

    Raises:
        InputError: naming a row whose value was another one, or what else differs.
    """
    require_alike(known, table)
    known, table = same_categories(known, table)
    count, series = len(known.targets), table.series_of_row
    place = pd.Index(known.ids[::count]).get_indexer(table.ids[::count])
    number = place[:, None] * count + np.arange(count)
    place = np.where(place[:, None] < 0, -1, number).reshape(-1)
    is_known = (place >= 0)[series]
    seen = is_known & (table.ds <= known.ds[known.offsets[1:] - 1][place][series])
    early = seen & (table.ds < known.ds[known.offsets[:-1]][place][series])
    _refuse_changes(known, table, place, np.flatnonzero(seen & ~early))
    return Grown(
        _rows_of(table, ~seen),
        *(int(rows.sum()) // count for rows in (~seen, seen & ~early, early)),
    )


def _refuse_changes(known: Panel, table: Panel, place: Integers, rows: Integers) -> None:
    """Raise at the first of some rows of the table that differs from the known one."""
    key = pd.MultiIndex.from_arrays([known.series_of_row, known.ds])
    wanted = pd.MultiIndex.from_arrays([place[table.series_of_row[rows]], table.ds[rows]])
    match = key.get_indexer(wanted)
    columns = {"y": (known.y, table.y)}
    columns |= {name: (known.exog[name], table.exog[name]) for name in known.exog}
    for name, (before, now) in columns.items():
        # A time that was not seen, between irregular ones, had no value.
        was = np.where(match >= 0, before[match], np.nan)
        same = np.isclose(now[rows], was, rtol=_ROUNDING, atol=0, equal_nan=True)
        if not same.all():
            row, old = rows[~same][0], was[~same][0]
            raise InputError(
                f"series {show_series(table, table.series_of_row[row])}: {name} at "
                f"{show_time(table.ds[row])} is {_show(table, name, now[row])}, but was "
                f"{_show(table, name, old)} "
                "when it was read: an update only reads new rows; to correct old ones fit again, "
                "or train further with fit(df, warm_start=True)"
            )


def _show(panel: Panel, name: str, value: float) -> str:
    if np.isnan(value):
        return "missing"
    if name in panel.categories:
        return show_name(in_words(panel, name, np.array([value]))[0])
    return f"{value:g}"


def _rows_of(panel: Panel, kept: NDArray[np.bool_]) -> Panel:
    """Some rows of a panel, without the series that have none."""
    counts = np.bincount(panel.series_of_row[kept], minlength=len(panel.ids))
    some = counts > 0
    return replace(
        panel,
        ids=panel.ids[some],
        ds=panel.ds[kept],
        y=panel.y[kept],
        offsets=np.concatenate([[0], np.cumsum(counts[some])]),
        exog={name: column[kept] for name, column in panel.exog.items()},
        static={name: column[some] for name, column in panel.static.items()},
    )
