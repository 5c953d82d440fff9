"""Raw tables through DuckDB: CSV, JSON and Parquet files, and queries."""

from __future__ import annotations

import csv
import glob
import re
import warnings
import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from gatecast._lazy import lazy
from gatecast._types import InputError, InputWarning
from gatecast.data._frames import unique_names
from gatecast.data.reading._origin import Concatenated, NumberedRows, Origin, Selected
from gatecast.data.reading._text_files import CsvFile, JsonLines, csv_file, guess_encoding
from gatecast.data.reading._values import with_decimal_points

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
else:
    duckdb = lazy("duckdb")

_TEXT = (".csv", ".tsv", ".txt")
_PARQUET = (".parquet", ".pq")
_JSON = (".json", ".jsonl", ".ndjson")


class Table(NamedTuple):
    """A raw table, the place its rows came from, and whether its values are still text."""

    frame: pd.DataFrame
    origin: Origin
    is_text: bool = False


def load_query(query: str) -> Table:
    """The result of one SELECT.

    Raises:
        InputError: with DuckDB's message if it refuses, or if it is not a single SELECT.
    """
    with _connect() as connection:
        try:
            statements = connection.extract_statements(query)
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise InputError("the query must be a single SELECT statement")
            frame = connection.execute(statements[0]).df()
        except duckdb.Error as error:
            raise InputError(f"DuckDB refuses the query: {_one_line(error)}") from None
    names = unique_names(frame.columns)
    return Table(frame.set_axis(names, axis="columns"), NumberedRows("the query result"))


def load_files(paths: list[Path]) -> Table:
    """The rows of all files, one below the other, columns matched by name.

    Raises:
        InputError: if a file is empty, broken, or of a kind not known by its extension.
    """
    tables = [_load_file(path) for path in paths]
    if len(tables) == 1:
        return tables[0]
    starts = np.cumsum([0, *(len(table.frame) for table in tables)])[:-1]
    origin = Concatenated([table.origin for table in tables], starts.tolist())
    frame = pd.concat([table.frame for table in tables], ignore_index=True)
    return Table(frame, origin, is_text=any(table.is_text for table in tables))


def _load_file(path: Path) -> Table:
    """The rows of one file, by its extension."""
    suffix = path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix
    load = {
        **dict.fromkeys(_TEXT, _load_csv),
        **dict.fromkeys(_PARQUET, _load_parquet),
        **dict.fromkeys(_JSON, _load_json),
    }.get(suffix.lower())
    if load is None:
        raise InputError(
            f"{path} has the extension {suffix!r}, which is not known; "
            f"use one of {', '.join((*_TEXT, *_PARQUET, *_JSON))}, text also with .gz"
        )
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty; it needs column names and rows")
    try:
        return load(path)
    except (duckdb.Error, csv.Error, zlib.error, OSError, EOFError) as error:
        raise InputError(f"{path} cannot be read: {_one_line(error)}") from None


def _load_parquet(path: Path) -> Table:
    with _connect() as connection:
        frame = connection.execute("FROM read_parquet($1)", [glob.escape(str(path))]).df()
    return Table(frame, NumberedRows(str(path)))


def _load_json(path: Path) -> Table:
    # As text, so that one odd value neither changes a column's type nor ends the reading.
    query = "SELECT columns(*) ->> '$' FROM read_json($1, maximum_depth = 1, sample_size = -1)"
    with _connect() as connection:
        frame = connection.execute(query, [glob.escape(str(path))]).df()
    lines = path.name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson"))
    origin = JsonLines(path) if lines else NumberedRows(str(path), unit="record")
    return Table(frame, origin, is_text=True)


def _load_csv(path: Path) -> Table:
    try:
        return _load_encoded(path, guess_encoding(path))
    except (UnicodeError, duckdb.InvalidInputException) as error:
        if isinstance(error, duckdb.Error) and "not utf-8" not in str(error):
            raise
    table = _load_encoded(path, "latin-1")
    warnings.warn(
        f"{path} is not UTF-8 and was read as Latin-1; if letters look wrong, convert it, "
        f"e.g. `iconv -f WINDOWS-1252 -t UTF-8 {path.name}`",
        InputWarning,
        stacklevel=2,
    )
    return table


def _load_encoded(path: Path, encoding: str) -> Table:
    file = csv_file(path, encoding)
    frame = _csv_text(file)
    if file.has_decimal_commas:
        frame = with_decimal_points(frame)
    empty = frame.isna().all(axis="columns")
    if not empty.any():
        return Table(frame, file, is_text=True)
    # Spreadsheets leave lines of nothing but delimiters below and between the rows.
    filled = frame[~empty]
    origin = Selected(file, filled.index.tolist())
    return Table(filled.reset_index(drop=True), origin, is_text=True)


def _csv_text(file: CsvFile) -> pd.DataFrame:
    """Every value as text, so that a value that is not a number can be named."""
    # Numbered names, because SQL would take "Y" and "y" for the same column.
    columns = ", ".join(f"c{number}: 'VARCHAR'" for number in range(len(file.header)))
    query = f"""
        FROM read_csv(
            $1, columns = {{{columns}}}, auto_detect = false, header = true, skip = {file.skipped},
            delim = '{file.delimiter}', quote = '"', escape = '"', encoding = '{file.encoding}'
        )
    """
    with _connect() as connection:
        frame = connection.execute(query, [glob.escape(str(file.path))]).df()
    return frame.set_axis(unique_names(file.header), axis="columns")


def _connect() -> duckdb.DuckDBPyConnection:
    """A private in-memory database that neither sees Python variables nor prints."""
    connection = duckdb.connect()
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET enable_progress_bar = false")
    return connection


def _one_line(error: Exception) -> str:
    """The message without DuckDB's advice and its pointer into the query."""
    return " ".join(re.split(r"\n\s*(?:LINE \d|Possible)", str(error))[0].split())
