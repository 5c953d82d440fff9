"""Runs of visitors: what they do, how far they are, what came out."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from gatecast.studio.store._files import new_id
from gatecast.studio.store._parts import drop_content
from gatecast.studio.store._tables import RUNS

RunState = Literal["waiting", "running", "stopping", "done", "failed", "cancelled"]
ACTIVE: tuple[RunState, ...] = ("waiting", "running", "stopping")
"""States that change by themselves."""


@dataclass(frozen=True)
class Run:
    """A run.

    Attributes:
        number: rises with every run.
        id: in paths.
        owner: whose it is.
        file: the id of the file that it is about.
        plan: what it does, as JSON.
        state: where it is.
        progress: the last that it told, and `losses`: [training, epoch, loss] of some epochs.
        problem: why it failed; empty otherwise.
        attempts: how often it was begun.
        token: of the link that it is shared by, or None.
        added: when, in seconds since 1970.
        began: when it was begun last, or None.
        ended: when it ended, or None.
    """

    number: int
    id: str
    owner: str
    file: str
    plan: str
    state: RunState
    progress: Mapping[str, Any]
    problem: str
    attempts: int
    token: str | None
    added: float
    began: float | None
    ended: float | None

    @property
    def active(self) -> bool:
        """Whether it waits or works."""
        return self.state in ACTIVE


def put_run(connection: Connection, owner: str, file: str, plan: str) -> str:
    """Let a run wait for its turn; return its id."""
    own = new_id()
    row = {"id": own, "owner": owner, "file": file, "plan": plan, "state": "waiting"}
    more = {"progress": "{}", "problem": "", "attempts": 0, "added": time.time()}
    connection.execute(insert(RUNS), row | more)
    return own


def run_of(connection: Connection, own: str) -> Run | None:
    """The run of an id, or None."""
    return _first(connection, RUNS.c.id == own)


def shared_run(connection: Connection, token: str) -> Run | None:
    """The run that is shared by a link, or None."""
    return _first(connection, RUNS.c.token == token)


def runs_of(connection: Connection, owner: str, file: str | None = None) -> list[Run]:
    """The runs of a visitor, or those of them about a file, the newest first."""
    query = select(RUNS).where(RUNS.c.owner == owner)
    if file is not None:
        query = query.where(RUNS.c.file == file)
    return [_run(row) for row in connection.execute(query.order_by(RUNS.c.number.desc()))]


def place_of(connection: Connection, run: Run) -> int:
    """How many runs come before a waiting one; the one that works counts."""
    query = select(func.count()).where(RUNS.c.state.in_(ACTIVE), RUNS.c.number < run.number)
    return connection.scalar(query) or 0


def waiting_of(connection: Connection, owner: str) -> int:
    """How many runs of a visitor wait or work."""
    query = select(func.count()).where(RUNS.c.owner == owner, RUNS.c.state.in_(ACTIVE))
    return connection.scalar(query) or 0


def next_run(connection: Connection) -> Run | None:
    """The run that waits longest, or None."""
    return _first(connection, RUNS.c.state == "waiting")


def begin_next(connection: Connection) -> Run | None:
    """Let the run that waits longest begin, and return it."""
    found = next_run(connection)
    if found is None:
        return None
    changes = {"state": "running", "began": time.time(), "attempts": found.attempts + 1}
    connection.execute(
        update(RUNS).where(RUNS.c.id == found.id).values(**changes, progress="{}", problem="")
    )
    return _first(connection, RUNS.c.id == found.id)


def tell_progress(connection: Connection, own: str, progress: Mapping[str, Any]) -> RunState | None:
    """Store how far a run is; return its state, None if it has been deleted."""
    connection.execute(
        update(RUNS).where(RUNS.c.id == own).values(progress=json.dumps(dict(progress)))
    )
    state: RunState | None = connection.scalar(select(RUNS.c.state).where(RUNS.c.id == own))
    return state


def end_run(connection: Connection, own: str, state: RunState, problem: str = "") -> None:
    """A run has ended."""
    changes = {"state": state, "problem": problem, "ended": time.time()}
    connection.execute(update(RUNS).where(RUNS.c.id == own).values(**changes))


def postpone_run(connection: Connection, own: str) -> None:
    """Let a run wait again that was ended for no fault of its own."""
    changes = {"state": "waiting", "attempts": RUNS.c.attempts - 1}
    connection.execute(update(RUNS).where(RUNS.c.id == own).values(**changes))


def stop_run(connection: Connection, own: str) -> None:
    """Let a run end: at once if it waits, else as soon as its process has."""
    waits = RUNS.c.state == "waiting"
    connection.execute(
        update(RUNS).where(RUNS.c.id == own, waits).values(state="cancelled", ended=time.time())
    )
    works = RUNS.c.state == "running"
    connection.execute(update(RUNS).where(RUNS.c.id == own, works).values(state="stopping"))


def requeue(connection: Connection, most_attempts: int) -> None:
    """Let runs wait again whose process is gone; those that were to stop have stopped.

    Args:
        connection: in a transaction that writes.
        most_attempts: a run that was begun so often has failed.
    """
    for row in connection.execute(select(RUNS).where(RUNS.c.state.in_(("running", "stopping")))):
        if row.state == "stopping":
            end_run(connection, row.id, "cancelled")
        elif row.attempts >= most_attempts:
            problem = f"the service ended {row.attempts} times while this run was working"
            end_run(connection, row.id, "failed", problem)
        else:
            connection.execute(update(RUNS).where(RUNS.c.id == row.id).values(state="waiting"))


def share_run(connection: Connection, own: str, token: str | None) -> None:
    """Share a run by a link, or (None) no longer."""
    connection.execute(update(RUNS).where(RUNS.c.id == own).values(token=token))


def drop_run(connection: Connection, own: str) -> None:
    """Delete a run and all that came out of it."""
    drop_content(connection, own)
    connection.execute(delete(RUNS).where(RUNS.c.id == own))


def _first(connection: Connection, condition: Any) -> Run | None:
    row = connection.execute(select(RUNS).where(condition).order_by(RUNS.c.number)).first()
    return None if row is None else _run(row)


def _run(row: Any) -> Run:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
    return Run(**values | {"progress": json.loads(row.progress)})
