"""The last rows of each series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gatecast._types import Panel, check_whole
from gatecast.data.calendar import last_where, observed


def tail(panel: Panel, rows: int) -> Panel:
    """The last rows of each series, from a row at which all its targets were observed.

    A series keeps more than `rows` where the first of them lacks a value: it then begins at the
    last row before with all values (or, if there is none, at its own beginning). So gaps bridged
    by the last observation are bridged as in the whole panel.

    Args:
        panel: the series.
        rows: how many to keep, where a series has as many.
    """
    check_whole("rows", rows, 1)
    begins, ends = panel.offsets[:-1], panel.offsets[1:]
    complete = last_where(np.all(observed(panel), axis=0), begins[panel.series_of_row])
    starts = complete[np.maximum(ends - rows, begins)]
    kept = np.arange(panel.rows) >= starts[panel.series_of_row]
    return replace(
        panel,
        ds=panel.ds[kept],
        y=panel.y[kept],
        offsets=np.concatenate([[0], np.cumsum(ends - starts)]),
        exog={name: values[kept] for name, values in panel.exog.items()},
    )
