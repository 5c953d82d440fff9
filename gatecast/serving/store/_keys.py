"""Keys to the service: who may read or write which models, until when."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Connection, insert, select, update

from gatecast._types import InputError
from gatecast.serving.store._tables import KEYS

Permission = Literal["read", "write"]

_PREFIX = "gc_"
_BYTES = 32


@dataclass(frozen=True)
class Key:
    """What a key allows; the key itself is not stored.

    Attributes:
        name: that the administrator gave it.
        can: "read" forecasts and history; "write" also observations and models.
        models: it is valid for; None for all.
        expires: seconds since 1970; None for never.
        revoked: since when, or None.
    """

    name: str
    can: Permission
    models: tuple[str, ...] | None
    expires: float | None
    revoked: float | None

    @property
    def valid(self) -> bool:
        """Whether it opens anything now."""
        return self.revoked is None and (self.expires is None or time.time() < self.expires)

    def allows(self, permission: Permission, model: str | None) -> bool:
        """Whether it may be used so, for a model or (None) for what concerns none."""
        enough = permission == "read" or self.can == "write"
        return enough and (model is None or self.models is None or model in self.models)


def add_key(
    connection: Connection,
    name: str,
    can: Permission,
    models: Sequence[str] | None = None,
    expires: float | None = None,
) -> str:
    """Make a key; it is returned this once, and only its hash is stored.

    Raises:
        InputError: if the name is taken or empty, or the permission is another word.
    """
    if can not in get_args(Permission):
        raise InputError(f"can must be one of {', '.join(get_args(Permission))}, got {can!r}")
    if not name.strip():
        raise InputError("a key needs a name, to be listed and revoked by")
    if connection.scalar(select(KEYS.c.name).where(KEYS.c.name == name)) is not None:
        raise InputError(f"there is a key named {name!r} already; choose another name")
    key = _PREFIX + secrets.token_urlsafe(_BYTES)
    row = {
        "name": name,
        "hash": _hash(key),
        "can": can,
        "models": None if models is None else json.dumps(list(models)),
        "created": time.time(),
        "expires": expires,
    }
    connection.execute(insert(KEYS), row)
    return key


def keys(connection: Connection) -> list[Key]:
    """All keys, by name."""
    return [_key(row) for row in connection.execute(select(KEYS).order_by(KEYS.c.name))]


def key_of(connection: Connection, key: str) -> Key | None:
    """What a key allows, or None if it is not known.

    It is looked up by its hash: 32 random bytes cannot be guessed from how long that takes.
    """
    row = connection.execute(select(KEYS).where(KEYS.c.hash == _hash(key))).first()
    return None if row is None else _key(row)


def key_named(connection: Connection, name: str) -> Key | None:
    """What the key of a name allows, or None if there is none."""
    row = connection.execute(select(KEYS).where(KEYS.c.name == name)).first()
    return None if row is None else _key(row)


def revoke_key(connection: Connection, name: str) -> None:
    """Let a key open nothing from now on.

    Raises:
        InputError: if there is none of that name.
    """
    statement = update(KEYS).where(KEYS.c.name == name).values(revoked=time.time())
    if not connection.execute(statement).rowcount:
        raise InputError(f"there is no key named {name!r}; `gatecast key list` shows all")


def _hash(key: str) -> str:
    # The key is random and long, so that a fast hash is enough.
    return hashlib.sha256(key.encode()).hexdigest()


def _key(row: object) -> Key:
    models = None if row.models is None else tuple(json.loads(row.models))  # type: ignore[attr-defined]
    return Key(row.name, row.can, models, row.expires, row.revoked)  # type: ignore[attr-defined]
