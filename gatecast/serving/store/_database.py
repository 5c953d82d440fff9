"""Connections to SQLite or PostgreSQL, their transactions, and what can go wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from gatecast._types import InputError

_MIGRATIONS = Path(__file__).parent / "migrations"
_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
# SQLSTATE: disk full, out of memory, too many connections (the last is passing).
_FULL_STATES = ("53100",)
_FULL_WORDS = ("database or disk is full", "No space left")
# Seconds to wait for another process that writes to SQLite: its first forecast may be compiled
# meanwhile, which takes long on a busy machine.
_PATIENCE = 30
# Any number; the same for all processes that upgrade a database.
_UPGRADE_LOCK = 7_241_953
_TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended(:what, 0))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtextextended(:what, 0))")


class StoreError(Exception):
    """The database did not do what was asked; nothing of the transaction was kept."""


class StoreFullError(StoreError):
    """There is no room left; reading still works."""


class StoreUnavailableError(StoreError):
    """The database cannot be reached, or is locked, for now."""


class Database:
    """SQLite or PostgreSQL.

    Args:
        url: such as `sqlite:///state.db` or `postgresql://user:password@host/name`.

    Raises:
        InputError: for a URL of another kind.
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)

    @property
    def one_writer(self) -> bool:
        """Whether a single process may write."""
        return self._engine.dialect.name == "sqlite"

    @property
    def shown(self) -> str:
        """The URL without its password."""
        url = self._engine.url
        plain = url.set(drivername=url.drivername.partition("+")[0])
        return plain.render_as_string(hide_password=True)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is durable when the block ends, and undone if it raises.

        Raises:
            StoreError: if the database fails.
        """
        with _translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the database and writes nothing.

        Raises:
            StoreError: if the database fails.
        """
        with _translated(), self._engine.connect() as connection:
            reader = connection.execution_options(gatecast_reads=True)
            with reader.begin() as transaction:
                if self._engine.dialect.name == "postgresql":
                    reader.execute(
                        text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    )
                yield reader
                transaction.rollback()

    @contextmanager
    def alone(self, what: str) -> Iterator[bool]:
        """Whether no other process does something now; none may begin while the block lasts.

        PostgreSQL holds a lock for the connection, and frees it if the process dies. SQLite has one
        process that writes, so there is nothing to lock.

        Args:
            what: is done, in words that are the same in all processes.

        Raises:
            StoreError: if the database fails.
        """
        if self.one_writer:
            yield True
            return
        with _translated(), self._engine.connect() as opened:
            connection = opened.execution_options(isolation_level="AUTOCOMMIT")
            held = False
            try:
                held = bool(connection.scalar(_TRY_LOCK, {"what": what}))
                yield held
            finally:
                # Closing frees the lock too, but only once the server notices.
                if held:
                    with suppress(DBAPIError):
                        connection.scalar(_UNLOCK, {"what": what})
                connection.invalidate()

    @cached_property
    def revisions(self) -> tuple[str, ...]:
        """Those that its tables can have, the newest first."""
        scripts = ScriptDirectory.from_config(_config())
        return tuple(each.revision for each in scripts.walk_revisions())

    def require_current(self) -> str:
        """The revision of its tables.

        Raises:
            InputError: if there are none, or those of another version of gatecast.
            StoreError: if the database fails.
        """
        path = self._engine.url.database
        if self.one_writer and path and not Path(path).is_file():
            # SQLite would make it.
            raise InputError(f"there is no state in {self.shown}: the file does not exist")
        with self.reading() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
        if found is None:
            raise InputError(f"there is no state in {self.shown}")
        if found != self.revisions[0]:
            raise InputError(
                f"{self.shown} has tables of another version of gatecast: start the service of "
                "this version once, or use that version"
            )
        return found

    def upgrade(self) -> None:
        """Create the tables, or bring those of an older version up to date.

        Raises:
            StoreError: if the database fails.
        """
        config = _config()
        with self.writing() as connection:
            if connection.dialect.name == "postgresql":
                lock = text("SELECT pg_advisory_xact_lock(:number)")
                connection.execute(lock, {"number": _UPGRADE_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def forget_deleted(self) -> None:
        """Let what was deleted leave the files of SQLite too, where it may stand in the log.

        Raises:
            StoreError: if the database fails.
        """
        if self.one_writer:
            with _translated(), closing(self._engine.raw_connection()) as connection:
                # Outside of any transaction.
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InputError(f"{_hidden(url)!r} is no URL of a database{_EXAMPLES}") from None
    kind = parsed.drivername.partition("+")[0]
    if kind not in _DRIVERS:
        raise InputError(f"state in {kind!r} is not supported{_EXAMPLES}")
    parsed = parsed.set(drivername=_DRIVERS[kind])
    try:
        engine = create_engine(parsed, pool_pre_ping=kind != "sqlite", **_options(kind))
    except (ImportError, NoSuchModuleError):
        raise InputError(f"{kind} needs its driver: pip install 'gatecast[serve]'") from None
    if kind == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


_EXAMPLES = ": use sqlite:///state.db or postgresql://user:password@host/name"


def _options(kind: str) -> dict[str, Any]:
    if kind == "sqlite":
        return {"connect_args": {"timeout": _PATIENCE, "check_same_thread": False}}
    return {"connect_args": {"connect_timeout": 5}, "pool_size": 5}


def _hidden(url: str) -> str:
    """A text that should have been a URL, without what may be a password."""
    return url.rpartition("@")[2]


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Transactions begin where SQLAlchemy says so, not where the driver guesses.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("gatecast_reads", False)
    # A writer takes the lock at once: two that upgrade a read lock would refuse each other.
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of the database as our own, without its internals."""
    try:
        yield
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", ""))
        if state in _FULL_STATES or any(words in str(error.orig) for words in _FULL_WORDS):
            raise StoreFullError("no room is left for the state database") from error
        raise StoreUnavailableError("the state database cannot be used now") from error
    except SQLAlchemyError as error:
        raise StoreUnavailableError("the state database cannot be used now") from error
