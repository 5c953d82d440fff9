"""Naive forecasts from any rows, and how much series change by themselves."""

from __future__ import annotations

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.data import filled

# Changes of so many units in the last place come from rounding, such as that of a sine.
_ROUNDINGS = 4


def persistence(values: Floats, origin: Integers, h: int) -> Floats:
    """[samples, h] the last value before each origin, again and again.

    Args:
        values: [rows] gaps filled.
        origin: [samples] rows of the first values to forecast.
        h: rows to forecast.
    """
    return np.repeat(values[origin - 1][:, None], h, axis=1)


def seasonal_naive(
    values: Floats, origin: Integers, known: Integers, season_length: int, h: int
) -> Floats:
    """[samples, h] the last season before each origin, again and again.

    Args:
        values: [rows] gaps filled.
        origin: [samples] rows of the first values to forecast.
        known: [samples] rows of the series before the origin; with less than a season of them the
            last value is repeated.
        season_length: rows per season.
        h: rows to forecast.
    """
    season = np.where(known < season_length, 1, season_length)[:, None]
    found: Floats = values[origin[:, None] - season + np.arange(h) % season]
    return found


def seasonal_change(panel: Panel, train: Integers, season_length: int) -> Floats:
    """[series] mean absolute seasonal change in the training rows.

    What MASE divides by (Hyndman and Koehler 2006). A series without seasonal changes, and one with
    no more rows than a season, changes from row to row. It is 0 where nothing changes but by
    rounding, and NaN with fewer than two observed rows.

    Args:
        panel: the series.
        train: [series] leading training rows.
        season_length: rows per season.
    """
    values = filled(panel)
    scale = np.full(len(panel.ids), np.nan)
    for number, first in enumerate(panel.offsets[:-1]):
        rows = values[first : first + train[number]]
        rows = rows[~np.isnan(rows)]
        for lag in (season_length, 1):
            if len(rows) > lag and not scale[number] > 0:
                change = np.abs(rows[lag:] - rows[:-lag]).mean()
                rounding = _ROUNDINGS * np.spacing(np.abs(rows).max())
                scale[number] = change if change > rounding else 0.0
    return scale
