"""The rows of files, by the endings of their names, of databases and of queries."""

from __future__ import annotations

import csv
import re
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast._warn import warn
from gatecast.data._words import show_some
from gatecast.data.databases import Address, Since, address_of, select
from gatecast.data.reading._origin import Concatenated, NumberedRows
from gatecast.data.reading.sources._csv import load_csv
from gatecast.data.reading.sources._duckdb import connect_to, escaped, one_line
from gatecast.data.reading.sources._excel import load_sheet
from gatecast.data.reading.sources._find import find_files, folder_columns
from gatecast.data.reading.sources._query import load_query, looks_like_query
from gatecast.data.reading.sources._table import Table, require_few_columns
from gatecast.data.reading.sources._text_files import JsonLines, compression, kind_of
from gatecast.data.reading.sources._tsf import load_tsf

if TYPE_CHECKING:
    import duckdb
else:
    duckdb = lazy("duckdb")

_LINES = (".jsonl", ".ndjson")
_SHEETS = (".xlsx", ".ods")
_SHEET = re.compile(rf"(.*({'|'.join(map(re.escape, _SHEETS))}))\?sheet=(.+)", re.IGNORECASE)
_SHOWN = 60


def load(source: str | None, sql: str | None = None, since: Since | None = None) -> Table:
    """The rows of files, of a table of a database, or of a query.

    Args:
        source: a path, a glob or a folder, the address of a table; None for a query of DuckDB.
        sql: a query, asked of the database at the address or, without one, of DuckDB.
        since: rows that need not be read, where a database can leave them out.

    Raises:
        InputError: if there is no such source, or it cannot be used.
    """
    if source is None:
        if sql is None:
            raise InputError("give a source, such as the path of a file, or sql=...")
        return load_query(sql)
    address = address_of(source)
    if address is not None:
        return _load_table(address, sql, since)
    if sql is not None:
        raise InputError(
            "give either a source or sql=..., not both; a query goes with the address of a database"
        )
    if looks_like_query(source) and not Path(source).exists():
        raise InputError(
            f"{source[:_SHOWN]!r} is no file; to run it as a query, give it as sql=..."
        )
    return _load_files(source)


def _load_table(address: Address, sql: str | None = None, since: Since | None = None) -> Table:
    """The rows of a table, or of a query, of a database."""
    frame, where = select(address, sql, since)
    require_few_columns(frame.columns, where)
    return Table(frame, NumberedRows(where), ordered=False)


def _load_files(pattern: str) -> Table:
    """The rows of all files that a path, glob or folder means, one below the other.

    Columns are matched by name. Folders called `key=value` within the folder, or that a glob goes
    through, are columns, unless the files have a column of that name.

    Raises:
        InputError: if there is no file, or one is empty, broken, or of a kind not known by its
            ending.
    """
    named = _SHEET.fullmatch(pattern)
    if named and not Path(pattern).exists():
        pattern, sheet = named.group(1, 3)
    else:
        sheet = None
    paths = find_files(pattern)
    tables = [_load_file(path, sheet) for path in paths]
    folders = [folder_columns(path, pattern) for path in paths]
    tables = list(map(_with_folders, tables, folders))
    taken = {name for found in folders for name in found}
    if taken:
        warn(f"columns from the names of folders: {show_some(sorted(taken))}")
    if len(tables) == 1:
        return tables[0]
    starts = np.cumsum([0, *(len(table.frame) for table in tables)])[:-1]
    origin = Concatenated([table.origin for table in tables], starts.tolist())
    frame = pd.concat([table.frame for table in tables], ignore_index=True)
    return Table(frame, origin, is_text=any(table.is_text for table in tables))


def _with_folders(table: Table, found: Mapping[str, str]) -> Table:
    """The table with the columns that its folders stand for; its own of the same name stay."""
    new = {name: value for name, value in found.items() if name not in table.frame}
    return table._replace(frame=table.frame.assign(**new)) if new else table


def _load_file(path: Path, sheet: str | None = None) -> Table:
    """The rows of one file, by the ending of its name."""
    ending = kind_of(path)
    load = partial(load_sheet, sheet=sheet) if ending in _SHEETS else _LOADERS.get(ending)
    if load is None:
        raise InputError(
            f"{path} has the extension {path.suffix!r}, which is not known; "
            f"use one of {', '.join([*_LOADERS, *_SHEETS])}, text also with .gz or .zst"
        )
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty; it needs column names and rows")
    try:
        table = load(path)
    except (duckdb.Error, csv.Error, zlib.error, OSError, EOFError) as error:
        raise InputError(f"{path} cannot be read: {one_line(error)}") from None
    require_few_columns(table.frame.columns, str(path))
    return table


def _load_parquet(path: Path) -> Table:
    query = "FROM read_parquet($1, hive_partitioning = false)"
    with connect_to(path) as connection:
        frame = connection.execute(query, [escaped(path)]).df()
    return Table(frame, NumberedRows(str(path)))


def _load_json(path: Path) -> Table:
    records = f"read_json_objects($1, compression = '{compression(path)}')"
    with connect_to(path) as connection:
        names = _json_keys(connection, path, records)
        # Each as a JSON pointer (RFC 6901). As text, so that one odd value neither changes a
        # column's type nor ends the reading.
        pointers = ["/" + name.replace("~", "~0").replace("/", "~1") for name in names]
        query = f"SELECT json_extract_string(json, $2) AS row FROM {records}"  # noqa: S608 (ours)
        rows = connection.execute(query, [escaped(path), pointers]).fetchall()
    frame = pd.DataFrame([row for (row,) in rows], columns=names, dtype=object)
    origin = JsonLines(path) if kind_of(path) in _LINES else NumberedRows(str(path), unit="record")
    return Table(frame, origin, is_text=True)


def _json_keys(connection: duckdb.DuckDBPyConnection, path: Path, records: str) -> list[str]:
    """The keys of all records, in the order in which they first come.

    Raises:
        InputError: if they are too many, or there are none.
    """
    query = f"""
        SELECT keys FROM (
            SELECT json_keys(json) AS keys, row_number() OVER () AS number FROM {records}
        ) GROUP BY keys ORDER BY min(number)
    """  # noqa: S608 (nothing of the user's stands in it)
    found: dict[str, None] = {}
    for (keys,) in connection.execute(query, [escaped(path)]).fetchall():
        found |= dict.fromkeys(keys)
    require_few_columns(found, str(path))
    if not found:
        raise InputError(f"{path} holds no JSON records; each row should be an object")
    return list(found)


_LOADERS: Mapping[str, Callable[[Path], Table]] = MappingProxyType(
    {
        **dict.fromkeys((".csv", ".tsv", ".txt"), load_csv),
        **dict.fromkeys((".parquet", ".pq"), _load_parquet),
        **dict.fromkeys((".json", *_LINES), _load_json),
        ".tsf": load_tsf,
    }
)
