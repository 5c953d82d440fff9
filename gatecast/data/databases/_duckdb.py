"""Files of DuckDB."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd

from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast.data.databases._address import Address
from gatecast.data.databases._database import Kind, Relation, literal
from gatecast.data.databases._typed import arrow_table, as_read, kinds_of, later

if TYPE_CHECKING:
    import duckdb
else:
    duckdb = lazy("duckdb")

# A query sees the tables of its database: no other file, no address, no variable of Python.
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
_TABLES = """
    SELECT table_schema, table_name, table_schema = 'main' FROM information_schema.tables
    WHERE table_catalog = current_database() ORDER BY 3 DESC, 1, 2
"""
_STAGED = "gatecast_staged"


class DuckDB:
    """A DuckDB database within one transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def tables(self) -> list[Relation]:
        """Its tables and views."""
        return [Relation(*row) for row in self._connection.execute(_TABLES).fetchall()]

    def kinds(self, source: str) -> dict[str, Kind]:
        """What each column holds."""
        found = self._connection.sql(f"SELECT * FROM {source} LIMIT 0")  # noqa: S608 (quoted)
        return kinds_of(found.to_arrow_table().schema)

    def frame(self, query: str) -> pd.DataFrame:
        """The result of a query."""
        return self._connection.execute(query).df()

    def as_read(self, column: str, kind: Kind) -> str:
        """The SQL by which a column is read."""
        return as_read(column, kind)

    def later(self, column: str, kind: Kind, end: Any) -> str | None:
        """A condition that all rows later than a time meet."""
        return later(column, kind, end)

    def execute(self, statement: str) -> None:
        """Carry out a statement."""
        self._connection.execute(statement)

    def wait_for_writers(self) -> None:
        """Nothing: a file that is open for writing is open to one process alone."""

    def types(self, relation: Relation) -> dict[str, str]:
        """The declared types of a table."""
        schema = "main" if relation.schema is None else relation.schema
        found = self._connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns "  # noqa: S608 (literals)
            f"WHERE table_catalog = current_database() AND table_schema = {literal(schema)} "
            f"AND table_name = {literal(relation.name)} ORDER BY ordinal_position"
        )
        return dict(found.fetchall())

    def stage(self, frame: pd.DataFrame) -> str:
        """A view of the rows, where they are."""
        self._connection.register(_STAGED, arrow_table(frame))
        return _STAGED


@contextmanager
def open_duckdb(address: Address, *, writes: bool) -> Iterator[DuckDB]:
    """The database, in one transaction: written at the end or, if anything fails, not at all."""
    try:
        with closing(
            duckdb.connect(address.place, read_only=not writes, config=_SETTINGS)
        ) as connection:
            connection.execute("BEGIN")
            yield DuckDB(connection)
            connection.execute("COMMIT")
    except duckdb.Error as error:
        words = " ".join(re.split(r"\n\s*(?:LINE \d|Possible)", str(error))[0].split())
        raise InputError(f"{address.place}: {words}") from None
