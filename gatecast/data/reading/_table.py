"""Rows in order of series and time, on their way to a panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gatecast._types import IRREGULAR, Freq
from gatecast._warn import warn
from gatecast.data._words import show_name, show_some, show_time
from gatecast.data.calendar import (
    daily_or_longer,
    has_zone,
    most_common,
    steps_within,
    universal,
    wall_clock,
    without_zone,
)
from gatecast.data.reading._duplicates import refuse_duplicates
from gatecast.data.reading._origin import DATA_FRAME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatecast._types import Floats, Integers


@dataclass(frozen=True)
class Table:
    """Rows sorted by series and time.

    Attributes:
        ids: [series] the id of each series, sorted.
        series: [rows] the number of the series.
        ds: [rows] times without a zone.
        y: [targets, rows] the values to forecast.
        exog: [columns, rows] exogenous values.
    """

    ids: NDArray[Any]
    series: Integers
    ds: NDArray[Any]
    y: Floats
    exog: Floats

    @property
    def starts(self) -> Integers:
        """[series + 1] the first row of each series, and the end."""
        return np.searchsorted(self.series, np.arange(len(self.ids) + 1))

    def name(self, row: Any) -> str:
        """The series and time of a row, in words."""
        return f"series {show_name(self.ids[self.series[row]])} at {show_time(self.ds[row])}"


def sort_rows(
    unique_id: pd.Series, times: pd.Series, y: Floats, exog: Floats, freq: Freq | None
) -> Table:
    """The rows by series and time, each time once and without a zone.

    Args:
        unique_id: [rows] the series.
        times: [rows] timestamps, with a zone or not, or integers.
        y: [targets, rows] the values to forecast.
        exog: [columns, rows] exogenous values.
        freq: the calendar step; None if it is still to be inferred.

    Raises:
        InputError: naming the rows of a time that a series has twice.
    """
    series, ids = pd.factorize(unique_id.to_numpy(), sort=True)
    ds = universal(times) if has_zone(times) else times.to_numpy()
    order = np.argsort(series, kind="stable")
    same_series = np.diff(series[order]) == 0
    if (same_series & (ds[order][1:] < ds[order][:-1])).any():
        _warn("the rows were not in order of time and were sorted")
        order = np.lexsort((ds, series))
    series, ds = series[order], ds[order]
    if has_zone(times):
        ds = _without_zone(times.iloc[order], series, freq)
    if (same_series & (ds[1:] == ds[:-1])).any():
        rows = pd.DataFrame({"unique_id": ids[series], "ds": ds}, index=order)
        refuse_duplicates(rows.sort_index(), DATA_FRAME)
    return Table(np.asarray(ids), series, ds, y[:, order], exog[:, order])


def _without_zone(times: pd.Series, series: Integers, freq: Freq | None) -> NDArray[Any]:
    """The sorted times in UTC, or on the clock of their zone if a step is a day or more."""
    if freq is not None:
        return without_zone(times, daily=daily_or_longer(freq))
    steps = steps_within(wall_clock(times), series)
    daily = len(steps) > 0 and most_common(steps) >= np.timedelta64(1, "D")
    return without_zone(times, daily=bool(daily))


def with_values(table: Table, freq: Freq) -> Table:
    """The rows with a value of any target, renumbered if a series has none.

    On a calendar, rows with exogenous values alone are kept as well, between the first and the
    last value of their series.
    """
    seen = np.any(~np.isnan(table.y), axis=0)
    if seen.all():
        return table
    kept = np.unique(table.series[seen])
    if len(kept) < len(table.ids):
        lost = np.delete(table.ids, kept)
        _warn(f"{len(lost):,} series without any value left out: {show_some(lost)}")
    if freq != IRREGULAR and len(table.exog):
        seen |= _between(seen, table) & ~np.isnan(table.exog).all(axis=0)
    series = np.searchsorted(kept, table.series[seen])
    return Table(table.ids[kept], series, table.ds[seen], table.y[:, seen], table.exog[:, seen])


def _between(seen: NDArray[np.bool_], table: Table) -> NDArray[np.bool_]:
    """Which rows lie between the first and the last seen row of their series."""
    count = np.concatenate([[0], np.cumsum(seen)])
    before = count[:-1] > count[table.starts[:-1]][table.series]
    after = count[1:] < count[table.starts[1:]][table.series]
    return np.asarray(before & after)


def _warn(message: str) -> None:
    warn(message)
