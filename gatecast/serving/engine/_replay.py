"""From a state and the rows that follow it to the next state: live, late or all over again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from sqlalchemy import Connection

from gatecast.serving import store
from gatecast.serving._served import Arrivals, Served, States, Told
from gatecast.serving._standing import Standing
from gatecast.serving.store import SNAPSHOT_EVERY, Observation, Snapshot

# New series whose first states are made together.
_FIRST_AT_ONCE = 256


@dataclass
class Replay:
    """A series on its way from one state to another.

    Attributes:
        unique_id: its id.
        rows: to read, in order of time. They get the forecasts that were made for them.
        state: before them, as it is stored; None for a new series, whose rows are all here.
        futr: what had been told of rows after that state, where the model reads such columns.
        observed: times read before them.
        read: how many of the rows have been read.
        snapshots: of the state on the way.
    """

    unique_id: str
    rows: list[Observation]
    state: bytes | None
    futr: Told = field(default_factory=dict)
    observed: int = 0
    read: int = 0
    snapshots: list[Snapshot] = field(default_factory=list)


def replay(served: Served, replays: Sequence[Replay]) -> None:
    """Let every series read its rows; the records are changed in place.

    Series are moved together, one row of each at a time, or several where these are not judged. The
    result of each is the same, bit for bit, whichever others are with it and wherever the replay
    began. So a state that was reached row by row equals one that is replayed after a correction,
    after a move or under a new version.
    """
    # The states that are read are sorted by id.
    every = sorted(replays, key=lambda each: each.unique_id)
    new = [each for each in every if each.state is None and len(each.rows) >= served.first_rows]
    for first in range(0, len(new), _FIRST_AT_ONCE):
        _first_rows(served, new[first : first + _FIRST_AT_ONCE])
    moving = [each for each in every if each.state is not None]
    while moving := [each for each in moving if each.read < len(each.rows)]:
        judged = [each for each in moving if each.rows[each.read].judge]
        history = [each for each in moving if not each.rows[each.read].judge]
        if judged:
            _one_row(served, judged)
        if history:
            _several_rows(served, history)


def told_ahead(
    connection: Connection, served: Served, series: int, after: int | None = None
) -> Told:
    """What has been told of the rows of a series after a time, where the model reads such columns.

    A row that has come keeps what had been told of it until then.
    """
    if not served.model.members.futr_exog:
        return {}
    return store.futures_of(connection, series, after)


def arrivals(served: Served, rows: Sequence[Observation]) -> Arrivals:
    """Rows of the log as a model reads them."""
    panel = served.model.context.panel
    y = [[row.y, *(row.others.get(name) for name in panel.targets[1:])] for row in rows]
    exog = [[served.exog_value(name, row.others.get(name)) for name in served.exog] for row in rows]
    ds = np.array([row.ds for row in rows], np.int64)
    return Arrivals(
        ds.astype(panel.ds.dtype),
        # None becomes NaN.
        np.array(y, float).reshape(len(rows), served.targets),
        np.array(exog, float).reshape(len(rows), len(served.exog)),
        np.array([row.judge for row in rows]),
    )


def _first_rows(served: Served, new: Sequence[Replay]) -> None:
    """The first states of new series."""
    count = served.first_rows
    rows = arrivals(served, [row for each in new for row in each.rows[:count]])
    states = served.first_states([each.unique_id for each in new], rows)
    for place, each in enumerate(new):
        each.state, each.read = states[place].tobytes(), count


def _one_row(served: Served, moving: Sequence[Replay]) -> None:
    """One more row of each series, judged."""
    rows = arrivals(served, [each.rows[each.read] for each in moving])
    if served.model.members.futr_exog:
        rows = replace(rows, futr=[each.futr for each in moving])
    moved = _standing(served, moving).moved(rows)
    forecast, p_value = moved.forecast[:, 0].tolist(), moved.p_value[:, 0].tolist()
    for place, each in enumerate(moving):
        if not np.isnan(forecast[place]):
            likely = None if np.isnan(p_value[place]) else p_value[place]
            each.rows[each.read] = replace(
                each.rows[each.read],
                forecast=forecast[place],
                p_value=likely,
                version=served.version,
            )
    _reach(served, moving, moved.states, [1] * len(moving))


def _several_rows(served: Served, moving: Sequence[Replay]) -> None:
    """The next rows of each series that are not judged, up to its next snapshot."""
    counts = [_not_judged(each) for each in moving]
    rows = [
        row
        for each, count in zip(moving, counts, strict=True)
        for row in each.rows[each.read : each.read + count]
    ]
    states = _standing(served, moving).read(arrivals(served, rows), np.array(counts))
    _reach(served, moving, states, counts)


def _not_judged(each: Replay) -> int:
    until = SNAPSHOT_EVERY - (each.observed + each.read) % SNAPSHOT_EVERY
    some = each.rows[each.read : each.read + until]
    return next((count for count, row in enumerate(some) if row.judge), len(some))


def _standing(served: Served, moving: Sequence[Replay]) -> Standing:
    states = b"".join(each.state for each in moving if each.state is not None)
    return Standing(served, [each.unique_id for each in moving], served.states_from(states))


def _reach(served: Served, moving: Sequence[Replay], states: States, counts: Sequence[int]) -> None:
    """Let each series stand after so many more of its rows."""
    content, size = states.tobytes(), served.dtype.itemsize
    for place, (each, count) in enumerate(zip(moving, counts, strict=True)):
        each.state = content[place * size : (place + 1) * size]
        each.read += count
        observed, row = each.observed + each.read, each.rows[each.read - 1]
        if observed % SNAPSHOT_EVERY == 0:
            kept = Snapshot(row.series, served.version, observed, row.ds, each.state)
            each.snapshots.append(kept)
