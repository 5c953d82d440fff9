"""Reading and writing the log and what is derived from it, inside a transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from gatecast.serving.store._tables import FUTURES, OBSERVATIONS, SERIES, SNAPSHOTS, STATES

SNAPSHOT_EVERY = 100
"""Observations of a series between two snapshots of its state."""

# Values that a statement names at once; databases bound them.
_AT_ONCE = 5000

# Statements of every request are made once: making one costs more than running it.
_SOME: BindParameter[Any] = bindparam("some", expanding=True)
_NUMBERS = select(SERIES.c.unique_id, SERIES.c.number).where(
    SERIES.c.model == bindparam("model"), SERIES.c.unique_id.in_(_SOME)
)
_LOCKED = (
    select(SERIES.c.number)
    .where(SERIES.c.number.in_(_SOME))
    .order_by(SERIES.c.number)
    .with_for_update()
)
_STATES = select(STATES).where(STATES.c.series.in_(_SOME), STATES.c.version == bindparam("version"))
_APPEND = insert(OBSERVATIONS)


# The fields of these records are the columns of the tables, in the same order.


@dataclass(frozen=True)
class Observation:
    """One row of the log: a value of one time of a series, as it was given at some moment.

    Attributes:
        series: number of the series.
        ds: its time, in nanoseconds since 1970 or as an integer.
        revision: 0, then one more for each correction.
        y: of the first target; None where it was not observed.
        others: further targets and exogenous columns.
        judge: whether it is compared with its forecast.
        forecast: what had been forecast for it, of the first target; None if nothing was.
        p_value: how likely an error at least as large was.
        version: of the model that had forecast it.
        arrived: seconds since 1970.
    """

    series: int
    ds: int
    revision: int
    y: float | None
    others: Mapping[str, float | str | None] = field(default_factory=dict)
    judge: bool = True
    forecast: float | None = None
    p_value: float | None = None
    version: str | None = None
    arrived: float = 0.0


@dataclass(frozen=True)
class StoredState:
    """Where a series stands under a version of its model.

    Attributes:
        series: number of the series.
        version: of the model.
        position: rows of the log that it has read, revisions too.
        observed: times that it has read.
        ds: the last of them.
        state: a record, or None while there are too few rows for one.
    """

    series: int
    version: str
    position: int
    observed: int
    ds: int
    state: bytes | None


@dataclass(frozen=True)
class Snapshot:
    """The state of a series at an earlier time."""

    series: int
    version: str
    observed: int
    ds: int
    state: bytes


def numbers_of(connection: Connection, model: str, ids: Iterable[str]) -> dict[str, int]:
    """The numbers of the series of a model that there are, by id."""
    found: dict[str, int] = {}
    for some in _parts(ids):
        rows = connection.execute(_NUMBERS, {"model": model, "some": some})
        found |= {row[0]: row[1] for row in rows}
    return found


def series_of(
    connection: Connection, model: str, ids: Sequence[str]
) -> tuple[dict[str, int], set[str]]:
    """The numbers of some series, by id, and which of them were not there before.

    All are kept for this transaction. Every transaction first numbers those that are missing, by
    id, and then locks all of them, by number: so none waits for one that waits for it.
    """
    created: set[str] = set()
    while True:
        numbers = numbers_of(connection, model, ids)
        missing = sorted(name for name in ids if name not in numbers)
        if missing:
            rows = [{"model": model, "unique_id": name} for name in missing]
            # Another transaction may number one at the same time; the first to commit has made it.
            new = inserting(connection.dialect.name, SERIES).on_conflict_do_nothing()
            created |= set(connection.scalars(new.returning(SERIES.c.unique_id), rows))
            numbers |= numbers_of(connection, model, missing)
        # One that has been dropped meanwhile is made anew. SQLite's one writer is this transaction.
        alone = connection.dialect.name == "sqlite"
        if alone or len(lock_series(connection, numbers.values())) == len(ids):
            return numbers, created


def lock_series(connection: Connection, numbers: Iterable[int]) -> set[int]:
    """Keep some series for this transaction, and return the numbers of those that are there.

    SQLite has one writer, and ignores the lock.
    """
    found: set[int] = set()
    for some in _parts(sorted(numbers)):
        found |= set(connection.scalars(_LOCKED, {"some": some}))
    return found


def ids_of(connection: Connection, model: str) -> list[str]:
    """The ids of all series of a model, sorted."""
    query = select(SERIES.c.unique_id).where(SERIES.c.model == model)
    return sorted(connection.scalars(query))


def count_series(connection: Connection, model: str) -> int:
    """How many series of a model there are."""
    query = select(func.count()).select_from(SERIES).where(SERIES.c.model == model)
    return connection.scalar(query) or 0


def states_of(
    connection: Connection, numbers: Iterable[int], version: str
) -> dict[int, StoredState]:
    """The states of some series under a version, by number."""
    found: dict[int, StoredState] = {}
    for some in _parts(numbers):
        rows = connection.execute(_STATES, {"version": version, "some": some})
        found |= {row[0]: StoredState(*row) for row in rows}
    return found


def some_states(connection: Connection, model: str, version: str, most: int) -> list[bytes]:
    """The states of up to so many series of a model, those that were numbered first."""
    query = (
        select(STATES.c.state)
        .join(SERIES, SERIES.c.number == STATES.c.series)
        .where(SERIES.c.model == model, STATES.c.version == version, STATES.c.state.is_not(None))
        .order_by(STATES.c.series)
        .limit(most)
    )
    return list(connection.scalars(query))


def observations_of(
    connection: Connection,
    series: int,
    after: int | None = None,
    *,
    first: int | None = None,
    last: int | None = None,
) -> list[Observation]:
    """The rows of a series as they count now, in order of time.

    Args:
        connection: in a transaction.
        series: its number.
        after: only those of later times.
        first: only so many of the earliest.
        last: only so many of the latest.
    """
    newest = _newest().where(OBSERVATIONS.c.series == series)
    if after is not None:
        newest = newest.where(OBSERVATIONS.c.ds > after)
    if last is None:
        query = newest.order_by(OBSERVATIONS.c.ds).limit(first)
        return [_observation(row) for row in connection.execute(query)]
    query = newest.order_by(OBSERVATIONS.c.ds.desc()).limit(last)
    return [_observation(row) for row in connection.execute(query)][::-1]


def observations_at(
    connection: Connection, times: Mapping[int, Sequence[int]]
) -> dict[tuple[int, int], Observation]:
    """The rows of some times of some series as they count now, by series and time."""
    found: dict[tuple[int, int], Observation] = {}
    for series, wanted in times.items():
        for some in _parts(wanted):
            query = _newest().where(OBSERVATIONS.c.series == series, OBSERVATIONS.c.ds.in_(some))
            for row in connection.execute(query):
                found[row.series, row.ds] = _observation(row)
    return found


def bounds_of(connection: Connection, series: int) -> tuple[int, int] | None:
    """The first time of a series and how many rows of the log it has; None without any."""
    query = select(func.min(OBSERVATIONS.c.ds), func.count()).where(OBSERVATIONS.c.series == series)
    first, rows = connection.execute(query).one()
    return None if first is None else (first, rows)


def append(connection: Connection, rows: Sequence[Observation]) -> None:
    """Add rows to the log."""
    if rows:
        values = [vars(row) | {"others": _to_json(row.others)} for row in rows]
        connection.execute(_APPEND, values)


def put_states(connection: Connection, states: Sequence[StoredState]) -> None:
    """Store states, in place of those of the same series and version."""
    put_rows(connection, STATES, [dict(vars(state)) for state in states])


def put_snapshots(connection: Connection, snapshots: Sequence[Snapshot]) -> None:
    """Store snapshots, and drop those that are closer to each other than is needed.

    Their number grows with the logarithm of the history, and a correction replays at most about
    twice the rows that came after it; see `thinned`.
    """
    put_rows(connection, SNAPSHOTS, [dict(vars(snapshot)) for snapshot in snapshots])
    for newest in snapshots:
        own = and_(SNAPSHOTS.c.series == newest.series, SNAPSHOTS.c.version == newest.version)
        stored = select(SNAPSHOTS.c.observed).where(own).order_by(SNAPSHOTS.c.observed)
        counts = list(connection.scalars(stored))
        superfluous = sorted(set(counts) - set(thinned(counts)))
        if superfluous:
            connection.execute(delete(SNAPSHOTS).where(own, SNAPSHOTS.c.observed.in_(superfluous)))


def load_states(
    connection: Connection,
    model: str,
    states: Mapping[str, StoredState],
    snapshots: Sequence[Snapshot],
) -> int:
    """Store states that were computed from an earlier moment of the log.

    Where a series has a state of that version that has read as much, it stays. Where a late or
    corrected row has come since, neither its state nor its snapshots hold: it gets none.

    Args:
        connection: in a transaction that writes. The series are kept for it.
        model: its name.
        states: by id, of one version. A series that is gone, or has another number now, gets none.
        snapshots: of the same series, already thinned.

    Returns:
        How many of the series have such a state now.
    """
    version = next((state.version for state in states.values()), "")
    known = numbers_of(connection, model, states)
    there = lock_series(
        connection, [each.series for name, each in states.items() if known.get(name) == each.series]
    )
    stored = states_of(connection, there, version)
    new = {
        state.series: state
        for state in states.values()
        if state.series in there
        and (state.series not in stored or stored[state.series].position < state.position)
    }
    put_states(connection, [*new.values()])
    put_rows(connection, SNAPSHOTS, [dict(vars(each)) for each in snapshots if each.series in new])
    changed = [
        number
        for number, rows in _rows_up_to_states(connection, [*new], version).items()
        if rows != new[number].position
    ]
    for table in (SNAPSHOTS, STATES):
        own = table.c.series.in_(changed), table.c.version == version
        connection.execute(delete(table).where(*own))
    return len(there) - len(changed)


def _rows_up_to_states(
    connection: Connection, numbers: Sequence[int], version: str
) -> dict[int, int]:
    """How many rows of the log, revisions too, there are up to the states of some series."""
    found: dict[int, int] = {}
    for some in _parts(numbers):
        query = (
            select(STATES.c.series, func.count(OBSERVATIONS.c.ds))
            .outerjoin(
                OBSERVATIONS,
                and_(OBSERVATIONS.c.series == STATES.c.series, OBSERVATIONS.c.ds <= STATES.c.ds),
            )
            .where(STATES.c.series.in_(some), STATES.c.version == version)
            .group_by(STATES.c.series)
        )
        found |= {row[0]: row[1] for row in connection.execute(query)}
    return found


def thinned(counts: Sequence[int]) -> list[int]:
    """Those of some ascending multiples of `SNAPSHOT_EVERY` that stay.

    At distance d from the newest one, about one in every d / 2 stays. A number that is dropped
    would not have stayed later either.
    """
    kept = []
    for count in counts:
        distance = (counts[-1] - count) // SNAPSHOT_EVERY
        apart = 1 << max(distance // 2, 1).bit_length() - 1
        if count // SNAPSHOT_EVERY % apart == 0:
            kept.append(count)
    return kept


def snapshot_before(connection: Connection, series: int, version: str, ds: int) -> Snapshot | None:
    """The last snapshot of a series before a time."""
    query = (
        select(SNAPSHOTS)
        .where(SNAPSHOTS.c.series == series, SNAPSHOTS.c.version == version, SNAPSHOTS.c.ds < ds)
        .order_by(SNAPSHOTS.c.ds.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else Snapshot(*row)


def drop_snapshots(connection: Connection, series: int, since: int) -> None:
    """Drop the snapshots of a series from a time on, those of every version."""
    own = SNAPSHOTS.c.series == series
    connection.execute(delete(SNAPSHOTS).where(own, SNAPSHOTS.c.ds >= since))


def drop_series(connection: Connection, series: int) -> None:
    """Drop a series, its log and its states."""
    for table in (SNAPSHOTS, STATES, FUTURES, OBSERVATIONS):
        connection.execute(delete(table).where(table.c.series == series))
    connection.execute(delete(SERIES).where(SERIES.c.number == series))


def put_futures(connection: Connection, series: int, rows: Mapping[int, Mapping[str, Any]]) -> None:
    """Store what is known of rows to come, by time; later knowledge replaces earlier."""
    values = [
        {"series": series, "ds": ds, "columns": _to_json(columns)} for ds, columns in rows.items()
    ]
    put_rows(connection, FUTURES, values)


def futures_of(
    connection: Connection, series: int, after: int | None = None
) -> dict[int, dict[str, Any]]:
    """What is known of the rows of a series after a time, or of all, by time."""
    query = select(FUTURES).where(FUTURES.c.series == series)
    if after is not None:
        query = query.where(FUTURES.c.ds > after)
    return {row.ds: json.loads(row.columns) for row in connection.execute(query)}


def _newest() -> Any:
    """All rows of the log that no later revision replaces."""
    later = OBSERVATIONS.alias("later")
    replaced = select(later.c.ds).where(
        later.c.series == OBSERVATIONS.c.series,
        later.c.ds == OBSERVATIONS.c.ds,
        later.c.revision > OBSERVATIONS.c.revision,
    )
    return select(OBSERVATIONS).where(~replaced.exists())


def _observation(row: Any) -> Observation:
    series, ds, revision, y, others, *rest = row
    return Observation(series, ds, revision, y, json.loads(others) if others else {}, *rest)


def _to_json(columns: Mapping[str, Any]) -> str | None:
    return json.dumps(dict(columns), separators=(",", ":")) if columns else None


def inserting(dialect: str, table: Table) -> Any:
    """An insert that can tell what to do with rows that are there."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def put_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, in place of those with the same key."""
    if rows:
        connection.execute(_replacing(connection.dialect.name, table), rows)


@lru_cache
def _replacing(dialect: str, table: Table) -> Any:
    statement = inserting(dialect, table)
    others = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key
    }
    keys = list(table.primary_key.columns)
    return statement.on_conflict_do_update(index_elements=keys, set_=others)


def _parts(values: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(values)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
