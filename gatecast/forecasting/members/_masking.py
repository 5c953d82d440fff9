"""Whether networks get a mask of empty time steps; this is decided here only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gatecast._types import Floats, Integers, Panel
from gatecast.forecasting._settings import Settings
from gatecast.framing import Windows, first_target, side_by_side


def needs_mask(settings: Settings, values: Floats, *, short: bool) -> bool:
    """Whether a network that reads these values needs a mask of empty steps.

    Args:
        settings: of the network; with gaps="bridge" a gap is not an empty step.
        values: that it reads, NaN in a gap.
        short: whether some windows reach back beyond the first row of their series.
    """
    return short or (settings.gaps != "bridge" and bool(np.isnan(values).any()))


def empty_steps(settings: Settings, panel: Panel, windows: Windows, rows: int) -> NDArray[np.bool_]:
    """[windows] which of them need a mask of empty steps.

    Args:
        settings: of the network.
        panel: the series.
        windows: over `first_target(panel)`.
        rows: that a window looks back on.
    """
    ids = first_target(panel)
    short = windows.origin - ids.offsets[windows.series] < rows
    if settings.gaps == "bridge":
        return short
    # Gaps before each row of an id, of any of its targets.
    gaps = np.isnan(side_by_side(panel, panel.y)).any(axis=1)
    before = np.concatenate([[0], np.cumsum(gaps)])
    first = np.maximum(windows.origin - rows, ids.offsets[windows.series])
    return short | (before[windows.origin] > before[first])


def can_mask(settings: Settings, *, trained_with_mask: bool) -> bool:
    """Whether steps may be empty, for a network that was trained with or without a mask."""
    return trained_with_mask or settings.framing.shape == "steps"


def values_inside(panel: Panel) -> Floats:
    """The values up to the last row where any of an id's targets was observed."""
    return panel.y[panel.position < _observed_rows(panel)[panel.series_of_row]]


def _observed_rows(panel: Panel) -> Integers:
    """[series] rows up to the last one where any of its id's targets was observed."""
    place = np.where(np.isnan(panel.y), 0, panel.position + 1)
    ends = np.maximum.reduceat(place, panel.offsets[:-1]).reshape(-1, len(panel.targets))
    return np.repeat(ends.max(axis=1), len(panel.targets))
