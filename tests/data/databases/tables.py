"""Tables of each kind of database, made and read by their own clients."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import psycopg


class Place(NamedTuple):
    """A database: its kind, and where it is."""

    kind: str
    address: str

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Carry out statements; the rows of the last."""
        connection: Any
        if self.kind == "postgresql":
            connection = psycopg.connect(self.address, autocommit=True)
        elif self.kind == "sqlite":
            connection = sqlite3.connect(self.address, isolation_level=None)
        else:
            connection = duckdb.connect(self.address)
        rows: Sequence[Any] = []
        try:
            for statement in statements:
                found = connection.execute(statement)
                # DuckDB gives the number of changed rows.
                rows = found.fetchall() if found.description else []
        finally:
            connection.close()
        return list(map(tuple, rows))


def place(kind: str, folder: Path, postgres_url: str) -> Place:
    """An empty database of a kind."""
    files = {"sqlite": folder / "shop.db", "duckdb": folder / "shop.duckdb"}
    return Place(kind, postgres_url if kind == "postgresql" else str(files[kind]))
