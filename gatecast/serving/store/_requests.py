"""Requests that a client may send again: each is carried out once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select, update

from gatecast.serving.store._log import inserting
from gatecast.serving.store._tables import REQUESTS

_KEPT_SECONDS = 86_400.0
# Old ones that a transaction drops.
_DROPPED_AT_ONCE = 1000


@dataclass(frozen=True)
class StoredRequest:
    """A request that was carried out.

    Attributes:
        content: hash of what was asked.
        answer: to it.
    """

    content: str
    answer: bytes | None


def begin_requests(connection: Connection, contents: Mapping[str, str]) -> dict[str, StoredRequest]:
    """Note requests that are being carried out, and return those that have been, by key.

    Another transaction that carries out one of them is waited for. So this comes before series are
    locked, in every transaction.

    Args:
        connection: in a transaction that writes.
        contents: key -> hash of what is asked.
    """
    now = time.time()
    _drop_old(connection, now - _KEPT_SECONDS)
    rows = [{"key": key, "content": contents[key], "arrived": now} for key in sorted(contents)]
    statement = inserting(connection.dialect.name, REQUESTS).on_conflict_do_nothing()
    begun = set(connection.scalars(statement.returning(REQUESTS.c.key), rows))
    there = sorted(contents.keys() - begun)
    if not there:
        return {}
    found = connection.execute(select(REQUESTS).where(REQUESTS.c.key.in_(there)))
    return {row.key: StoredRequest(row.content, row.answer) for row in found}


def end_requests(
    connection: Connection, answers: Mapping[str, bytes], refused: Iterable[str]
) -> None:
    """Keep the answers to requests that were begun, for a day; those that were refused are not."""
    if answers:
        place = update(REQUESTS).where(REQUESTS.c.key == bindparam("own"))
        rows = [{"own": key, "answer": answer} for key, answer in answers.items()]
        connection.execute(place.values(answer=bindparam("answer")), rows)
    connection.execute(delete(REQUESTS).where(REQUESTS.c.key.in_([*refused])))


def _drop_old(connection: Connection, before: float) -> None:
    """Drop some of the requests before a time that no other transaction is dropping."""
    old = select(REQUESTS.c.key).where(REQUESTS.c.arrived < before).limit(_DROPPED_AT_ONCE)
    keys = list(connection.scalars(old.with_for_update(skip_locked=True)))
    if keys:
        connection.execute(delete(REQUESTS).where(REQUESTS.c.key.in_(keys)))
