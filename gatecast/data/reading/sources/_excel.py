"""Excel workbooks."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gatecast._lazy import lazy
from gatecast._types import InputError, InputWarning
from gatecast.data._frames import unique_names
from gatecast.data.reading._origin import NumberedRows
from gatecast.data.reading.sources._table import Table

if TYPE_CHECKING:
    import python_calamine
else:
    python_calamine = lazy("python_calamine")

_MOST_BYTES = 1 << 30
_FIRST_ROW = 2  # row 1 holds the names


def load_excel(path: Path) -> Table:
    """The first sheet of a workbook; its first row names the columns.

    Raises:
        InputError: if it is no workbook, or unpacks to more than a GiB.
    """
    _refuse_large(path)
    try:
        with pd.ExcelFile(path, engine="calamine") as book:
            sheets = [str(name) for name in book.sheet_names]
            frame = book.parse(0)
    except (ValueError, python_calamine.CalamineError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    if len(sheets) > 1:
        warnings.warn(
            f"{path}: the first of {len(sheets)} sheets was read, {sheets[0]!r}",
            InputWarning,
            stacklevel=2,
        )
    names = unique_names(str(name) for name in frame.columns)
    rows = frame.set_axis(names, axis="columns").dropna(how="all")
    origin = NumberedRows(f"{path}, sheet {sheets[0]!r}", first=_FIRST_ROW)
    return Table(rows.reset_index(drop=True), origin)


def _refuse_large(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        raise InputError(f"{path} cannot be read: it is no Excel workbook (.xlsx)") from None
    if size > _MOST_BYTES:
        raise InputError(f"{path} would unpack to {size >> 20:,} MiB; save its rows as CSV")
