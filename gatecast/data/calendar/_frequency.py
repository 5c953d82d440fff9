"""The step between the rows of a panel: inferred, its season, its future."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from gatecast._types import IRREGULAR, Freq, InputError
from gatecast.data._words import show_step, show_time
from gatecast.data.calendar._calendar import (
    BusinessDaySteps,
    EvenSteps,
    MonthDay,
    MonthSteps,
    calendar_for,
    calendar_of,
    day_of_month,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatecast._types import Integers

_DAY = np.timedelta64(1, "D").astype("timedelta64[ns]")
_WEEK = 7 * _DAY
_HOUR = _DAY // 24
_MINUTE = _HOUR // 60
_SECOND = _MINUTE // 60
_NOTHING = 0 * _DAY
_CYCLES = (
    (_SECOND, _MINUTE),
    (_MINUTE, _HOUR),
    (12 * _HOUR, _DAY),
    (6 * _DAY, _WEEK),
    (52 * _WEEK, 52 * _WEEK),
)
"""The longest step that a cycle is usual for, and the cycle."""
_SHORTEST_MONTH = 28 * _DAY
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_FRIDAY = 4
_LETTERS: dict[MonthDay, tuple[str, str]] = {
    "first": ("", "S"),
    "last": ("", "E"),
    "first business": ("B", "S"),
    "last business": ("B", "E"),
}
_SHARE_ON_ONE_DAY = 0.9
_SHARE_OF_MULTIPLES = 0.5
_UNITS = {"hour": _HOUR, "day": _DAY, "week": _WEEK}


def most_common(values: NDArray[Any]) -> Any:
    """The most common value, the smallest of equals."""
    found, counts = np.unique(values, return_counts=True)
    return found[counts.argmax()]


def steps_within(ds: NDArray[Any], series: Integers | None) -> NDArray[Any]:
    """The differences between consecutive rows of the same series."""
    steps = np.diff(ds)
    return steps if series is None else steps[np.diff(series) == 0]


def infer_freq(ds: NDArray[Any], series: Integers | None = None) -> Freq:
    """The most common step over all series, as a calendar.

    Months, quarters and years are told by their dates (first or last day, or business day, of a
    month), weeks by a multiple of seven days, business days by daily rows that leave out every
    weekend.

    Args:
        ds: [rows] `datetime64` or integers, ascending within each series.
        series: [rows] the number of the series of each row; None for a single series.

    Returns:
        A pandas offset alias, or the integer step (1 if no series has two rows).

    Raises:
        InputError: if no series has two rows, if the rows are a month or more apart but not on a
            known day of the month, or if hardly two steps are equal.
    """
    ds = np.asarray(ds)
    steps = steps_within(ds, series)
    if np.issubdtype(ds.dtype, np.integer):
        return int(most_common(steps)) if len(steps) else 1
    if not len(steps):
        raise InputError("no series has two rows to tell the frequency from; give freq, e.g. 'D'")
    step = most_common(steps.astype("timedelta64[ns]"))
    if step >= _SHORTEST_MONTH:
        monthly = _infer_months(ds, series)
        if monthly is not None:
            return monthly
    _refuse_irregular(steps.astype("timedelta64[ns]"), step)
    if step == _DAY and _skips_weekends(ds, steps):
        return "B"
    if step % _WEEK == _NOTHING:
        weekday = int(most_common(pd.DatetimeIndex(ds).weekday.to_numpy()))
        return f"{_multiple(step // _WEEK)}W-{_WEEKDAYS[weekday]}"
    return str(to_offset(pd.Timedelta(step)).freqstr)


def _refuse_irregular(steps: NDArray[Any], common: np.timedelta64) -> None:
    """Raise if most steps are no multiple of the most common one: gaps alone would be multiples."""
    if np.mean(steps % common == _NOTHING) >= _SHARE_OF_MULTIPLES:
        return
    equal = int((steps == common).sum())
    found = (
        f"no two of the {len(steps):,} steps between rows are equal"
        if equal == 1
        else f"only {equal:,} of the {len(steps):,} steps between rows are equal"
        f" ({show_step(common)})"
    )
    usual = np.median(steps)
    unit = next((name for name, size in _UNITS.items() if usual <= size), "month")
    raise InputError(
        f"the times are irregular: {found}; keep them with freq={IRREGULAR!r}, or aggregate the "
        f"rows to even steps first, e.g. in a query with date_trunc('{unit}', ds) AS ds, "
        "sum(y) AS y and GROUP BY ALL"
    )


def _multiple(count: int) -> str:
    return "" if count == 1 else str(count)


def _infer_months(ds: NDArray[Any], series: Integers | None) -> str | None:
    """The alias of month steps if nearly all rows are on one day of the month, else None."""
    months, days = ds.astype("datetime64[M]"), ds.astype("datetime64[D]")
    candidates = get_args(MonthDay)
    shares = [np.mean(day_of_month(months, day) == days) for day in candidates]
    best = int(np.argmax(shares))
    if shares[best] < _SHARE_ON_ONE_DAY:
        _refuse_other_day(ds, steps_within(days, series))
        return None
    step = int(most_common(steps_within(months.astype(np.int64), series)))
    month = int(most_common(months.astype(np.int64) % 12))
    return _month_alias(step, month, candidates[best])


def _refuse_other_day(ds: NDArray[Any], steps: NDArray[Any]) -> None:
    """Raise if uneven steps lead to the same day of the month, such as the 15th."""
    days = pd.DatetimeIndex(ds).day.to_numpy()
    day = most_common(days)
    if np.ptp(steps) > _NOTHING and np.mean(days == day) >= _SHARE_ON_ONE_DAY:
        raise InputError(
            f"the rows fall on day {day} of their month, such as {show_time(ds[0])}; move them to "
            "the first day, e.g. with ds.dt.to_period('M').dt.to_timestamp()"
        )


def _month_alias(step: int, month: int, day: MonthDay) -> str:
    """The pandas alias of `step` months that pass through `month` (0 is January)."""
    prefix, suffix = _LETTERS[day]
    if step % 12 == 0:
        usual = 0 if suffix == "S" else 11
        anchor = "" if month == usual else f"-{_MONTHS[month]}"
        return f"{_multiple(step // 12)}{prefix}Y{suffix}{anchor}"
    if step % 3 == 0:
        usual = 0 if suffix == "S" else 2
        anchor = "" if month % 3 == usual else f"-{_MONTHS[month % 3]}"
        return f"{_multiple(step // 3)}{prefix}Q{suffix}{anchor}"
    return f"{_multiple(step)}{prefix}M{suffix}"


def _skips_weekends(ds: NDArray[Any], steps: NDArray[Any]) -> bool:
    """Whether weekends are passed over: no row on one, but a step from Friday to Monday."""
    weekdays = pd.DatetimeIndex(ds).weekday
    return bool((weekdays <= _FRIDAY).all() and (steps == 3 * _DAY).any())


def season_length(freq: Freq) -> int:
    """Rows in the season that is usual for a frequency.

    Months and quarters count up to a year, weeks to 52, days to a week (5 business days). Shorter
    steps count up to a day, but steps of one minute or less only to an hour, and of one second or
    less to a minute: h 24, 15min 96, min 60, s 60. Anything else, and an integer step, gives 1,
    as do irregular times.
    """
    if freq == IRREGULAR:
        return 1
    calendar = calendar_of(freq)
    if isinstance(calendar, MonthSteps):
        return max(12 // calendar.months, 1)
    if isinstance(calendar, BusinessDaySteps):
        return max(5 // calendar.days, 1)
    if isinstance(calendar, EvenSteps) and isinstance(calendar.size, np.timedelta64):
        for longest_step, cycle in _CYCLES:
            if calendar.size <= longest_step:
                return int(cycle // calendar.size) if cycle % calendar.size == _NOTHING else 1
    return 1


def longer_season_length(freq: Freq) -> int:
    """Rows in a week, for steps whose season is a day: h 168; 1 for others."""
    season = season_length(freq)
    if season == 1:
        return 1
    calendar = calendar_of(freq)
    if not isinstance(calendar, EvenSteps) or season * calendar.size != _DAY:
        return 1
    return 7 * season


def day_length(freq: Freq) -> int:
    """Rows in a day, for even steps that divide one: min 1440; 1 for others."""
    calendar = None if freq == IRREGULAR else calendar_of(freq)
    if not isinstance(calendar, EvenSteps) or not isinstance(calendar.size, np.timedelta64):
        return 1
    return int(_DAY // calendar.size) if _DAY % calendar.size == _NOTHING else 1


def daily_or_longer(freq: Freq) -> bool:
    """Whether a calendar step is a day or more."""
    if freq == IRREGULAR:
        return False
    calendar = calendar_of(freq)
    if isinstance(calendar, EvenSteps):
        return isinstance(calendar.size, np.timedelta64) and calendar.size >= _DAY
    return True


def even_step(freq: Freq) -> int | None:
    """The size of a step, in nanoseconds or integers; None where steps differ, as months do."""
    if freq == IRREGULAR:
        return None
    calendar = calendar_of(freq)
    if not isinstance(calendar, EvenSteps):
        return None
    return int(np.asarray(calendar.size).astype(np.int64))


def future_ds(
    last_ds: NDArray[Any], freq: Freq, h: int, step: np.timedelta64 | int | None = None
) -> NDArray[Any]:
    """The times of the next `h` steps.

    Args:
        last_ds: [series] the last time of each series.
        freq: the calendar step.
        h: number of steps.
        step: the time between irregular rows, see `median_step`; a calendar needs none.

    Returns:
        [series, h] times of the same kind.

    Raises:
        InputError: if `freq` is irregular and no step is given.
    """
    last = np.asarray(last_ds)
    last = last if np.issubdtype(last.dtype, np.integer) else last.astype("datetime64[ns]")
    if freq == IRREGULAR and step is not None:
        return EvenSteps(step).advance(last[:, None], np.arange(1, h + 1))
    return calendar_for(freq, last).advance(last[:, None], np.arange(1, h + 1))


def later_ds(start: NDArray[Any], freq: Freq, steps: Integers) -> NDArray[Any]:
    """The times so many steps after each start, of the same kind.

    Args:
        start: [times] on the calendar.
        freq: the calendar step.
        steps: [times] at least 0.
    """
    return calendar_for(freq, start).advance(start, steps)


def steps_between(start: NDArray[Any], ds: NDArray[Any], freq: Freq) -> Integers:
    """How many calendar steps lead from each start to each time; negative where it is earlier.

    Args:
        start: [series] times on the calendar.
        ds: [series] later times.
        freq: the calendar step.

    Raises:
        InputError: if a time does not lie on the calendar of its start.
    """
    calendar = calendar_for(freq, np.asarray(start))
    steps = calendar.between(np.asarray(start), np.asarray(ds))
    off = calendar.advance(np.asarray(start), steps) != ds
    if off.any():
        place = int(off.argmax())
        raise InputError(
            f"{ds[place]} does not lie on the calendar {freq!r} that goes on from {start[place]}"
        )
    return steps
