"""The models that are served and their versions, in the database: it holds all that there is."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select, update

from gatecast.serving.store._tables import ARTEFACTS, MODELS

_SHOWN = 12

# Every request runs one of these.
_VERSIONS = select(MODELS).where(MODELS.c.name == bindparam("name"))
_SHARED, _CHANGED = _VERSIONS.with_for_update(read=True), _VERSIONS.with_for_update()


@dataclass(frozen=True)
class ServedVersions:
    """Which versions of a model there are to serve.

    Attributes:
        name: of the model.
        version: the one that serves.
        previous: the one that served before it.
    """

    name: str
    version: str
    previous: str | None


def version_of(content: bytes) -> str:
    """The version of an artefact: the start of its SHA-256."""
    return hashlib.sha256(content).hexdigest()[:_SHOWN]


def put_artefact(connection: Connection, name: str, content: bytes) -> str:
    """Store an artefact, unless it is there, and return its version."""
    version = version_of(content)
    if artefact(connection, name, version) is None:
        row = {"name": name, "version": version, "content": content, "stored": time.time()}
        connection.execute(insert(ARTEFACTS), row)
    return version


def artefact(connection: Connection, name: str, version: str) -> bytes | None:
    """The content of a version, or None."""
    query = select(ARTEFACTS.c.content).where(
        ARTEFACTS.c.name == name, ARTEFACTS.c.version == version
    )
    return connection.scalar(query)


def models(connection: Connection) -> list[ServedVersions]:
    """All models that are served, by name."""
    query = select(MODELS).order_by(MODELS.c.name)
    return [ServedVersions(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)


def versions_of(
    connection: Connection, name: str, *, share: bool = False, change: bool = False
) -> ServedVersions | None:
    """The versions of a model, or None.

    Args:
        connection: in a transaction.
        name: of the model.
        share: keep it from being changed while the transaction lasts.
        change: keep all others from sharing it meanwhile.
    """
    query = _CHANGED if change else _SHARED if share else _VERSIONS
    row = connection.execute(query, {"name": name}).first()
    return None if row is None else ServedVersions(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)


def serve_version(connection: Connection, name: str, version: str) -> None:
    """Let a version serve from now on; the one before it is remembered."""
    before = versions_of(connection, name, change=True)
    if before is None:
        connection.execute(insert(MODELS), {"name": name, "version": version})
    elif before.version != version:
        changed = {"version": version, "previous": before.version}
        connection.execute(update(MODELS).where(MODELS.c.name == name).values(**changed))
