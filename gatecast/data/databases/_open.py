"""Opening the database of an address."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from gatecast._types import InputError
from gatecast.data.databases._address import Address
from gatecast.data.databases._database import Database
from gatecast.data.databases._duckdb import open_duckdb
from gatecast.data.databases._postgres import open_postgres
from gatecast.data.databases._sqlite import open_sqlite


def opened(address: Address, *, writes: bool = False) -> AbstractContextManager[Database]:
    """The database, in one transaction, which is written as a whole or not at all.

    Args:
        address: of the database.
        writes: whether it may be written; else it is opened for reading alone, and has to exist.

    Raises:
        InputError: if it cannot be opened or, within the block, refuses what it is asked.
    """
    if address.kind == "postgresql":
        return open_postgres(address, writes=writes)
    path = Path(address.place)
    if not writes and not path.is_file():
        raise InputError(f"{path} was not found; check the spelling")
    if writes and not path.parent.is_dir():
        raise InputError(f"{path} cannot be written: there is no folder {path.parent}")
    if address.kind == "sqlite":
        return open_sqlite(address, writes=writes)
    return open_duckdb(address, writes=writes)
