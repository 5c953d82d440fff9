"""Samples as forecast origins, gathered from the rows of a panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gatecast._types import Floats, Integers, Panel


@dataclass(frozen=True)
class Windows:
    """Samples: one row per forecast origin.

    Attributes:
        series: [samples] the number of the series.
        origin: [samples] flat row of the first forecast; one past the last row of a series
            stands for the future.
    """

    series: Integers
    origin: Integers

    def __len__(self) -> int:
        return len(self.origin)

    def where(self, keep: Any) -> Windows:
        """The samples chosen by a mask or by numbers."""
        return Windows(self.series[keep], self.origin[keep])


def training_windows(
    panel: Panel, look_back: int, h: int, *, skip: int = 0, rows: Integers | None = None
) -> Windows:
    """Every sample whose input and whole target lie inside its series.

    A series of n rows gives n - skip - look_back - h + 1 samples, in order of series and time.

    Args:
        panel: the series.
        look_back: input rows.
        h: target rows.
        skip: leading rows of each series without a scaled value (those a difference consumes).
        rows: [series] use only so many leading rows of each series; all by default.
    """
    rows = panel.lengths if rows is None else rows
    return _origins(panel, np.full(len(rows), skip + look_back), rows - h)


def padded_windows(
    panel: Panel,
    look_back: int,
    h: int,
    *,
    skip: int = 0,
    rows: Integers | None = None,
    fewest: int = 1,
) -> Windows:
    """As `training_windows`, and for each series too short for one, every shorter sample.

    Those begin after `fewest` scaled rows and have at least one row of target; what is missing
    of input and target is masked.
    """
    rows = panel.lengths if rows is None else rows
    whole = rows - skip >= look_back + h
    first = np.where(whole, skip + look_back, skip + min(fewest, look_back))
    return _origins(panel, first, np.where(whole, rows - h, rows - 1))


def _origins(panel: Panel, first: Integers, last: Integers) -> Windows:
    """The origins from the first to the last position in each series."""
    counts = np.maximum(last - first + 1, 0)
    series = np.repeat(np.arange(len(panel.ids)), counts)
    step = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return Windows(series, (panel.offsets[:-1] + first)[series] + step)


def last_windows(panel: Panel, rows: Integers | None = None) -> Windows:
    """The sample of each series whose target begins right after its last (given) row."""
    rows = panel.lengths if rows is None else rows
    return Windows(np.arange(len(panel.ids)), panel.offsets[:-1] + rows)


def rows_before(values: Any, origin: Any, look_back: int) -> Any:
    """[samples, look_back, ...] the rows before each origin, oldest first."""
    return values[origin[:, None] + np.arange(-look_back, 0)]


def rows_from(values: Any, origin: Any, h: int) -> Any:
    """[samples, h, ...] the rows from each origin on."""
    return values[origin[:, None] + np.arange(h)]


def filled(panel: Panel) -> Floats:
    """[rows] the values with each gap bridged by the last observation before it."""
    gap = np.isnan(panel.y)
    last = np.where(gap, panel.offsets[:-1][panel.series_of_row], np.arange(panel.rows))
    bridged: Floats = panel.y[np.maximum.accumulate(last)]
    return bridged
