"""Features that follow from the time alone."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from gatecast._types import InputError
from gatecast.data._words import show_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatecast._types import Floats

CALENDAR: Final = ("minute", "hour", "weekday", "day", "week", "month", "quarter", "year_day")
"""The calendar features that have a cycle."""

_HOLIDAY = "holiday:"


def calendar_features(ds: NDArray[Any], names: Sequence[str]) -> dict[str, Floats]:
    """Where each time stands in cycles of the calendar, and whether it is on a holiday.

    A cycle gives two columns, sine and cosine of the angle, so that its end is next to its
    beginning: "month" gives "month_sin" and "month_cos". Cycles take the length they have: "day"
    the length of its month, "week" (ISO 8601) and "year_day" that of their year.

    Args:
        ds: [rows] `datetime64` times.
        names: of `CALENDAR`, or "holiday:" with an ISO country code, such as "holiday:DE", which
            needs the package `holidays`.

    Returns:
        Column -> [rows] values: sine and cosine, or 0 and 1 for holidays.

    Raises:
        InputError: if a name is not known, the times are integers, or `holidays` is missing.
    """
    unknown = [name for name in names if name not in CALENDAR and not name.startswith(_HOLIDAY)]
    if unknown:
        raise InputError(
            f"the calendar feature {unknown[0]!r} is not known; use one of {', '.join(CALENDAR)}, "
            "or a country's holidays such as 'holiday:DE'"
        )
    if names and show_kind(ds) == "integers":
        raise InputError(
            f"the calendar feature {names[0]!r} needs dates, but ds holds integers; leave it out"
        )
    features: dict[str, Floats] = {}
    for name in names:
        if name.startswith(_HOLIDAY):
            features[name] = (holiday_names(ds, name) != "").astype(float)
        else:
            # 2 pi (position in the cycle) / (length of the cycle)
            angle = 2 * np.pi * _share_of_cycle(pd.DatetimeIndex(ds), name)
            features |= {f"{name}_sin": np.sin(angle), f"{name}_cos": np.cos(angle)}
    return features


def _share_of_cycle(times: pd.DatetimeIndex, name: str) -> Floats:
    """How far each time is in its cycle, from 0 to below 1."""
    share: Any
    match name:
        case "minute":
            share = times.minute / 60
        case "hour":
            share = times.hour / 24
        case "weekday":
            share = times.weekday / 7
        case "day":
            share = (times.day - 1) / times.days_in_month
        case "week":
            share = _share_of_weeks(times)
        case "month":
            share = (times.month - 1) / 12
        case "quarter":
            share = (times.quarter - 1) / 4
        case _:
            share = (times.day_of_year - 1) / np.where(times.is_leap_year, 366, 365)
    return np.asarray(share, dtype=np.float64)


def _share_of_weeks(times: pd.DatetimeIndex) -> Floats:
    """How far each week is in its ISO year of 52 or 53 weeks."""
    iso = times.isocalendar()
    years, place = np.unique(iso["year"].to_numpy(dtype=np.int64), return_inverse=True)
    # The 28th of December is in the last week of its year.
    last = pd.DatetimeIndex([f"{year}-12-28" for year in years])
    weeks = last.isocalendar()["week"].to_numpy(dtype=np.float64)[place]
    return np.asarray((iso["week"].to_numpy(dtype=np.float64) - 1) / weeks)


def holiday_names(ds: NDArray[Any], name: str) -> NDArray[Any]:
    """[rows] the name of the public holiday on which each time is, "" on other days.

    Args:
        ds: [rows] `datetime64` times.
        name: "holiday:" with an ISO country code, as in `calendar_features`.

    Raises:
        InputError: if the country is not known, or the package `holidays` is missing.
    """
    country = name.removeprefix(_HOLIDAY)
    try:
        package = import_module("holidays")
    except ImportError:
        raise InputError(
            f"'{name}' needs the package holidays: pip install 'gatecast[holidays]'"
        ) from None
    days, place = np.unique(ds.astype("datetime64[D]"), return_inverse=True)
    dates = days.tolist()
    try:
        known = package.country_holidays(country, years=sorted({day.year for day in dates}))
    except NotImplementedError:
        raise InputError(
            f"'{name}': the package holidays knows no country {country!r}; use an "
            "ISO code such as 'DE'"
        ) from None
    found: NDArray[Any] = np.array([known.get(day, "") for day in dates], object)[place]
    return found
