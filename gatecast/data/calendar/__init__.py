"""Steps in time: which one a series has, and what a time alone tells.

Times and a `freq` come in; steps, season lengths, calendar features, and times without their zone
go out. Nothing here knows of series or of files.
"""

from gatecast.data.calendar._calendar import calendar_for
from gatecast.data.calendar._dates import (
    looks_like_dates,
    looks_like_years,
    looks_numeric,
    read_compact_dates,
    read_date_text,
    read_epoch,
)
from gatecast.data.calendar._elapsed import elapsed, last_where, median_step, observed
from gatecast.data.calendar._features import CALENDAR, calendar_features, holiday_names
from gatecast.data.calendar._frequency import (
    daily_or_longer,
    day_length,
    even_step,
    future_ds,
    infer_freq,
    later_ds,
    longer_season_length,
    most_common,
    season_length,
    steps_between,
    steps_within,
)
from gatecast.data.calendar._zones import has_zone, universal, wall_clock, without_zone

__all__ = [
    "CALENDAR",
    "calendar_features",
    "calendar_for",
    "daily_or_longer",
    "day_length",
    "elapsed",
    "even_step",
    "future_ds",
    "has_zone",
    "holiday_names",
    "infer_freq",
    "last_where",
    "later_ds",
    "longer_season_length",
    "looks_like_dates",
    "looks_like_years",
    "looks_numeric",
    "median_step",
    "most_common",
    "observed",
    "read_compact_dates",
    "read_date_text",
    "read_epoch",
    "season_length",
    "steps_between",
    "steps_within",
    "universal",
    "wall_clock",
    "without_zone",
]
