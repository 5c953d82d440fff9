"""Times in a time zone as times without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gatecast._warn import warn

if TYPE_CHECKING:
    from numpy.typing import NDArray


def has_zone(times: pd.Series) -> bool:
    """Whether the times are in a time zone."""
    return isinstance(times.dtype, pd.DatetimeTZDtype)


def without_zone(times: pd.Series, *, daily: bool) -> NDArray[Any]:
    """The times without their zone, told in a warning.

    Steps shorter than a day are regular in UTC. Days and longer steps are regular by the clock on
    the wall: across a change to or from daylight saving time, local midnights lie 23 or 25 hours
    apart.

    Args:
        times: [rows] timestamps, with a zone or not.
        daily: whether the step is a day or more.

    Returns:
        [rows] the times, those without a zone as they are.
    """
    if not has_zone(times):
        return times.to_numpy()
    how = "kept at the local time of day" if daily else "converted to UTC"
    message = f"the times, in the time zone {times.dt.tz}, were {how} without a zone"
    warn(message)
    return wall_clock(times) if daily else universal(times)


def universal(times: pd.Series) -> NDArray[Any]:
    """The times in UTC."""
    return pd.DatetimeIndex(times).tz_convert("UTC").tz_localize(None).to_numpy()


def wall_clock(times: pd.Series) -> NDArray[Any]:
    """The times as a clock in their zone shows them, the first moment of a day as its midnight."""
    local = pd.DatetimeIndex(times)
    wall = local.tz_localize(None)
    midnight = wall.normalize()
    # Where clocks skip midnight itself, the day begins at 01:00.
    first = midnight.tz_localize(
        local.tz, ambiguous=np.ones(len(wall), dtype=bool), nonexistent="shift_forward"
    )
    return np.where(first == local, midnight, wall)
