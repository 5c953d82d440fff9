"""Time between rows: the typical step of irregular series, and what has passed at each row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecast._types import IRREGULAR, Floats, InputError, Panel
from gatecast.data.calendar._frequency import steps_within


def median_step(panel: Panel) -> np.timedelta64 | int:
    """The median time between consecutive rows of the same series.

    Returns:
        A duration, or for integer times a whole number.

    Raises:
        InputError: if no series has two rows.
    """
    steps = steps_within(panel.ds, panel.series_of_row)
    if not len(steps):
        raise InputError("no series has two rows to tell the usual time between rows from")
    if np.issubdtype(panel.ds.dtype, np.integer):
        return round(float(np.median(steps)))
    return np.timedelta64(np.median(steps))


def observed(panel: Panel) -> NDArray[np.bool_]:
    """[targets, rows] which targets were observed at the series and time of each row."""
    count, series = len(panel.targets), panel.series_of_row
    first = panel.offsets[:-1][series // count * count]
    target = np.arange(count)[:, None]
    # The series of one id are of equal length, one after the other.
    row = first + target * panel.lengths[series] + panel.position
    return ~np.isnan(panel.y[row])


def elapsed(panel: Panel, step: np.timedelta64 | int | None = None) -> Floats:
    """How long ago the row before was observed, in steps.

    A row counts as observed if any target of its series was; rows without an observation, gaps
    and the future alike, count on from the last that was.

    Args:
        panel: the series.
        step: for irregular series the unit of time; their median step if None. On a calendar the
            unit is its step.

    Returns:
        [rows] steps since the last observed row before; 1 at the first row of each series.
    """
    start = panel.offsets[:-1][panel.series_of_row]
    row = np.arange(panel.rows)
    last = last_where(np.any(observed(panel), axis=0), start)
    previous = np.roll(last, 1)  # of no use at the first row of a series, which is 1
    if panel.freq != IRREGULAR:
        steps = (row - previous).astype(np.float64)
    else:
        step = median_step(panel) if step is None else step
        steps = (panel.ds - panel.ds[previous]) / step
    return np.where(row > start, steps, 1.0)


def last_where(chosen: NDArray[np.bool_], otherwise: NDArray[Any]) -> NDArray[Any]:
    """[rows] the last chosen row up to each row, or `otherwise` if that comes later."""
    row = np.where(chosen, np.arange(len(chosen)), 0)
    return np.asarray(np.maximum(np.maximum.accumulate(row), otherwise))
