"""Requests that carry a key: each is carried out once, however often it is sent."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from gatecast._types import InputError
from gatecast.serving import store
from gatecast.serving._served import Served
from gatecast.serving.engine._new_rows import Futures, NewRow, Outcome
from gatecast.serving.engine._observe import observe
from gatecast.serving.store import Observation, StoredRequest


@dataclass(frozen=True)
class Once:
    """What tells a request that is sent again from a new one.

    Attributes:
        key: that the client has chosen, hashed with what it is valid for.
        content: hash of what is asked.
    """

    key: str
    content: str


@dataclass(frozen=True)
class Rows:
    """What a request asks to be stored.

    Attributes:
        rows: of any series.
        futr: what it tells of rows to come, after its own.
        once: if it may be sent again.
    """

    rows: Sequence[NewRow]
    futr: Futures = field(default_factory=dict)
    once: Once | None = None


def observe_once(
    connection: Connection, served: Served, requests: Sequence[Rows]
) -> list[Outcome | InputError]:
    """As `observe`; a request that was carried out before gets the answer that it got then.

    Args:
        connection: in a transaction that writes.
        served: the version that serves.
        requests: of which no two have the same key.
    """
    every = {each.once.key: each.once.content for each in requests if each.once is not None}
    before = store.begin_requests(connection, every) if every else {}
    new = [each for each in requests if each.once is None or each.once.key not in before]
    found = observe(connection, served, [each.rows for each in new], [each.futr for each in new])
    made = {
        each.once.key: outcome
        for each, outcome in zip(new, found, strict=True)
        if each.once is not None
    }
    if made:
        answers = {key: _packed(each) for key, each in made.items() if isinstance(each, Outcome)}
        store.end_requests(connection, answers, made.keys() - answers.keys())
    rest = iter(found)
    return [
        _again(connection, served, each, before[each.once.key])
        if each.once is not None and each.once.key in before
        else next(rest)
        for each in requests
    ]


def _packed(outcome: Outcome) -> bytes:
    """What is told of an outcome, and was true at that time."""
    counts = outcome.accepted, outcome.corrected, outcome.duplicates, outcome.futr
    rows = [
        (name, row.ds, row.forecast, row.p_value)
        for name, row in zip(outcome.ids, outcome.rows, strict=True)
    ]
    return zlib.compress(json.dumps([counts, rows]).encode())


def _again(
    connection: Connection, served: Served, request: Rows, before: StoredRequest
) -> Outcome | InputError:
    """The outcome of a request that was carried out."""
    if request.once is None or before.answer is None or before.content != request.once.content:
        return InputError(
            "another request was sent with this Idempotency-Key: give each request one of its own"
        )
    (accepted, corrected, duplicates, futr), rows = json.loads(zlib.decompress(before.answer))
    numbers = store.numbers_of(
        connection, served.name, {row.unique_id for row in request.rows}.union(request.futr)
    )
    states = store.states_of(connection, numbers.values(), served.version)
    return Outcome(
        accepted,
        corrected,
        duplicates,
        tuple(
            Observation(numbers.get(name, 0), ds, 0, None, forecast=forecast, p_value=p_value)
            for name, ds, forecast, p_value in rows
        ),
        tuple(name for name, *_ in rows),
        futr,
        {name: (number, states.get(number)) for name, number in numbers.items()},
        again=True,
    )
