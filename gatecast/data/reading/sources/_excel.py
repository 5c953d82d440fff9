"""Spreadsheets of Excel and OpenDocument."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast._warn import warn
from gatecast.data._frames import unique_names
from gatecast.data._words import show_some
from gatecast.data.reading._origin import NumberedRows
from gatecast.data.reading.sources._table import Table

if TYPE_CHECKING:
    import python_calamine
else:
    python_calamine = lazy("python_calamine")

_MOST_BYTES = 1 << 30
_FIRST_ROW = 2  # row 1 holds the names


def load_sheet(path: Path, sheet: str | None = None) -> Table:
    """A sheet of a workbook, the first if none is named; its first row names the columns.

    Raises:
        InputError: if it is no workbook, has no such sheet, or unpacks to more than a GiB.
    """
    _refuse_large(path)
    try:
        with pd.ExcelFile(path, engine="calamine") as book:
            sheets = [str(name) for name in book.sheet_names]
            name = _named(sheet, sheets, path)
            frame = book.parse(name)
    except (ValueError, python_calamine.CalamineError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    if len(sheets) > 1 and sheet is None:
        warn(
            f"{path}: the first of {len(sheets)} sheets was read, {name!r}; for another, write "
            f"{path.name}?sheet={sheets[1]}"
        )
    names = unique_names(map(str, frame.columns))
    rows = frame.set_axis(names, axis="columns").dropna(how="all")
    origin = NumberedRows(f"{path}, sheet {name!r}", first=_FIRST_ROW)
    return Table(rows.reset_index(drop=True), origin)


def _named(sheet: str | None, sheets: Sequence[str], path: Path) -> str:
    """The sheet of a name, in small or large letters; the first, if none is named."""
    if not sheets:
        raise InputError(f"{path} has no sheets")
    if sheet is None:
        return sheets[0]
    found = next((name for name in sheets if name.casefold() == sheet.casefold()), None)
    if found is None:
        listed = show_some(sheets, most=len(sheets))
        raise InputError(f"{path} has no sheet {sheet!r}. It has {listed}")
    return found


def _refuse_large(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        raise InputError(
            f"{path} cannot be read: it is no Excel workbook or OpenDocument spreadsheet"
        ) from None
    if size > _MOST_BYTES:
        raise InputError(f"{path} would unpack to {size >> 20:,} MiB; save its rows as CSV")
