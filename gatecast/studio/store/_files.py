"""Files that visitors have given."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy import Connection, delete, func, insert, select, update

from gatecast.studio.store._parts import drop_content, put_content
from gatecast.studio.store._tables import FILES

_ID_BYTES = 12
CONTENT = "data"
"""The name of the content of a file."""


@dataclass(frozen=True)
class StoredFile:
    """A file.

    Attributes:
        id: in paths.
        owner: who gave it.
        name: that it had there.
        size: bytes.
        reading: how it is read: the keywords of the record `Reading`.
        added: when, in seconds since 1970.
    """

    id: str
    owner: str
    name: str
    size: int
    reading: Mapping[str, Any]
    added: float


def new_id() -> str:
    """An id that cannot be guessed."""
    return secrets.token_urlsafe(_ID_BYTES)


def put_file(connection: Connection, owner: str, name: str, source: BinaryIO) -> str:
    """Store a file and return its id."""
    own = new_id()
    row = {"id": own, "owner": owner, "name": name, "reading": "{}", "added": time.time()}
    row["size"] = put_content(connection, own, CONTENT, source)
    connection.execute(insert(FILES), row)
    return own


def unclaimed(token: str) -> str:
    """The owner of a file until somebody comes with a token."""
    return f"token:{token}"


def claim_files(connection: Connection, token: str, owner: str) -> list[StoredFile]:
    """Give the files of a token to who has come with it; they are returned as they are now."""
    found = files_of(connection, unclaimed(token))
    statement = update(FILES).where(FILES.c.owner == unclaimed(token))
    connection.execute(statement.values(owner=owner))
    return found


def drop_unclaimed(connection: Connection) -> None:
    """Delete the files for which nobody has come."""
    query = select(FILES.c.id).where(FILES.c.owner.startswith(unclaimed(""), autoescape=True))
    for own in connection.scalars(query).all():
        drop_file(connection, own)


def file_of(connection: Connection, own: str) -> StoredFile | None:
    """The file of an id, or None."""
    row = connection.execute(select(FILES).where(FILES.c.id == own)).first()
    return None if row is None else _file(row)


def files_of(connection: Connection, owner: str) -> list[StoredFile]:
    """The files of a visitor, the newest first."""
    query = select(FILES).where(FILES.c.owner == owner).order_by(FILES.c.number.desc())
    return [_file(row) for row in connection.execute(query)]


def bytes_of(connection: Connection, owner: str) -> int:
    """How much the files of a visitor take."""
    query = select(func.coalesce(func.sum(FILES.c.size), 0)).where(FILES.c.owner == owner)
    return int(connection.scalar(query) or 0)


def set_reading(connection: Connection, own: str, reading: Mapping[str, Any]) -> None:
    """Remember how a file is read."""
    statement = update(FILES).where(FILES.c.id == own)
    connection.execute(statement.values(reading=json.dumps(dict(reading))))


def drop_file(connection: Connection, own: str) -> None:
    """Delete a file; its runs are deleted on their own."""
    drop_content(connection, own)
    connection.execute(delete(FILES).where(FILES.c.id == own))


def _file(row: Any) -> StoredFile:
    return StoredFile(row.id, row.owner, row.name, row.size, json.loads(row.reading), row.added)
