"""Contents in parts of 1 MiB, so that a large one is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, delete, func, insert, select

from gatecast.studio.store._tables import PARTS

PART = 1 << 20
"""Bytes of a part."""


def put_content(connection: Connection, of: str, name: str, source: BinaryIO) -> int:
    """Store all that is left of a source; return how many bytes that is."""
    size = 0
    for place in count():
        content = source.read(PART)
        if not content:
            return size
        row = {"of": of, "name": name, "place": place, "content": content}
        connection.execute(insert(PARTS), row)
        size += len(content)
    return size


def names_of(connection: Connection, of: str) -> dict[str, int]:
    """The names of the contents of a file or a run, and their bytes."""
    size = func.sum(func.length(PARTS.c.content))
    query = select(PARTS.c.name, size).where(PARTS.c.of == of).group_by(PARTS.c.name)
    return {name: int(bytes_) for name, bytes_ in connection.execute(query.order_by(PARTS.c.name))}


def parts_of(connection: Connection, of: str, name: str) -> Iterator[bytes]:
    """The parts of a content, in order; none if there is no such content."""
    for place in count():
        query = select(PARTS.c.content).where(
            PARTS.c.of == of, PARTS.c.name == name, PARTS.c.place == place
        )
        content = connection.scalar(query)
        if content is None:
            return
        yield bytes(content)


def content_of(connection: Connection, of: str, name: str) -> bytes | None:
    """A content as a whole, or None if there is none."""
    return b"".join(parts_of(connection, of, name)) or None


def write_content(connection: Connection, of: str, name: str, path: Path) -> None:
    """Write a content to a file."""
    with path.open("wb") as file:
        for part in parts_of(connection, of, name):
            file.write(part)


def drop_content(connection: Connection, of: str) -> None:
    """Delete all contents of a file or a run.

    SQLite overwrites what was deleted; `Database.forget_deleted` does the same for its log.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    connection.execute(delete(PARTS).where(PARTS.c.of == of))
