"""Delimited text files, every value as text, so that one that is no number can be named."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast._warn import warn
from gatecast.data._frames import unique_names
from gatecast.data.reading._origin import Selected
from gatecast.data.reading.sources._duckdb import connect_to, escaped
from gatecast.data.reading.sources._table import Table
from gatecast.data.reading.sources._text_files import (
    CsvFile,
    compression,
    csv_file,
    guess_encoding,
)

if TYPE_CHECKING:
    import duckdb
else:
    duckdb = lazy("duckdb")


def load_csv(path: Path) -> Table:
    """The rows of a delimited text file; those without any value are left out.

    Raises:
        InputError: naming a line that does not fit the header.
    """
    try:
        return _load_encoded(path, guess_encoding(path))
    except UnicodeError:
        table = _load_encoded(path, "latin-1")
    warn(
        f"{path} is not UTF-8 and was read as Latin-1; if letters look wrong, convert it, "
        f"e.g. `iconv -f WINDOWS-1252 -t UTF-8 {path.name}`"
    )
    return table


def _load_encoded(path: Path, encoding: str) -> Table:
    file = csv_file(path, encoding)
    frame = _fast(file)
    if frame is None:
        frame = _careful(file)
    empty = frame.isna().all(axis="columns")
    if not empty.any():
        return Table(frame, file, is_text=True)
    # Spreadsheets leave lines of nothing but delimiters below and between the rows.
    filled = frame[~empty]
    origin = Selected(file, filled.index.tolist())
    return Table(filled.reset_index(drop=True), origin, is_text=True)


def _fast(file: CsvFile) -> pd.DataFrame | None:
    """The file as DuckDB reads it, or None where it refuses.

    Raises:
        UnicodeError: if the file is not in its encoding.
    """
    # Numbered names, because SQL would take "Y" and "y" for the same column.
    columns = ", ".join(f"c{number}: 'VARCHAR'" for number in range(len(file.header)))
    query = f"""
        FROM read_csv(
            $1, columns = {{{columns}}}, auto_detect = false, header = true, skip = {file.skipped},
            delim = '{file.delimiter}', quote = '"', escape = '"', encoding = '{file.encoding}',
            compression = '{compression(file.path)}', hive_partitioning = false
        )
    """
    try:
        with connect_to(file.path) as connection:
            frame = connection.execute(query, [escaped(file.path)]).df()
    except duckdb.InvalidInputException as error:
        if "not utf-8" in str(error):
            raise UnicodeError from None
        return None
    return frame.set_axis(unique_names(file.header), axis="columns")


def _careful(file: CsvFile) -> pd.DataFrame:
    """The file line by line: with comments, and with any mixture of line ends.

    Raises:
        InputError: naming the first line that cannot be read.
    """
    try:
        rows = [record for _, record in file.rows()]
    except csv.Error as error:
        raise InputError(
            f"{file.path} cannot be read: {error}; look for a quotation mark that is not closed"
        ) from None
    frame = pd.DataFrame(rows, columns=unique_names(file.header), dtype=object)
    return frame.mask(frame == "", None)
