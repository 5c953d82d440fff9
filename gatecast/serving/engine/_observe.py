"""New, late and corrected rows of several requests, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection

from gatecast._types import InputError
from gatecast.data import show_time
from gatecast.serving import store
from gatecast.serving._served import Served
from gatecast.serving.engine._errors import RowError
from gatecast.serving.engine._replay import Replay, replay
from gatecast.serving.engine._times import check_times
from gatecast.serving.store import Observation, StoredState


@dataclass(frozen=True)
class NewRow:
    """A row of a request.

    Attributes:
        unique_id: of its series.
        ds: nanoseconds since 1970, or an integer.
        y: of the first target.
        others: further targets and exogenous columns.
        judge: whether to compare it with its forecast.
    """

    unique_id: str
    ds: int
    y: float | None
    others: Mapping[str, float | None] = field(default_factory=dict)
    judge: bool = True


@dataclass(frozen=True)
class Outcome:
    """What became of the rows of a request.

    Attributes:
        accepted: rows that are new, corrections included.
        corrected: those of them that replace a value.
        duplicates: rows that were there already, with the same values.
        rows: the accepted ones, as the log has them.
    """

    accepted: int
    corrected: int
    duplicates: int
    rows: tuple[Observation, ...]


@dataclass
class _Series:
    """A series while requests are read.

    Attributes:
        number: in the database.
        stored: where it stands, None before its first row.
        fitted: the time at which the model's own rows of it end, None where it has none.
        first: the time of its first row, None before it.
        known: rows of the log that the requests may repeat, by time.
        pending: rows of the requests that are taken, by time; the last revision of each.
        replaced: revisions that a later request of the same transaction has replaced.
    """

    number: int
    stored: StoredState | None
    fitted: int | None
    first: int | None
    known: dict[int, Observation] = field(default_factory=dict)
    pending: dict[int, Observation] = field(default_factory=dict)
    replaced: list[Observation] = field(default_factory=list)

    def at(self, ds: int) -> Observation | None:
        """What is known of a time, with the rows that were taken."""
        return self.pending.get(ds) or self.known.get(ds)

    def take(self, ds: int, row: Observation) -> None:
        """Let a row be pending, in place of an earlier revision of it."""
        if ds in self.pending:
            self.replaced.append(self.pending[ds])
        self.pending[ds] = row

    @property
    def last(self) -> int | None:
        """The last time that it has read, or the model for it."""
        return self.fitted if self.stored is None else self.stored.ds

    @property
    def begin(self) -> int | None:
        """The first time, where the model was not fitted on the series."""
        known = [*self.pending] if self.first is None else [self.first]
        return min(known, default=None) if self.fitted is None else None


def observe(
    connection: Connection, served: Served, requests: Sequence[Sequence[NewRow]]
) -> list[Outcome | InputError]:
    """Take the rows of some requests, each of them wholly or not at all.

    Rows that were there already are counted and left out. Those that follow the last row of their
    series move its state on; late and corrected ones replay it from the last snapshot before them.

    Args:
        connection: in a transaction that writes.
        served: the version that serves.
        requests: rows of any series in any order.

    Returns:
        What became of each, or why it was refused.
    """
    ids = sorted({row.unique_id for rows in requests for row in rows})
    before = store.numbers_of(connection, served.name, ids)
    every = _series(connection, served, requests, ids)
    taken = [_take(served, every, rows) for rows in requests]
    changed = {name: series for name, series in every.items() if series.pending}
    _move(connection, served, changed)
    for name, series in every.items():
        if name not in before and series.stored is None and not series.pending:
            store.drop_series(connection, series.number)
    return [_outcome(every, each) for each in taken]


@dataclass
class _Taken:
    """What was made of the rows of one request."""

    corrected: int = 0
    duplicates: int = 0
    new: list[tuple[str, int]] = field(default_factory=list)


def _series(
    connection: Connection, served: Served, requests: Iterable[Sequence[NewRow]], ids: list[str]
) -> dict[str, _Series]:
    """The series of some rows, locked, with the rows of the log that these may repeat."""
    numbers = store.numbers_of(connection, served.name, ids, lock=True)
    states = store.states_of(connection, numbers.values(), served.version)
    ends = served.fitted_ends
    every = {
        name: _Series(number, states.get(number), ends.get(name), None)
        for name, number in numbers.items()
    }
    earlier: dict[int, set[int]] = {}
    for rows in requests:
        for row in rows:
            series = every[row.unique_id]
            if series.stored is not None and row.ds <= series.stored.ds:
                earlier.setdefault(series.number, set()).add(row.ds)
    by_number = {series.number: series for series in every.values()}
    times = {number: sorted(wanted) for number, wanted in earlier.items()}
    for (number, ds), known in store.observations_at(connection, times).items():
        by_number[number].known[ds] = known
    for number in earlier:
        bounds = store.bounds_of(connection, number)
        by_number[number].first = None if bounds is None else bounds[0]
    return every


def _take(
    served: Served, every: Mapping[str, _Series], rows: Sequence[NewRow]
) -> _Taken | InputError:
    """Add the rows of a request to those that are pending, or none of them."""
    taken, arrived = _Taken(), time.time()
    pending: dict[tuple[str, int], Observation] = {}
    try:
        check_times(served, every, rows)
        for place, row in enumerate(rows):
            series, key = every[row.unique_id], (row.unique_id, row.ds)
            if key in pending and not _same(pending[key], row):
                raise RowError(place, f"{_named(served, row)} is given twice, with two values")
            current = pending.get(key) or series.at(row.ds)
            same = current is not None and _same(current, row)
            if same or _was_fitted(served, series, row, place, current):
                taken.duplicates += 1
                continue
            revision = 0 if current is None else current.revision + 1
            taken.corrected += current is not None
            taken.new.append(key)
            pending[key] = Observation(
                series.number, row.ds, revision, row.y, row.others, row.judge, arrived
            )
    except InputError as error:
        return error
    for (name, ds), taken_row in pending.items():
        every[name].take(ds, taken_row)
    return taken


def _same(known: Observation, row: Observation | NewRow) -> bool:
    return known.y == row.y and dict(known.others) == dict(row.others)


def _was_fitted(
    served: Served, series: _Series, row: NewRow, place: int, current: Observation | None
) -> bool:
    """Whether the model has read this row when it was fitted.

    Args:
        served: the model.
        series: of the row.
        row: in question.
        place: of it in its request.
        current: what the log has of its time. A newer version may be fitted on rows of the log.

    Raises:
        RowError: if it had another value then.
    """
    if series.fitted is None or row.ds > series.fitted:
        return False
    y = served.fitted_value(row.unique_id, row.ds)
    if y is None and current is not None:
        y = current.y
    if y is not None and not np.isnan(y) and y != row.y:
        raise RowError(
            place,
            f"{_named(served, row)} is {row.y}, but was {y} when the model was fitted: to correct "
            "rows that it was fitted on, fit again",
        )
    return True


def _named(served: Served, row: NewRow) -> str:
    return f"series {row.unique_id!r}: the row at {show_time(served.time(row.ds))}"


def _move(connection: Connection, served: Served, changed: Mapping[str, _Series]) -> None:
    """Let the changed series read their rows, and store the log and what follows from it."""
    replays = {
        name: _replay_of(connection, served, name, series) for name, series in changed.items()
    }
    replay(served, list(replays.values()))
    rows, states, snapshots = [], [], []
    for name, series in changed.items():
        done = replays[name]
        for row in done.rows:
            if row.ds in series.pending:
                series.pending[row.ds] = row
        new = [*series.replaced, *series.pending.values()]
        position = len(new) + (0 if series.stored is None else series.stored.position)
        state = None if done.state is None else done.state.tobytes()
        observed = done.observed + len(done.rows)
        last = done.rows[-1].ds
        rows += new
        states.append(StoredState(series.number, served.version, position, observed, last, state))
        snapshots += done.snapshots
    store.append(connection, rows)
    store.put_states(connection, states)
    store.put_snapshots(connection, snapshots)


def _replay_of(connection: Connection, served: Served, name: str, series: _Series) -> Replay:
    """From the last state before the first change of a series."""
    stored, earliest = series.stored, min(series.pending)
    if stored is not None and stored.state is not None and earliest > stored.ds:
        rows = [series.pending[ds] for ds in sorted(series.pending)]
        return Replay(name, rows, served.state_from(stored.state), stored.observed)
    found = store.snapshot_before(connection, series.number, served.version, earliest)
    store.drop_snapshots(connection, series.number, earliest)
    if found is None:
        # The rows up to there are part of the state, even where the log has them too.
        state, observed, after = served.fitted_state(name), 0, series.fitted
    else:
        state, observed, after = served.state_from(found.state), found.observed, found.ds
    known = store.observations_of(connection, series.number, after)
    merged = {row.ds: row for row in known} | series.pending
    return Replay(name, [merged[ds] for ds in sorted(merged)], state, observed)


def _outcome(every: Mapping[str, _Series], taken: _Taken | InputError) -> Outcome | InputError:
    if isinstance(taken, InputError):
        return taken
    rows = tuple(every[name].pending[ds] for name, ds in taken.new)
    return Outcome(len(rows), taken.corrected, taken.duplicates, rows)
