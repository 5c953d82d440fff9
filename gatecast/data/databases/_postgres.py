"""PostgreSQL through ADBC: rows come and go as Arrow tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast.data.databases._address import Address
from gatecast.data.databases._database import Kind, Relation, literal
from gatecast.data.databases._typed import arrow_table, as_read, kinds_of, later

if TYPE_CHECKING:
    from adbc_driver_postgresql import dbapi
else:
    dbapi = lazy("adbc_driver_postgresql.dbapi")

_TABLES = """
    SELECT nspname, relname, pg_table_is_visible(pg_class.oid)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition
        AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
        AND has_table_privilege(pg_class.oid, 'SELECT')
    ORDER BY 3 DESC, 1, 2
"""
_TYPES = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = {}::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
# Any number, as long as it is the same for all.
_LOCK = 0x67617465
_SECONDS_TO_CONNECT = 10
_STAGED = "gatecast_staged"


class Postgres:
    """A PostgreSQL database within one transaction."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def tables(self) -> list[Relation]:
        """Its tables and views that may be read."""
        return [Relation(*row) for row in self._rows(_TABLES)]

    def kinds(self, source: str) -> dict[str, Kind]:
        """What each column holds."""
        self._cursor.execute(f"SELECT * FROM {source} LIMIT 0")  # noqa: S608 (quoted)
        return kinds_of(self._cursor.fetch_arrow_table().schema)

    def frame(self, query: str) -> pd.DataFrame:
        """The result of a query."""
        [(zone,)] = self._rows("SELECT current_setting('TimeZone')")
        self._cursor.execute(query)
        frame: pd.DataFrame = self._cursor.fetch_arrow_table().to_pandas()
        for name, times in frame.select_dtypes("datetimetz").items():
            # The driver gives UTC, in which the days of another zone do not begin at midnight.
            with suppress(ValueError, ZoneInfoNotFoundError):
                frame[name] = times.dt.tz_convert(ZoneInfo(zone))
        return frame

    def as_read(self, column: str, kind: Kind) -> str:
        """The SQL by which a column is read."""
        return as_read(column, kind)

    def later(self, column: str, kind: Kind, end: Any) -> str | None:
        """A condition that all rows later than a time meet."""
        return later(column, kind, end)

    def execute(self, statement: str) -> None:
        """Carry out a statement."""
        self._cursor.execute(statement)

    def wait_for_writers(self) -> None:
        """Take the lock that all writers take; it is free again after the transaction."""
        self._rows(f"SELECT pg_advisory_xact_lock({_LOCK})::text")

    def types(self, relation: Relation) -> dict[str, str]:
        """The declared types of a table."""
        return dict(self._rows(_TYPES.format(literal(relation.sql))))

    def stage(self, frame: pd.DataFrame) -> str:
        """A temporary table, which goes with the connection."""
        # A pooler may have kept the connection of another writer.
        self._cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{_STAGED}")
        self._cursor.adbc_ingest(_STAGED, arrow_table(frame), mode="create", temporary=True)
        return f"pg_temp.{_STAGED}"

    def _rows(self, query: str) -> list[Any]:
        self._cursor.execute(query)
        return list(self._cursor.fetchall())


@contextmanager
def open_postgres(address: Address, *, writes: bool) -> Iterator[Postgres]:
    """The database, in one transaction: written at the end or, if anything fails, not at all."""
    try:
        connect, errors = dbapi.connect, dbapi.Error
    except ModuleNotFoundError as error:
        raise InputError(
            f"PostgreSQL needs {error.name}: pip install 'gatecast[postgres]'"
        ) from None
    try:
        with connect(_with_time_limit(address.place)) as connection, connection.cursor() as cursor:
            if not writes:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            else:
                # Forecasts of hours are at hours of UTC.
                cursor.execute("SET LOCAL TIME ZONE 'UTC'")
            yield Postgres(cursor)
            if writes:
                connection.commit()
    except errors as error:
        raise InputError(f"{address.shown}: {_told(error, address)}") from None


def _with_time_limit(url: str) -> str:
    if "connect_timeout=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}connect_timeout={_SECONDS_TO_CONNECT}"


def _told(error: Exception, address: Address) -> str:
    """What the server says, without what the driver adds and without the password."""
    text = str(error).partition("\n\nQuery was:")[0].partition("\nLINE ")[0]
    text = text.rpartition("ERROR:  ")[2].removeprefix("IO: [libpq] ")
    return " ".join(address.without_password(text).split("SQLSTATE")[0].split()).rstrip(" .")
