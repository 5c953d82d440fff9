"""Rows into a table: those that are there are replaced, the others added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gatecast._types import InputError
from gatecast.data._words import show_some
from gatecast.data.databases._address import Address
from gatecast.data.databases._database import Database, Relation, named, quoted
from gatecast.data.databases._open import opened

MODEL = "model"
"""The column that names the model, where several share a table."""

TABLE = "forecasts"
"""That is written to, where none is named."""

_TYPES = {"M": "TIMESTAMP", "b": "BOOLEAN", "i": "BIGINT", "u": "BIGINT", "f": "DOUBLE PRECISION"}


def upsert(address: Address, frame: pd.DataFrame, keys: Sequence[str]) -> str:
    """Put rows into a table, in one transaction; the same rows again change nothing.

    A row whose keys are in the table replaces the values there; columns of the table that the frame
    does not have keep theirs. A table that is missing is made, with the keys as its primary key.

    Args:
        address: of the table, `TABLE` if it names none.
        frame: the rows, each of its keys once.
        keys: the columns that tell rows apart.

    Returns:
        The table in words.

    Raises:
        InputError: if the table has not all columns of the frame, or the database refuses.
    """
    wanted = TABLE if address.table is None else address.table
    with opened(address, writes=True) as database:
        database.wait_for_writers()
        relation = named(database.tables(), wanted) or _made(database, wanted, frame, keys)
        types, names = database.types(relation), list(map(str, frame))
        where = f"table {relation.shown!r} of {address.shown}"
        check_columns(list(types), names, where)
        rows = _cast(database.stage(frame), types, names)
        _merge(database, relation, rows, names, keys)
    return where


def _made(database: Database, wanted: str, frame: pd.DataFrame, keys: Sequence[str]) -> Relation:
    """A new table for the rows of a frame."""
    schema, _, name = wanted.rpartition(".")
    relation = Relation(schema or None, name, is_near=not schema)
    columns = [f"{quoted(str(column))} {_type(frame[column])}" for column in frame]
    primary = f"PRIMARY KEY ({', '.join(map(quoted, keys))})"
    database.execute(f"CREATE TABLE {relation.sql} ({', '.join([*columns, primary])})")
    return relation


def _type(column: pd.Series[Any]) -> str:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return "TIMESTAMP WITH TIME ZONE"
    return _TYPES.get(column.dtype.kind, "TEXT")


def check_columns(there: Sequence[str], names: Sequence[str], where: str) -> None:
    """Raise unless rows of some columns fit into what is there.

    Args:
        there: the columns of the table.
        names: those of the rows.
        where: the table in words.

    Raises:
        InputError: for a column that the table does not have, and for rows that do not say of which
            model they are, where the table does: they would replace those of all models.
    """
    absent = [name for name in names if name not in there]
    if absent:
        raise InputError(
            f"{where} has no column {show_some(absent, most=len(absent))}: add it, or write "
            f"elsewhere. It has {show_some(there, most=len(there))}"
        )
    if MODEL in there and MODEL not in names:
        raise InputError(f"{where} holds rows of several models: name this one with model=...")


def _cast(staged: str, types: Mapping[str, str], names: Sequence[str]) -> str:
    """The staged rows in the types of the table."""
    columns = (
        f"CAST({quoted(name)} AS {types[name]}) AS {quoted(name)}" if types[name] else quoted(name)
        for name in names
    )
    return f"(SELECT {', '.join(columns)} FROM {staged})"  # noqa: S608 (quoted)


def _merge(
    database: Database, relation: Relation, rows: str, names: Sequence[str], keys: Sequence[str]
) -> None:
    """Replace the rows that are there, and add the others.

    Not by ON CONFLICT, which needs a key that a table of someone else may not have.
    """
    quoted_keys = [quoted(key) for key in keys]
    same = " AND ".join(f"old.{key} = new.{key}" for key in quoted_keys)
    values = [f"{each} = new.{each}" for each in map(quoted, names) if each not in quoted_keys]
    if values:
        database.execute(
            f"UPDATE {relation.sql} AS old SET {', '.join(values)} FROM {rows} AS new WHERE {same}"  # noqa: S608
        )
    listed = ", ".join(map(quoted, names))
    database.execute(
        f"INSERT INTO {relation.sql} ({listed}) SELECT {listed} FROM {rows} AS new "  # noqa: S608
        f"WHERE NOT EXISTS (SELECT 1 FROM {relation.sql} AS old WHERE {same})"
    )
