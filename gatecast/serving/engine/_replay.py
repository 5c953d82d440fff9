"""From a state and the rows that follow it to the next state: live, late or all over again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gatecast.serving._served import Arrivals, Served, Standing, States
from gatecast.serving.store import SNAPSHOT_EVERY, Observation, Snapshot


@dataclass
class Replay:
    """A series on its way from one state to another.

    Attributes:
        unique_id: its id.
        rows: to read, in order of time. They get the forecasts that were made for them.
        state: [1] before them; None for a new series, whose rows are all here.
        observed: times read before them.
        read: how many of the rows have been read.
        snapshots: of the state on the way.
    """

    unique_id: str
    rows: list[Observation]
    state: States | None
    observed: int = 0
    read: int = 0
    snapshots: list[Snapshot] = field(default_factory=list)


def replay(served: Served, replays: Sequence[Replay]) -> None:
    """Let every series read its rows; the records are changed in place.

    Series are moved together, one row of each at a time. The result of each is the same, bit for
    bit, whichever others are with it and wherever the replay began. So a state that was reached
    row by row equals one that is replayed after a correction, after a move or under a new version.
    """
    for each in replays:
        if each.state is None and len(each.rows) >= served.first_rows:
            each.read = served.first_rows
            first = arrivals(served, each.rows[: each.read])
            each.state = served.first_state(each.unique_id, first)
    # The states that are read are sorted by id.
    moving = sorted((each for each in replays if each.state is not None), key=_id)
    while now := [each for each in moving if each.read < len(each.rows)]:
        _one_row(served, now)


def arrivals(served: Served, rows: Sequence[Observation]) -> Arrivals:
    """Rows of the log as a model reads them."""
    panel = served.model.context.panel
    y = [[row.y, *(row.others.get(name) for name in panel.targets[1:])] for row in rows]
    exog = [[row.others.get(name) for name in served.exog] for row in rows]
    ds = np.array([row.ds for row in rows], np.int64)
    return Arrivals(
        ds.astype(panel.ds.dtype),
        # None becomes NaN.
        np.array(y, float).reshape(len(rows), served.targets),
        np.array(exog, float).reshape(len(rows), len(served.exog)),
        np.array([row.judge for row in rows]),
    )


def _one_row(served: Served, now: Sequence[Replay]) -> None:
    """One more row of each series."""
    states = np.concatenate([each.state for each in now if each.state is not None])
    rows = arrivals(served, [each.rows[each.read] for each in now])
    moved = Standing(served, [each.unique_id for each in now], states).moved(rows)
    for place, each in enumerate(now):
        row, state = each.rows[each.read], moved.states[place : place + 1]
        forecast, p_value = moved.forecast[place, 0], moved.p_value[place, 0]
        if not np.isnan(forecast):
            each.rows[each.read] = replace(
                row,
                forecast=float(forecast),
                p_value=None if np.isnan(p_value) else float(p_value),
                version=served.version,
            )
        each.state, each.read = state, each.read + 1
        count = each.observed + each.read
        if count % SNAPSHOT_EVERY == 0:
            kept = Snapshot(row.series, served.version, count, row.ds, state.tobytes())
            each.snapshots.append(kept)


def _id(each: Replay) -> str:
    return each.unique_id
