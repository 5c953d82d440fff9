"""Naive forecasts from any rows, and how much series change by themselves."""

from __future__ import annotations

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.data import filled


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
    """[series] mean absolute seasonal change in the training rows, 1 where nothing changes.

    What MASE divides by (Hyndman and Koehler 2006).

    Args:
        panel: the series.
        train: [series] leading training rows.
        season_length: rows per season; a series with no more rows than that changes from row to
            row.
    """
    values = filled(panel)
    scale = np.ones(len(panel.ids))
    for number, first in enumerate(panel.offsets[:-1]):
        rows = values[first : first + train[number]]
        rows = rows[~np.isnan(rows)]
        lag = season_length if len(rows) > season_length else 1
        change = np.abs(rows[lag:] - rows[:-lag]).mean() if len(rows) > lag else 0.0
        scale[number] = change or 1.0
    return scale
