"""Sorted rows put on their calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gatecast._types import IRREGULAR, Freq, InputError
from gatecast.data._words import show_some, show_step, show_time
from gatecast.data.calendar import calendar_for, most_common, steps_within
from gatecast.data.reading import Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatecast._types import Floats, Integers

_MOST_STEPS_PER_ROW = 10


def on_calendar(table: Table, freq: Freq) -> Table:
    """The rows at their places on the calendar, NaN elsewhere.

    Raises:
        InputError: naming rows between the steps, or steps so long that hardly any has a row.
    """
    calendar = calendar_for(freq, table.ds)
    starts, series = table.starts, table.series
    first = table.ds[starts[:-1]]
    steps = calendar.between(first[series], table.ds)
    lengths = steps[starts[1:] - 1] + 1
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    if offsets[-1] > _MOST_STEPS_PER_ROW * len(table.ds):
        raise _not_regular(table, freq, offsets[-1])
    place = offsets[series] + steps
    position = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    ds = calendar.advance(np.repeat(first, lengths), position)
    off = ds[place] != table.ds
    if off.any():
        raise _off_calendar(table, freq, off)
    return Table(
        ids=table.ids,
        series=np.repeat(np.arange(len(table.ids)), lengths),
        ds=ds,
        y=_placed(table.y, place, offsets[-1]),
        exog=_placed(table.exog, place, offsets[-1]),
    )


def _placed(values: Floats, place: Integers, rows: int) -> Floats:
    """The values, [columns, places], at their places among so many rows, NaN elsewhere."""
    result = np.full((len(values), rows), np.nan)
    result[:, place] = values
    return result


def _not_regular(table: Table, freq: Freq, needed: int) -> InputError:
    """That the calendar would be nearly empty, and the longest odd steps."""
    steps = np.diff(table.ds)
    common = most_common(steps_within(table.ds, table.series))
    odd = np.flatnonzero((np.diff(table.series) == 0) & (steps != common))
    longest = odd[np.argsort(steps[odd], kind="stable")[::-1]]
    places = show_some(longest, lambda row: f"{show_step(steps[row])} after {table.name(row)}")
    others = f", odd ones are {places}" if len(longest) else ""
    return InputError(
        f"the times are not regular enough for freq={freq!r}: {len(table.ds):,} rows would spread "
        f"over {needed:,} steps. The most common step is {show_step(common)}{others}; "
        f"give another freq, keep the times with freq={IRREGULAR!r}, or aggregate the rows first"
    )


def _off_calendar(table: Table, freq: Freq, off: NDArray[np.bool_]) -> InputError:
    """That rows lie between the steps, and the first of them."""
    row = int(off.argmax())
    start = table.ds[np.searchsorted(table.series, table.series[row])]
    others = f" ({off.sum() - 1:,} more rows do not either)" if off.sum() > 1 else ""
    return InputError(
        f"{table.name(row)} does not lie on the calendar {freq!r} that starts at "
        f"{show_time(start)}{others}; correct the time, give another freq, or keep the times with "
        f"freq={IRREGULAR!r}"
    )
