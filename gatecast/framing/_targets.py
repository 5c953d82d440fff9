"""Several targets: from series one after another to columns side by side, or each by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.framing._windows import Windows


def first_target_rows(panel: Panel) -> Integers:
    """The rows of the first target's series."""
    return np.flatnonzero(panel.series_of_row % len(panel.targets) == 0)


def first_target(panel: Panel) -> Panel:
    """The panel of the first target's series: one series per id."""
    targets = len(panel.targets)
    if targets == 1:
        return panel
    rows = first_target_rows(panel)
    return replace(
        panel,
        ids=panel.ids[::targets],
        ds=panel.ds[rows],
        y=panel.y[rows],
        offsets=np.concatenate([[0], np.cumsum(panel.lengths[::targets])]),
        exog={name: values[rows] for name, values in panel.exog.items()},
        static={name: values[::targets] for name, values in panel.static.items()},
        targets=panel.targets[:1],
    )


def apart(panel: Panel) -> Panel:
    """The same rows, each target of an id as a series of its own."""
    return replace(panel, targets=panel.targets[:1])


def side_by_side(panel: Panel, values: Floats) -> Floats:
    """[rows] values of every target's series as [rows of the first target's series, targets]."""
    targets = len(panel.targets)
    if targets == 1:
        return values[:, None]
    rows = first_target_rows(panel)
    length = panel.lengths[panel.series_of_row[rows]]
    return values[rows[:, None] + np.arange(targets) * length[:, None]]


def of_every_target(panel: Panel, windows: Windows) -> Windows:
    """Windows over the first target's series as windows over all, targets one after another."""
    targets = len(panel.targets)
    if targets == 1:
        return windows
    series = (windows.series[:, None] * targets + np.arange(targets)).reshape(-1)
    first = first_target(panel).offsets[windows.series]
    place = np.repeat(windows.origin - first, targets)
    return Windows(series, panel.offsets[series] + place)
