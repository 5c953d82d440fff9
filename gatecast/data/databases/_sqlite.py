"""SQLite through Python's own module: any value may stand in any column."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from gatecast._types import InputError
from gatecast.data.databases._address import Address
from gatecast.data.databases._database import Kind, Relation, Time, quoted

_SECONDS_TO_WAIT = 60
_STAGED = "gatecast_staged"
_TABLES = """
    SELECT name FROM sqlite_schema
    WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name
"""


class Sqlite:
    """A SQLite database within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def tables(self) -> list[Relation]:
        """Its tables and views."""
        return [Relation(None, name) for (name,) in self._connection.execute(_TABLES)]

    def kinds(self, source: str) -> dict[str, Kind]:
        """The names of the columns; what they hold, only each value tells."""
        found = self._connection.execute(f"SELECT * FROM {source} LIMIT 0")  # noqa: S608 (quoted)
        return {column[0]: "plain" for column in found.description}

    def frame(self, query: str) -> pd.DataFrame:
        """The result of a query."""
        found = self._connection.execute(query)
        names = [column[0] for column in found.description]
        return pd.DataFrame(found.fetchall(), columns=names)

    def as_read(self, column: str, kind: Kind) -> str:
        """The column as it is."""
        return column

    def later(self, column: str, kind: Kind, end: Time) -> str | None:
        """A condition that later rows meet: whole numbers, or dates that begin like 2024-03-31.

        A zone may move a time by less than a day.
        """
        if isinstance(end, int):
            return f"(typeof({column}) <> 'integer' OR {column} > {end})"
        day = (end - pd.Timedelta(days=1)).floor("s").isoformat(sep=" ")
        return (
            f"({column} NOT LIKE '____-__-__%' OR julianday({column}) IS NULL "
            f"OR julianday({column}) >= julianday('{day}'))"
        )

    def execute(self, statement: str) -> None:
        """Carry out a statement."""
        self._connection.execute(statement)

    def wait_for_writers(self) -> None:
        """Take the write lock now, since one that waits after it has read would be refused."""
        self._connection.execute("BEGIN IMMEDIATE")

    def types(self, relation: Relation) -> dict[str, str]:
        """The names of the columns; any value fits."""
        found = self._connection.execute(f"PRAGMA table_info({relation.sql})")
        return {row[1]: "" for row in found}

    def stage(self, frame: pd.DataFrame) -> str:
        """A temporary table, which goes with the connection."""
        names = ", ".join(map(quoted, frame.columns))
        self._connection.execute(f"CREATE TEMP TABLE {_STAGED} ({names})")
        marks = ", ".join("?" * len(frame.columns))
        rows = zip(*(_values(frame[name]) for name in frame), strict=True)
        self._connection.executemany(f"INSERT INTO {_STAGED} VALUES ({marks})", rows)  # noqa: S608
        return f"temp.{_STAGED}"


def _values(column: pd.Series[Any]) -> list[Any]:
    """Values as SQLite keeps them: times always with the time of day, so that they compare."""
    if column.dtype.kind == "M":
        texts = column.map(lambda time: time.isoformat(sep=" "), na_action="ignore")
        return texts.astype(object).where(column.notna(), None).tolist()
    plain: list[Any] = column.astype(object).where(column.notna(), None).tolist()
    return plain


@contextmanager
def open_sqlite(address: Address, *, writes: bool) -> Iterator[Sqlite]:
    """The database, in one transaction: written at the end or, if anything fails, not at all."""
    path = Path(address.place)
    url = f"{path.absolute().as_uri()}?mode={'rwc' if writes else 'ro'}"
    try:
        with closing(
            sqlite3.connect(url, uri=True, timeout=_SECONDS_TO_WAIT, isolation_level=None)
        ) as connection:
            if not writes:
                connection.execute("PRAGMA query_only = ON")
                connection.execute("BEGIN")
            yield Sqlite(connection)
            if writes:
                connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise InputError(f"{path}: {error}") from None
