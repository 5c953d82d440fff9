"""Gaps filled with the last value before them."""

from __future__ import annotations

import numpy as np

from gatecast._types import Floats, Panel
from gatecast.data.calendar import last_where


def filled(panel: Panel, values: Floats | None = None) -> Floats:
    """[rows] values with each gap filled by the last observation before it in its series.

    Args:
        panel: the series.
        values: [rows] of another column; `panel.y` if None. NaN before the first observation stays.
    """
    values = panel.y if values is None else values
    start = panel.offsets[:-1][panel.series_of_row]
    found: Floats = values[last_where(~np.isnan(values), start)]
    return found


def filled_along(values: Floats) -> Floats:
    """[series, rows] as `filled`, where all series have as many rows."""
    start = np.repeat(np.arange(len(values)) * values.shape[1], values.shape[1])
    flat = values.reshape(-1)
    found: Floats = flat[last_where(~np.isnan(flat), start)].reshape(values.shape)
    return found
