"""Where a table is, as people write it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl, unquote

from gatecast._types import InputError

Kind: TypeAlias = Literal["postgresql", "sqlite", "duckdb"]

_SCHEMES: dict[str, Kind] = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "sqlite": "sqlite",
    "duckdb": "duckdb",
}
_ENDINGS: dict[str, Kind] = {
    ".db": "sqlite",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".duckdb": "duckdb",
    ".ddb": "duckdb",
}
# What the files of each begin with, and where.
_MARKS: dict[Kind, tuple[int, bytes]] = {
    "sqlite": (0, b"SQLite format 3\0"),
    "duckdb": (8, b"DUCK"),
}
_QUERY = re.compile(r"\?([^?@/]*=[^?@]*)$")


@dataclass(frozen=True)
class Address:
    """A database, and a table in it.

    Attributes:
        kind: of the database.
        place: the path of a file, or what a PostgreSQL client connects to, with a password.
        table: its name, with a schema or without; None if it is not named.
    """

    kind: Kind
    place: str = field(repr=False)
    table: str | None

    @property
    def shown(self) -> str:
        """The database in words, without a password and without what is not its place."""
        if self.kind != "postgresql":
            return self.place
        who, at, where = _QUERY.sub("", self.place).partition("://")[2].rpartition("@")
        return f"postgresql://{who.partition(':')[0]}{at}{where}"

    def without_password(self, text: str) -> str:
        """A text of a client, in which it may have repeated what it was given."""
        if self.kind != "postgresql":
            return text
        options = _QUERY.search(self.place)
        secrets = [dict(parse_qsl(options[1])).get("password", "")] if options else []
        who = _QUERY.sub("", self.place).partition("://")[2].rpartition("@")[0]
        # A client takes what follows the first @ of a password for the host.
        secrets += who.partition(":")[2].split("@")
        text = text.replace(self.place, self.shown)
        for secret in filter(None, [*secrets, *map(unquote, secrets)]):
            text = text.replace(secret, "***")
        return text


def address_of(text: str) -> Address | None:
    """The address of a table, or None for what is none, such as the name of another file.

    `postgresql://user:password@host/name?table=schema.table`, `sqlite:///sales.db?table=sales`,
    `duckdb:///sales.duckdb`, or the name of a file of SQLite or DuckDB, `sales.db?table=sales`.

    Raises:
        InputError: if it has options that the database does not know.
    """
    scheme, sign, rest = text.partition("://")
    # SQLAlchemy names a driver as well: postgresql+psycopg.
    kind = _SCHEMES.get(scheme.lower().partition("+")[0]) if sign else None
    if kind == "postgresql":
        base, table, others = _split(rest)
        return Address(kind, f"postgresql://{base}{'?' if others else ''}{others}", table)
    base, table, others = _split(rest.removeprefix("/") if kind else text)
    if kind is None:
        kind = None if sign else _kind_of_file(base)
        if kind is None:
            return None
    if others:
        raise InputError(f"{base} is opened with ?table= alone, not with {others!r}")
    return Address(kind, str(path_of(base)), table)


def path_of(text: str) -> Path:
    """The path, `~` replaced by the home folder unless a file has that name."""
    path = Path(text)
    return path if not text.startswith("~/") or path.exists() else path.expanduser()


def _kind_of_file(name: str) -> Kind | None:
    """The database whose file this is: by its first bytes, or by its ending if there is none yet.

    None for a file that has not the ending of a database.
    """
    kind = _ENDINGS.get(Path(name).suffix.lower())
    if kind is None or not path_of(name).is_file():
        return kind
    with path_of(name).open("rb") as file:
        head = file.read(16)
    found = (kind for kind, (at, mark) in _MARKS.items() if head[at:].startswith(mark))
    return next(found, kind)


def _split(text: str) -> tuple[str, str | None, str]:
    """What stands before the options, the table among them, and the other options as they stand."""
    found = _QUERY.search(text)
    if found is None:
        return text, None, ""
    options = [option.partition("=") for option in found[1].split("&")]
    tables = [unquote(value) for name, _, value in options if name == "table"]
    others = ["".join(option) for option in options if option[0] != "table"]
    return text[: found.start()], next(iter(tables), None) or None, "&".join(others)
