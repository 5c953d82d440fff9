"""Samples as forecast origins, gathered from the rows of a panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gatecast._types import Integers, Panel


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

    @property
    def place(self) -> Integers:
        """[samples] the place of each sample among those of its series, from 0.

        The samples of a series have to stand together, series in the order of their numbers.
        """
        return places_within(np.bincount(self.series))[1]

    def where(self, keep: Any) -> Windows:
        """The samples chosen by a mask or by numbers."""
        return Windows(self.series[keep], self.origin[keep])


def places_within(counts: Integers) -> tuple[Integers, Integers]:
    """For groups with so many items: the group of each item, and its place in the group."""
    group = np.repeat(np.arange(len(counts)), counts)
    return group, np.arange(len(group)) - (np.cumsum(counts) - counts)[group]


def windows_between(panel: Panel, first: Integers, last: Integers) -> Windows:
    """Every sample whose origin lies between two places in its series, both included."""
    series, step = places_within(np.maximum(last - first + 1, 0))
    return Windows(series, (panel.offsets[:-1] + first)[series] + step)


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
    return windows_between(panel, np.full(len(rows), skip + look_back), rows - h)


def padded_windows(
    panel: Panel,
    look_back: int,
    h: int,
    *,
    skip: int = 0,
    rows: Integers | None = None,
    fewest: int = 1,
) -> Windows:
    """As `training_windows`; a series too short for any of these gives every shorter sample.

    Shorter samples begin after `fewest` scaled rows and have at least one row of target; missing
    rows of input and target are masked.
    """
    rows = panel.lengths if rows is None else rows
    whole = rows - skip >= look_back + h
    first = np.where(whole, skip + look_back, skip + min(fewest, look_back))
    return windows_between(panel, first, np.where(whole, rows - h, rows - 1))


def last_windows(panel: Panel, rows: Integers | None = None) -> Windows:
    """The sample of each series whose target begins right after its last (given) row."""
    rows = panel.lengths if rows is None else rows
    return Windows(np.arange(len(panel.ids)), panel.offsets[:-1] + rows)


def lane_order(samples: Integers, upto: Integers | None = None) -> Integers:
    """The order in which the state is carried: one lane per series.

    Args:
        samples: [series] how many samples each series has; they are numbered series by series.
        upto: [series] run only so many leading samples of each series; all by default.

    Returns:
        [steps, series] sample numbers; a shorter series starts later (-1 before its start), so
        that all end together.
    """
    steps = int(samples.max(initial=0))
    first = np.cumsum(samples) - samples
    numbers = first + np.arange(steps)[:, None] - (steps - (samples if upto is None else upto))
    return np.where(numbers >= first, numbers, -1)


def rows_before(values: Any, origin: Any, look_back: int) -> Any:
    """[samples, look_back, ...] the rows before each origin, oldest first."""
    return values[origin[:, None] + np.arange(-look_back, 0)]


def rows_from(values: Any, origin: Any, h: int) -> Any:
    """[samples, h, ...] the rows from each origin on."""
    return values[origin[:, None] + np.arange(h)]
