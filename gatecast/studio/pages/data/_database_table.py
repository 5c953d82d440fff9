"""A table of PostgreSQL as CSV."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from gatecast._types import InputError

_SCHEMES = ("postgresql", "postgres")
_SECONDS = 60
_IN_MEMORY = 1 << 20


@contextmanager
def copied(address: str, most: int) -> Iterator[tuple[str, BinaryIO]]:
    """The name of a table, and its rows as CSV.

    Args:
        address: `postgresql://user:password@host/database?table=schema.name`.
        most: bytes that it may have.

    Raises:
        InputError: if there is no such table, or it is larger; without the password.
    """
    parts = urlsplit(address.strip())
    asked = parse_qs(parts.query)
    table = asked.pop("table", [""])[0]
    if parts.scheme not in _SCHEMES or not table:
        raise InputError(
            "Write the address of the table as postgresql://user:password@host/database?table=sales"
        )
    source = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    query = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT (FORMAT csv, HEADER)").format(
        sql.Identifier(*table.split("."))
    )
    limit = f"-c statement_timeout={_SECONDS}s -c default_transaction_read_only=on"
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        try:
            with (
                psycopg.connect(source, connect_timeout=10, options=limit) as connection,
                connection.cursor() as cursor,
                cursor.copy(query) as rows,
            ):
                for part in rows:
                    file.write(part)
                    if file.tell() > most:
                        raise InputError(f"The table {table} is larger than {most:,} bytes.")
        except psycopg.Error as error:
            words = " ".join(str(error).split())
            secret = parts.password or ""
            words = words.replace(secret, "***") if secret else words
            raise InputError(f"The table {table} cannot be read: {words}") from None
        file.seek(0)
        yield table, file  # type: ignore[misc]
