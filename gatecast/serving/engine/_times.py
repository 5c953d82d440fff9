"""Whether the times of new rows can be taken."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gatecast._types import IRREGULAR, InputError, Integers
from gatecast.data import future_ds, show_time, steps_between
from gatecast.serving._served import Served, Timed
from gatecast.serving.engine._errors import RowError

# Calendar steps that may be left out between two rows: each becomes a row of the state.
_LARGEST_GAP = 10_000


class Known(Protocol):
    """What is known of the times of a series; None where there is nothing."""

    @property
    def last(self) -> int | None:
        """The last time that was read."""

    @property
    def begin(self) -> int | None:
        """The first time, or one after which every row of the request lies."""


def check_times(served: Served, every: Mapping[str, Known], rows: Sequence[Timed]) -> None:
    """Check that rows are not before their series, nor ahead of now, and lie on its calendar.

    Args:
        served: the model.
        every: id -> what is known of its times.
        rows: of a request.

    Raises:
        RowError: naming the series and the time.
    """
    if len(rows) == 1 and _follows(served, every[rows[0].unique_id].last, rows[0].ds):
        return
    ds = np.array([row.ds for row in rows], np.int64)
    _check_ahead(served, rows, ds)
    for place, row in enumerate(rows):
        begin = every[row.unique_id].begin
        if begin is not None and row.ds < begin:
            raise RowError(
                place,
                f"{served.named(row)} is before the first row of the series, "
                f"{show_time(served.time(begin))}",
            )
    if served.model.freq != IRREGULAR:
        _check_calendar(served, every, rows, ds)


def _follows(served: Served, last: int | None, ds: int) -> bool:
    """Whether a time follows the last one, as most do; told without arrays, which is faster."""
    step = served.even_step
    if step is None or last is None or (served.dated and ds > time.time_ns()):
        return False
    return last < ds <= last + _LARGEST_GAP * step and (ds - last) % step == 0


def _check_ahead(served: Served, rows: Sequence[Timed], ds: NDArray[np.int64]) -> None:
    """Timestamps lie at most a day, or a step of the calendar, ahead of now."""
    if not served.dated:
        return
    now = np.datetime64(time.time_ns(), "ns")
    latest = now + np.timedelta64(1, "D")
    if served.model.freq != IRREGULAR:
        latest = max(latest, future_ds(np.array([now]), served.model.freq, 1)[0, 0])
    late = np.flatnonzero(ds > latest.astype(np.int64))
    if len(late):
        place = int(late[0])
        raise RowError(place, f"{served.named(rows[place])} lies in the future")


def _check_calendar(
    served: Served, every: Mapping[str, Known], rows: Sequence[Timed], ds: NDArray[np.int64]
) -> None:
    earliest: dict[str, int] = {}
    for row in rows:
        earliest[row.unique_id] = min(row.ds, earliest.get(row.unique_id, row.ds))
    lasts = [every[row.unique_id].last for row in rows]
    anchor = np.array(
        [
            earliest[row.unique_id] if last is None else last
            for row, last in zip(rows, lasts, strict=True)
        ],
        np.int64,
    )
    steps = _steps(served, rows, anchor, ds)
    # Gaps: from row to row of each series, the first one from the last row before. Late rows leave
    # nothing out.
    steps = np.maximum(steps, 0)
    name = np.unique([row.unique_id for row in rows], return_inverse=True)[1]
    order = np.lexsort((steps, name))
    apart = np.diff(steps[order], prepend=0)
    begins = np.diff(name[order], prepend=-1) != 0
    apart[begins] = steps[order][begins]
    wide = np.flatnonzero(apart > _LARGEST_GAP)
    if len(wide):
        place = int(order[wide[0]])
        raise RowError(
            place,
            f"{served.named(rows[place])} comes {apart[wide[0]]:,} steps after the one before, "
            f"more than the {_LARGEST_GAP:,} that may be left out",
        )


def _steps(served: Served, rows: Sequence[Timed], anchor: Any, ds: Any) -> Integers:
    times = served.model.context.panel.ds.dtype
    freq = served.model.freq
    try:
        return steps_between(anchor.astype(times), ds.astype(times), freq)
    except InputError:
        for place, row in enumerate(rows):
            start, now = (
                anchor[place : place + 1].astype(times),
                ds[place : place + 1].astype(times),
            )
            try:
                steps_between(start, now, freq)
            except InputError:
                raise RowError(
                    place,
                    f"{served.named(row)} does not lie on the calendar of the series, "
                    f"{freq!r} from {show_time(start[0])} on",
                ) from None
        raise
