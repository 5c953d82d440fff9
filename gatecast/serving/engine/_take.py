"""Which rows of a request are new, which are there already, and which cannot be taken."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gatecast._types import InputError
from gatecast.serving._served import Served, Told
from gatecast.serving.engine._errors import RowError
from gatecast.serving.engine._new_rows import Futures, NewRow
from gatecast.serving.engine._times import check_times
from gatecast.serving.store import Observation, StoredState


@dataclass
class TakenSeries:
    """A series while requests are read.

    Attributes:
        number: in the database.
        stored: where it stands, None before its first row.
        fitted: the time at which the model's own rows of it end, None where it has none.
        first: the time of its first row, None before it.
        known: rows of the log that the requests may repeat, by time.
        pending: rows of the requests that are taken, by time.
        futr: what the requests tell of rows to come, by time.
    """

    number: int
    stored: StoredState | None
    fitted: int | None
    first: int | None
    known: dict[int, Observation] = field(default_factory=dict)
    pending: dict[int, Observation] = field(default_factory=dict)
    futr: dict[int, Mapping[str, Any]] = field(default_factory=dict)

    def at(self, ds: int) -> Observation | None:
        """What is known of a time, with the rows that were taken."""
        return self.pending.get(ds) or self.known.get(ds)

    @property
    def last(self) -> int | None:
        """The last time of all its rows, or of those that the model was fitted on."""
        read = self.fitted if self.stored is None else self.stored.ds
        return max([*self.pending, *([] if read is None else [read])], default=None)

    @property
    def begin(self) -> int | None:
        """The first time, where the model was not fitted on the series."""
        if self.fitted is not None:
            return None
        return min(self.pending, default=None) if self.stored is None else self.first

    def tell(self, rows: Told) -> int:
        """Take what is told of rows after the last one, and return how many these are.

        Of earlier ones it stays as it was when they came: what was forecast for them came from it.
        """
        last = self.last
        ahead = {ds: columns for ds, columns in rows.items() if last is None or ds > last}
        self.futr |= ahead
        return len(ahead)


@dataclass
class Taken:
    """What was made of the rows of one request."""

    corrected: int = 0
    duplicates: int = 0
    futr: int = 0
    new: list[tuple[str, int]] = field(default_factory=list)


def take(
    served: Served, every: Mapping[str, TakenSeries], rows: Sequence[NewRow], futr: Futures
) -> Taken | InputError:
    """Add the rows of a request, and what it tells, to those that are pending, or none of them."""
    taken, arrived = Taken(), time.time()
    pending: dict[tuple[str, int], Observation] = {}
    try:
        check_times(served, every, rows)
        for place, row in enumerate(rows):
            series, key = every[row.unique_id], (row.unique_id, row.ds)
            _check_columns(served, row, place)
            _check_known(served, series, row, place)
            if key in pending and not same(pending[key], row):
                raise RowError(place, f"{served.named(row)} is given twice, with two values")
            current = pending.get(key) or series.at(row.ds)
            repeated = current is not None and same(current, row)
            if repeated or _was_fitted(served, series, row, place, current):
                taken.duplicates += 1
                continue
            revision = 0 if current is None else current.revision + 1
            taken.corrected += current is not None
            taken.new.append(key)
            pending[key] = Observation(
                series.number, row.ds, revision, row.y, row.others, row.judge, arrived=arrived
            )
    except InputError as error:
        return error
    for (name, ds), taken_row in pending.items():
        every[name].pending[ds] = taken_row
    taken.futr = sum(every[name].tell(told) for name, told in futr.items())
    return taken


def _check_columns(served: Served, row: NewRow, place: int) -> None:
    """Raise unless the exogenous columns of a row are such as the model was fitted on."""
    for name in served.exog:
        try:
            served.exog_value(name, row.others.get(name))
        except InputError as error:
            raise RowError(place, f"{served.named(row)}: {error}") from None


def _check_known(served: Served, series: TakenSeries, row: NewRow, place: int) -> None:
    """Raise for a row without a value of a series that has no state: it learns its scale first."""
    has_state = series.stored is not None and series.stored.state is not None
    others = served.model.context.panel.targets[1:]
    values = [row.y, *(row.others.get(name) for name in others)]
    if series.fitted is None and not has_state and None in values:
        raise RowError(
            place,
            f"{served.named(row)} lacks a value: leave such rows out until the series can be "
            f"forecast, after {served.first_rows} rows",
        )


def same(known: Observation | NewRow, row: NewRow) -> bool:
    return known.y == row.y and dict(known.others) == dict(row.others)


def _was_fitted(
    served: Served, series: TakenSeries, row: NewRow, place: int, current: Observation | None
) -> bool:
    """Whether the model has read this row when it was fitted.

    Args:
        served: the model.
        series: of the row.
        row: in question.
        place: of it in its request.
        current: what the log has of its time. A newer version may be fitted on rows of the log.

    Raises:
        RowError: if it had another value then, or none.
    """
    if series.fitted is None or row.ds > series.fitted:
        return False
    y = served.fitted_value(row.unique_id, row.ds)
    if y is None and current is not None:
        y = np.nan if current.y is None else current.y
    # Of earlier rows than the model keeps, nothing is known.
    if y is None or y == row.y or (np.isnan(y) and row.y is None):
        return True
    had = "had no value" if np.isnan(y) else f"was {y}"
    raise RowError(
        place,
        f"{served.named(row)} is {row.y}, but {had} when the model was fitted: to correct rows "
        "that it was fitted on, fit again",
    )
