"""New, late and corrected rows of several requests, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from sqlalchemy import Connection

from gatecast._types import InputError
from gatecast.serving import store
from gatecast.serving._served import Served, Told
from gatecast.serving.engine._errors import RowError
from gatecast.serving.engine._forecasts import ForecastAnswer, Stand, stand_at, too_few_rows
from gatecast.serving.engine._replay import Replay, replay, told_ahead
from gatecast.serving.engine._times import check_times
from gatecast.serving.engine._values import check_taken, check_values
from gatecast.serving.store import Observation, StoredState

Futures: TypeAlias = Mapping[str, Told]
"""What a request tells of rows to come: id -> time -> columns."""


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
    others: Mapping[str, float | str | None] = field(default_factory=dict)
    judge: bool = True


@dataclass(frozen=True)
class Outcome:
    """What became of the rows of a request.

    Attributes:
        accepted: rows that are new, corrections included.
        corrected: those of them that replace a value.
        duplicates: rows that were there already, with the same values.
        rows: the accepted ones, as the log has them.
        ids: of these rows.
        futr: rows to come that were stored.
        stored: number and state of every series of the request after it, by id.
        forecasts: that were asked for with the rows, in the same order.
        again: whether the request was carried out before, and this is what became of it then.
    """

    accepted: int
    corrected: int
    duplicates: int
    rows: tuple[Observation, ...] = ()
    ids: tuple[str, ...] = ()
    futr: int = 0
    stored: Mapping[str, tuple[int, StoredState | None]] = field(default_factory=dict)
    forecasts: tuple[ForecastAnswer | InputError, ...] = ()
    again: bool = False


@dataclass
class _Series:
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


def observe(
    connection: Connection,
    served: Served,
    requests: Sequence[Sequence[NewRow]],
    futr: Sequence[Futures] | None = None,
) -> list[Outcome | InputError]:
    """Take the rows of some requests, each of them wholly or not at all.

    Rows that were there already are counted and left out. Those that follow the last row of their
    series move its state on; late and corrected ones replay it from the last snapshot before them.

    Args:
        connection: in a transaction that writes.
        served: the version that serves.
        requests: rows of any series in any order.
        futr: what each request tells of rows to come, after its own; None if none does.

    Returns:
        What became of each, or why it was refused.
    """
    futr = [{}] * len(requests) if futr is None else futr
    problems = [_problem(served, *each) for each in zip(requests, futr, strict=True)]
    good = [place for place, problem in enumerate(problems) if problem is None]
    found = iter(
        _observed(
            connection, served, [requests[each] for each in good], [futr[each] for each in good]
        )
    )
    return [next(found) if problem is None else problem for problem in problems]


def _problem(served: Served, rows: Sequence[NewRow], futr: Futures) -> InputError | None:
    """What is wrong with a request, whatever is stored."""
    try:
        check_values(served, rows)
        for name in futr:
            check_taken(served, name)
    except InputError as error:
        return error
    return None


def _observed(
    connection: Connection,
    served: Served,
    requests: Sequence[Sequence[NewRow]],
    futr: Sequence[Futures],
) -> list[Outcome | InputError]:
    ids = sorted({row.unique_id for rows in requests for row in rows}.union(*futr))
    numbers, created = store.series_of(connection, served.name, ids)
    outcomes: list[Outcome | InputError] = []
    rest = iter(futr)
    for some in _without_corrections(requests):
        told = [next(rest) for _ in some]
        every = _series(connection, served, some, told, numbers)
        taken = [_take(served, every, *each) for each in zip(some, told, strict=True)]
        for name, series in every.items():
            if series.futr:
                store.put_futures(connection, series.number, series.futr)
                created.discard(name)
        changed = {name: series for name, series in every.items() if series.pending}
        _move(connection, served, changed)
        created -= changed.keys()
        outcomes += [_outcome(every, *each) for each in zip(some, told, taken, strict=True)]
    for name in created:
        store.drop_series(connection, numbers[name])
    return outcomes


def _without_corrections(requests: Sequence[Sequence[NewRow]]) -> Iterator[list[Sequence[NewRow]]]:
    """Parts of the requests; in none of them a request gives another value to a row of another."""
    some: list[Sequence[NewRow]] = []
    values: dict[tuple[str, int], NewRow] = {}
    for rows in requests:
        own = {(row.unique_id, row.ds): row for row in rows}
        if any(key in values and not _same(values[key], row) for key, row in own.items()):
            yield some
            some, values = [], {}
        some.append(rows)
        values |= own
    yield some


@dataclass
class _Taken:
    """What was made of the rows of one request."""

    corrected: int = 0
    duplicates: int = 0
    futr: int = 0
    new: list[tuple[str, int]] = field(default_factory=list)


def _series(
    connection: Connection,
    served: Served,
    requests: Iterable[Sequence[NewRow]],
    futr: Iterable[Futures],
    numbers: Mapping[str, int],
) -> dict[str, _Series]:
    """The series of some rows, with the rows of the log that these may repeat."""
    ids = {row.unique_id for rows in requests for row in rows}.union(*futr)
    numbers = {name: number for name, number in numbers.items() if name in ids}
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
    served: Served, every: Mapping[str, _Series], rows: Sequence[NewRow], futr: Futures
) -> _Taken | InputError:
    """Add the rows of a request, and what it tells, to those that are pending, or none of them."""
    taken, arrived = _Taken(), time.time()
    pending: dict[tuple[str, int], Observation] = {}
    try:
        check_times(served, every, rows)
        for place, row in enumerate(rows):
            series, key = every[row.unique_id], (row.unique_id, row.ds)
            _check_columns(served, row, place)
            _check_known(served, series, row, place)
            if key in pending and not _same(pending[key], row):
                raise RowError(place, f"{served.named(row)} is given twice, with two values")
            current = pending.get(key) or series.at(row.ds)
            same = current is not None and _same(current, row)
            if same or _was_fitted(served, series, row, place, current):
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


def _check_known(served: Served, series: _Series, row: NewRow, place: int) -> None:
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


def _same(known: Observation | NewRow, row: NewRow) -> bool:
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
        new = [*series.pending.values()]
        position = len(new) + (0 if series.stored is None else series.stored.position)
        observed = done.observed + len(done.rows)
        last = done.rows[-1].ds
        rows += new
        series.stored = StoredState(
            series.number, served.version, position, observed, last, done.state
        )
        states.append(series.stored)
        snapshots += done.snapshots
    store.append(connection, rows)
    store.put_states(connection, states)
    store.put_snapshots(connection, snapshots)


def _replay_of(connection: Connection, served: Served, name: str, series: _Series) -> Replay:
    """From the last state before the first change of a series."""
    stored, earliest = series.stored, min(series.pending)
    if stored is not None and stored.state is not None and earliest > stored.ds:
        rows = [series.pending[ds] for ds in sorted(series.pending)]
        told = told_ahead(connection, served, series.number, stored.ds)
        return Replay(name, rows, stored.state, told, stored.observed)
    found = store.snapshot_before(connection, series.number, served.version, earliest)
    store.drop_snapshots(connection, series.number, earliest)
    if found is None:
        # The rows up to there are part of the state, even where the log has them too.
        fitted = served.fitted_state(name)
        state, observed = None if fitted is None else fitted.tobytes(), 0
        after = series.fitted
    else:
        state, observed, after = found.state, found.observed, found.ds
    known = store.observations_of(connection, series.number, after)
    merged = {row.ds: row for row in known} | series.pending
    told = told_ahead(connection, served, series.number, after)
    return Replay(name, [merged[ds] for ds in sorted(merged)], state, told, observed)


def _outcome(
    every: Mapping[str, _Series],
    given: Sequence[NewRow],
    futr: Futures,
    taken: _Taken | InputError,
) -> Outcome | InputError:
    if isinstance(taken, InputError):
        return taken
    series_of = {name: every[name] for name in {row.unique_id for row in given}.union(futr)}
    rows = tuple(every[name].pending[ds] for name, ds in taken.new)
    ids = tuple(name for name, _ in taken.new)
    return Outcome(
        len(rows),
        taken.corrected,
        taken.duplicates,
        rows,
        ids,
        taken.futr,
        {name: (series.number, series.stored) for name, series in series_of.items()},
    )


def stands_after(served: Served, outcome: Outcome) -> dict[str, Stand | InputError]:
    """Where the series of a request stand after it."""
    found: dict[str, Stand | InputError] = {}
    for name, (number, stored) in outcome.stored.items():
        stand = stand_at(served, name, number, stored)
        # Of a new series only rows to come are known.
        found[name] = too_few_rows(served, name, 0) if stand is None else stand
    return found
