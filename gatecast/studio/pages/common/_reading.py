"""A visitor's file as `gatecast.read` understands it."""

from __future__ import annotations

import threading
import warnings
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from gatecast._types import InputError, InputWarning, Panel
from gatecast.data import Columns, RowsError, read, read_table, show_time, to_panel
from gatecast.data.calendar import looks_numeric
from gatecast.serving.store import Database
from gatecast.studio import store
from gatecast.studio.store import StoredFile
from gatecast.studio.work import Reading

_KEPT = 4
_TOP_BYTES = 4096
_TOP_LINES = 12
_TOP_ROWS, _TOP_COLUMNS = 8, 30
_EXAMPLES = 8


@dataclass(frozen=True)
class Table:
    """What is known of a file.

    Attributes:
        reading: how it was read.
        names: its columns; none if it cannot be opened at all.
        top: its first rows, as they stand there.
        rows: how many it has.
        text: its first lines, where it cannot be opened and is text.
        frame: its rows, as `gatecast.read` returns them; None where there is a problem.
        columns: which were taken.
        panel: the series on their calendar; None where there is a problem.
        notes: what was understood or left out.
        problem: what is in the way; None if nothing is.
        examples: the places and values of some rows that are.
    """

    reading: Reading
    names: tuple[str, ...] = ()
    top: pd.DataFrame = field(default_factory=pd.DataFrame)
    rows: int = 0
    text: str = ""
    frame: pd.DataFrame | None = None
    columns: Columns | None = None
    panel: Panel | None = None
    notes: tuple[str, ...] = ()
    problem: InputError | None = None
    examples: tuple[tuple[str, str], ...] = ()


class Tables:
    """The files that were read lately; a file is read again when it is to be read otherwise."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[tuple[str, str], Table] = OrderedDict()
        self._lock = threading.Lock()
        # What is told while a file is read is caught for the whole process.
        self._reading = threading.Lock()

    def of(self, file: StoredFile) -> Table:
        """What is known of a file."""
        key = (file.id, repr(sorted(file.reading.items())))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = self._read(file)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def forget(self, file: StoredFile) -> None:
        """Keep nothing of a file."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == file.id]:
                del self._kept[key]

    def _read(self, file: StoredFile) -> Table:
        with TemporaryDirectory(prefix="gatecast-file-") as folder:
            # Its own name tells what kind of file it is.
            path = Path(folder) / Path(file.name).name
            with self._database.reading() as connection:
                store.write_content(connection, file.id, store.CONTENT, path)
            with self._reading:
                return _understood(path, reading_of(file.reading))


def reading_of(stored: Mapping[str, Any]) -> Reading:
    """How a file is read, from what is stored of it."""
    return Reading(**stored)


def top_of(table: Table) -> dict[str, Any]:
    """The first rows and columns as text, and how many columns more there are."""
    names = table.names[:_TOP_COLUMNS]
    top = table.top.iloc[:, : len(names)]
    rows = top.astype(object).where(top.notna(), "").astype(str)
    return {"names": names, "rows": rows.to_numpy().tolist(), "more": len(table.names) - len(names)}


def spare_columns(table: Table) -> list[str]:
    """The first columns that are neither id nor time nor target, and so might help to forecast."""
    columns = table.columns
    if columns is None or table.reading.wide:
        return []
    taken = (columns.id_col, columns.time_col, columns.target_col)
    return [name for name in table.names if name not in taken][:_TOP_COLUMNS]


def unused_numbers(table: Table) -> list[str]:
    """Columns that hold numbers and are not used, where one of several may have been a guess."""
    columns, reading = table.columns, table.reading
    if columns is None or reading.wide or reading.target_col or columns.id_col:
        return []
    top = table.top.astype(str)
    return [
        name
        for name in table.names
        if name not in (columns.time_col, columns.target_col)
        and looks_numeric(top[name].str.replace(",", "."))
    ]


def summary_of(table: Table) -> str:
    """What kind of data this is, in a sentence; empty where there is a problem."""
    panel = table.panel
    if panel is None:
        return ""
    lengths, count = panel.lengths, len(panel.ids)
    first, last = show_time(panel.ds.min()), show_time(panel.ds.max())
    if count == 1:
        return f"One series of {lengths[0]:,} rows, from {first} to {last}."
    rows = f"{lengths.min():,}"
    rows = rows if lengths.min() == lengths.max() else f"{rows} to {lengths.max():,}"
    return f"{count:,} series of {rows} rows each, from {first} to {last}."


def _understood(path: Path, reading: Reading) -> Table:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", InputWarning)
        found = _opened(path, reading)
    words = [str(each.message) for each in told if issubclass(each.category, InputWarning)]
    shown = dict.fromkeys(_plain(each, path) for each in words)
    return Table(**found, reading=reading, notes=tuple(shown))


def _opened(path: Path, reading: Reading) -> dict[str, Any]:
    """The fields of a table, as far as its file can be read."""
    found: dict[str, Any] = {}
    try:
        raw = read_table(path)
        top = raw.head(_TOP_ROWS)
        found |= {"names": tuple(map(str, raw.columns)), "top": top, "rows": len(raw)}
        frame = read(path, **reading.keywords)
        found["columns"] = Columns.of(frame)
        found["panel"] = to_panel(frame, freq=reading.freq)
        found["frame"] = frame
    except InputError as error:
        if isinstance(error, RowsError):
            rows = error.examples(_EXAMPLES)
            found["examples"] = tuple((_plain(place, path), value) for place, value in rows)
        error.args = (_plain(str(error), path),)
        found["problem"] = error
        found["text"] = "" if "names" in found else _text_of(path)
    return found


def _text_of(path: Path) -> str:
    """The first lines of a file, if they are text."""
    with path.open("rb") as file:
        content = file.read(_TOP_BYTES)
    text = content.decode("utf-8", "replace")
    if "\0" in text or text.count("\ufffd") > len(text) / 10:
        return ""
    return "\n".join(text.splitlines()[:_TOP_LINES])


def _plain(words: str, path: Path) -> str:
    """Words that name a file as its owner knows it."""
    return words.replace(str(path), path.name)
