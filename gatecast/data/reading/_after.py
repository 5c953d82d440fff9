"""Rows later than those that are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import InputError
from gatecast.data._words import show_time
from gatecast.data.calendar import has_zone, universal, wall_clock
from gatecast.data.reading.sources import Since


@dataclass(frozen=True)
class After:
    """The last times that are known: of each series, or one for all.

    Attributes:
        ends: id -> the last time of a series.
        end: that of all other series; None if nothing is known.
    """

    ends: Mapping[str, Any]
    end: Any

    @classmethod
    def of(cls, given: Any) -> Self | None:
        """What a user means by `after`: a time, or a mapping or Series of ids -> times.

        Of series that are not named, rows up to the first of these times count as known.

        Raises:
            InputError: at what is no time, or if some are dates and others whole numbers.
        """
        if given is None:
            return None
        if not isinstance(given, Mapping | pd.Series):
            return cls({}, _time(given))
        ends = {str(name): _time(time) for name, time in given.items()}
        if len({isinstance(end, int) for end in ends.values()}) > 1:
            raise InputError("after has dates as well as whole numbers; give times of one kind")
        return cls(ends, min(ends.values(), default=None))

    def since(self, time_col: str | None, id_col: str | None) -> Since | None:
        """What a database is asked for; None if all rows are needed to find the columns."""
        if time_col is None or (id_col is None and len(self.ends) > 1):
            return None
        return Since(time_col, id_col, self.ends, self.end)

    def later(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        """[rows] whether a row is later than what is known of its series.

        Times with a zone are later if they are on the clock of their zone or in UTC.

        Raises:
            InputError: if the rows have whole numbers as times, and the ends are dates, or so.
        """
        times, whole = rows["ds"], rows["ds"].dtype.kind in "iu"
        ends = np.array([self.ends.get(name, self.end) for name in rows["unique_id"]], dtype=object)
        if self.end is None:
            return np.ones(len(rows), dtype=bool)
        if whole != isinstance(self.end, int):
            kind = "whole numbers" if whole else "dates"
            raise InputError(f"after is {show_time(self.end)}, but the times are {kind}")
        until = ends.astype(np.int64 if whole else "datetime64[ns]")
        clocks = (universal(times), wall_clock(times)) if has_zone(times) else (times.to_numpy(),)
        later: NDArray[np.bool_] = np.any([clock > until for clock in clocks], axis=0)
        return later


def _time(given: Any) -> Any:
    """A whole number, or a timestamp without a zone."""
    if isinstance(given, int | np.integer) and not isinstance(given, bool):
        return int(given)
    try:
        time = pd.to_datetime(given)
    except (ValueError, TypeError):
        time = None
    if not isinstance(time, pd.Timestamp):
        raise InputError(f"after has {given!r}, which is no time; write it like 2024-03-31 05:00")
    return time if time.tzinfo is None else time.tz_convert("UTC").tz_localize(None)
