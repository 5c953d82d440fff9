"""A version reads the rows of the log that it lacks, in steps of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from gatecast.serving import store
from gatecast.serving._served import Served, Told
from gatecast.serving.engine._replay import Replay, replay, told_ahead
from gatecast.serving.store import Behind, Observation, Snapshot, StoredState


@dataclass(frozen=True)
class Start:
    """Where a series stands that is to read on.

    Attributes:
        stored: the state from which it goes on.
        unread: rows of the log that follow, those of them that are read now.
        futr: what had been told of them, where the version reads such columns.
        more: whether further ones are left.
    """

    stored: StoredState
    unread: list[Observation]
    futr: Told
    more: bool = False


def catch_up(
    connection: Connection, served: Served, series: Sequence[Behind], rows: int
) -> list[Behind]:
    """Let series read rows of the log that they lack.

    A series that reads only some of its rows goes on from there the next time. The state of each is
    the one that a replay of the whole log gives, bit for bit.

    Args:
        connection: in a transaction that writes. The series are kept for it.
        served: the version that reads.
        series: that have not read every row; many together cost little more than one.
        rows: of each that are read, at most; a first state takes as many as it needs.

    Returns:
        The series that still lack rows.
    """
    there = store.lock_series(connection, [each.number for each in series])
    stored = store.states_of(connection, there, served.version)
    rows = max(rows, served.first_rows)
    starts: dict[str, Start] = {}
    for each in series:
        if each.number in there:
            begin = _begin(connection, served, each, stored.get(each.number))
            unread = store.observations_of(connection, each.number, begin.ds, first=rows + 1)
            told = told_ahead(connection, served, each.number, begin.ds)
            starts[each.unique_id] = Start(begin, unread[:rows], told, len(unread) > rows)
    states, snapshots = read_on(served, starts)
    store.put_states(connection, states)
    store.put_snapshots(connection, snapshots)
    return [each for each in series if each.number in there and starts[each.unique_id].more]


def _begin(
    connection: Connection, served: Served, series: Behind, stored: StoredState | None
) -> StoredState:
    """The latest state of a series that no late or corrected row has made wrong."""
    if stored is not None and stored.state is not None:
        # The log only grows: as many rows up to there as were read are the same rows.
        if store.rows_until(connection, series.number, stored.ds) == stored.position:
            return stored
        # Those that a late or corrected row has made wrong are not there any more.
        kept = store.snapshot_before(connection, series.number, served.version, stored.ds)
        if kept is not None:
            position = store.rows_until(connection, series.number, kept.ds)
            return StoredState(
                series.number, served.version, position, kept.observed, kept.ds, kept.state
            )

    def rows_until(until: int) -> int:
        return store.rows_until(connection, series.number, until)

    return first_start(served, series, rows_until)


def first_start(served: Served, series: Behind, rows_until: Callable[[int], int]) -> StoredState:
    """Where a version begins to read a series: where its own rows end, or before all rows.

    Args:
        served: the version.
        series: in question.
        rows_until: how many rows of the log, revisions too, the series has up to a time.
    """
    fitted = served.fitted_state(series.unique_id)
    if fitted is None:
        return StoredState(series.number, served.version, 0, 0, _BEFORE_ALL, None)
    # The rows up to there are part of the state, even where the log has them too.
    end = served.fitted_ends[series.unique_id]
    position = rows_until(end)
    return StoredState(series.number, served.version, position, 0, end, fitted.tobytes())


# Of 64 bits.
_BEFORE_ALL = -(2**63)


def read_on(
    served: Served, starts: Mapping[str, Start]
) -> tuple[list[StoredState], list[Snapshot]]:
    """Let every series read its rows; the states after them, and the snapshots on the way.

    Args:
        served: the version that reads.
        starts: by id.
    """
    replays = {
        name: Replay(name, start.unread, start.stored.state, start.futr, start.stored.observed)
        for name, start in starts.items()
    }
    replay(served, list(replays.values()))
    states = []
    for name, start in starts.items():
        done, before = replays[name], start.stored
        states.append(
            StoredState(
                before.series,
                served.version,
                # Revisions are numbered from 0.
                before.position + sum(row.revision + 1 for row in done.rows),
                before.observed + len(done.rows),
                done.rows[-1].ds if done.rows else before.ds,
                done.state,
            )
        )
    return states, [each for done in replays.values() for each in done.snapshots]
