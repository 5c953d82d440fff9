"""Which visitor has shown which key."""

from __future__ import annotations

import hashlib
import time

from sqlalchemy import Connection, delete, insert, select

from gatecast.studio.store._tables import VISITORS

_FORGOTTEN_SECONDS = 365 * 24 * 3600


def hash_of(cookie: str) -> str:
    """What is stored of a cookie; it is random and long, so that a fast hash is enough."""
    return hashlib.sha256(cookie.encode()).hexdigest()


def put_visitor(connection: Connection, hashed: str, key: str) -> None:
    """Remember the key that a visitor has shown, and forget those of a year ago."""
    now = time.time()
    connection.execute(delete(VISITORS).where(VISITORS.c.seen < now - _FORGOTTEN_SECONDS))
    connection.execute(insert(VISITORS), {"hash": hashed, "key": key, "seen": now})


def key_of_visitor(connection: Connection, hashed: str) -> str | None:
    """The name of the key that a visitor has shown, or None."""
    return connection.scalar(select(VISITORS.c.key).where(VISITORS.c.hash == hashed))


def drop_visitor(connection: Connection, hashed: str) -> None:
    """Forget which key a visitor has shown."""
    connection.execute(delete(VISITORS).where(VISITORS.c.hash == hashed))
