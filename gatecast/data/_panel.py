"""Frames to panels and back."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gatecast._types import Freq, InputError, InputWarning, Panel
from gatecast.data._calendar import calendar_for
from gatecast.data._checks import refuse_duplicates, warn_about_constants, warn_about_gaps
from gatecast.data._columns import Columns, check_frame
from gatecast.data._frames import to_pandas
from gatecast.data._frequency import infer_freq, most_common, steps_within
from gatecast.data._origin import DATA_FRAME
from gatecast.data._standard import standard
from gatecast.data._words import show_name, show_some, show_step, show_time

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatecast._types import Floats, Integers

_MOST_STEPS_PER_ROW = 10


def to_panel(
    df: Any,
    *,
    id_col: str = "unique_id",
    time_col: str = "ds",
    target_col: str = "y",
    freq: Freq | None = None,
) -> Panel:
    """Put every series on its regular calendar.

    Rows are sorted; steps without a row, or without a value, between the first and the last value
    of a series become NaN; missing values before the first and after the last are left out.
    Timestamps with a time zone become UTC. Each of these is told in an `InputWarning`, except
    leaving out the ends; so are constant series and series without any value, which are left out.

    Args:
        df: a pandas, polars or pyarrow frame with one row per series and time.
        id_col: the column that tells the series apart.
        time_col: timestamps, dates or integers.
        target_col: the values.
        freq: a pandas offset alias, or an integer step for integer times; None to infer it.

    Returns:
        The panel.

    Raises:
        InputError: if a value cannot be used, a series has a time twice, or the times do not lie
            on the calendar.
    """
    frame = to_pandas(df)
    check_frame(frame, (id_col, time_col, target_col), DATA_FRAME.name)
    rows = standard(frame, Columns(id_col, time_col, target_col), DATA_FRAME)
    table = _sort(rows)
    freq = infer_freq(table.ds, table.series) if freq is None else freq
    freq = int(freq) if isinstance(freq, np.integer) else freq
    panel = _on_calendar(_with_values(table), freq)
    warn_about_gaps(panel)
    warn_about_constants(panel)
    return panel


def to_frame(panel: Panel) -> pd.DataFrame:
    """The rows of a panel as `unique_id`, `ds`, `y`, gaps included with `y` NaN."""
    ids = np.repeat(panel.ids, panel.lengths)
    return pd.DataFrame({"unique_id": ids, "ds": panel.ds, "y": panel.y})


@dataclass(frozen=True)
class _Table:
    """Rows sorted by series and time: [series] ids, then [rows] series number, time, value."""

    ids: NDArray[Any]
    series: Integers
    ds: NDArray[Any]
    y: Floats

    def name(self, row: Any) -> str:
        """The series and time of a row, in words."""
        return f"series {show_name(self.ids[self.series[row]])} at {show_time(self.ds[row])}"


def _warn(message: str) -> None:
    warnings.warn(message, InputWarning, stacklevel=4)


def _sort(rows: pd.DataFrame) -> _Table:
    """The rows by series and time, each time once."""
    times = rows["ds"]
    if isinstance(times.dtype, pd.DatetimeTZDtype):
        _warn(f"the times, in the time zone {times.dt.tz}, were converted to UTC without a zone")
        times = times.dt.tz_convert("UTC").dt.tz_localize(None)
    series, ids = pd.factorize(rows["unique_id"], sort=True)
    ds = times.to_numpy()
    order = np.argsort(series, kind="stable")
    same_series = np.diff(series[order]) == 0
    if (same_series & (ds[order][1:] < ds[order][:-1])).any():
        _warn("the rows were not in order of time and were sorted")
        order = np.lexsort((ds, series))
    series, ds = series[order], ds[order]
    if (same_series & (ds[1:] == ds[:-1])).any():
        refuse_duplicates(rows, DATA_FRAME)
    return _Table(np.asarray(ids), series, ds, rows["y"].to_numpy()[order])


def _with_values(table: _Table) -> _Table:
    """The rows with a value, renumbered if a series has none."""
    seen = ~np.isnan(table.y)
    if seen.all():
        return table
    kept, series = np.unique(table.series[seen], return_inverse=True)
    if len(kept) < len(table.ids):
        lost = np.delete(table.ids, kept)
        _warn(f"{len(lost):,} series without any value left out: {show_some(lost)}")
    return _Table(table.ids[kept], series, table.ds[seen], table.y[seen])


def _on_calendar(table: _Table, freq: Freq) -> Panel:
    """The rows at their places on the calendar, NaN elsewhere."""
    calendar = calendar_for(freq, table.ds)
    starts = np.searchsorted(table.series, np.arange(len(table.ids) + 1))
    first = table.ds[starts[:-1]]
    steps = calendar.between(first[table.series], table.ds)
    lengths = steps[starts[1:] - 1] + 1
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    if offsets[-1] > _MOST_STEPS_PER_ROW * len(table.y):
        raise _irregular(table, freq, offsets[-1])
    off = calendar.advance(first[table.series], steps) != table.ds
    if off.any():
        raise _off_calendar(table, freq, off)
    y = np.full(offsets[-1], np.nan)
    y[offsets[table.series] + steps] = table.y
    position = np.arange(len(y)) - np.repeat(offsets[:-1], lengths)
    ds = calendar.advance(np.repeat(first, lengths), position)
    return Panel(table.ids, ds, y, offsets, freq)


def _irregular(table: _Table, freq: Freq, needed: int) -> InputError:
    """That the calendar would be nearly empty, and the longest odd steps."""
    steps = np.diff(table.ds)
    common = most_common(steps_within(table.ds, table.series))
    odd = np.flatnonzero((np.diff(table.series) == 0) & (steps != common))
    longest = odd[np.argsort(steps[odd], kind="stable")[::-1]]
    places = show_some(longest, lambda row: f"{show_step(steps[row])} after {table.name(row)}")
    others = f", odd ones are {places}" if len(longest) else ""
    return InputError(
        f"the times are not regular enough for freq={freq!r}: {len(table.y):,} rows would spread "
        f"over {needed:,} steps. The most common step is {show_step(common)}{others}; "
        "give another freq or aggregate the rows first"
    )


def _off_calendar(table: _Table, freq: Freq, off: NDArray[np.bool_]) -> InputError:
    """That rows lie between the steps, and the first of them."""
    row = int(off.argmax())
    start = table.ds[np.searchsorted(table.series, table.series[row])]
    others = f" ({off.sum() - 1:,} more rows do not either)" if off.sum() > 1 else ""
    return InputError(
        f"{table.name(row)} does not lie on the calendar {freq!r} that starts at "
        f"{show_time(start)}{others}; correct the time or give another freq"
    )
