"""CSV and JSON lines as text: encoding, delimiter, header, and the file line of a row."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast.data.reading.sources._table import require_few_columns

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
else:
    pa = lazy("pyarrow")

_DELIMITERS = ",;\t|"
_TOP = 1 << 20
"""Characters in which the header has to end, so that no file is unpacked to look for it."""
_COMMENT = "#"
_YEAR = re.compile(r"\s*(1[6-9]|20|21)\d\d\s*")


_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}


def compression(path: Path) -> str:
    """How a file is compressed, by its name, as DuckDB calls it: "gzip", "zstd" or "none"."""
    return _COMPRESSIONS.get(path.suffix.lower(), "none")


def kind_of(path: Path) -> str:
    """The ending that says what a file holds, without that of its compression."""
    plain = path if compression(path) == "none" else path.with_suffix("")
    return plain.suffix.lower()


def _open(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked."""
    match compression(path):
        case "gzip":
            return cast("BinaryIO", gzip.open(path))
        case "zstd":
            return cast("BinaryIO", pa.input_stream(path, compression="zstd"))
    return path.open("rb")


def open_text(path: Path, encoding: str, errors: str = "strict") -> TextIO:
    """Open a text file, compressed or not."""
    return io.TextIOWrapper(_open(path), encoding=encoding, errors=errors, newline="")


def guess_encoding(path: Path) -> str:
    """UTF-16 if a byte order mark says so, else UTF-8."""
    with _open(path) as file:
        mark = file.read(2)
    if mark == b"\xfe\xff":
        raise InputError(
            f"{path} is UTF-16 (big endian); save it as UTF-8, "
            f"e.g. `iconv -f UTF-16 -t UTF-8 {path.name}`"
        )
    return "utf-16" if mark == b"\xff\xfe" else "utf-8"


@dataclass(frozen=True)
class CsvFile:
    """A delimited text file with a header.

    Attributes:
        path: the file.
        encoding: as Python and DuckDB both name it.
        delimiter: between two values.
        header: the column names.
        skipped: lines above the header: blank ones and comments.
    """

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    skipped: int

    @property
    def name(self) -> str:
        """The file."""
        return str(self.path)

    def place(self, row: int) -> str:
        """The file line on which a row begins; the header, usually, is line 1."""
        try:
            line = next(line for line, _ in islice(self.rows(), row, None))
        except csv.Error:  # a value too long for Python's reader
            return f"{self.path}, row {row + 1}"
        return f"{self.path}, line {line}"

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The line on which each row begins, and its values; without comments.

        Raises:
            InputError: at a row with more or fewer values than the header has names.
            csv.Error: if a value never ends.
        """
        names = len(self.header)
        with open_text(self.path, self.encoding, "replace") as file:
            reader = csv.reader(
                islice(file, self.skipped, None), delimiter=self.delimiter, strict=True
            )
            next(reader)
            line = self.skipped + reader.line_num + 1
            for record in reader:
                begins, line = line, self.skipped + reader.line_num + 1
                if not record or _is_comment(record, names):
                    continue
                if len(record) != names:
                    raise InputError(
                        f"{self.path}, line {begins} has {len(record)} instead of {names} values; "
                        "correct or delete it"
                    )
                yield begins, record


def _is_comment(record: list[str], names: int) -> bool:
    return record[0].startswith(_COMMENT) and len(record) != names


def csv_file(path: Path, encoding: str) -> CsvFile:
    """Look at the top of a delimited text file.

    Raises:
        InputError: if the file is blank, if its first line is too long or has too many values, or
            if it holds values instead of names.
        UnicodeError: if the top of the file is in another encoding.
    """
    with open_text(path, "utf-8-sig" if encoding == "utf-8" else encoding) as file:
        top = file.read(_TOP)
        goes_on = len(top) == _TOP and bool(file.read(1))
    skipped, line = _header_line(top)
    if not line and not goes_on:
        raise InputError(f"{path} is empty; it needs a header line and rows")
    delimiter = _delimiter(line)
    below = io.StringIO(top, newline="")
    header = next(csv.reader(islice(below, skipped, None), delimiter=delimiter), [])
    if goes_on and below.tell() == _TOP:
        raise InputError(
            f"{path}: the header does not end within {_TOP:,} characters; the first line should "
            "name the columns"
        )
    require_few_columns(header, str(path))
    header = [name.strip() for name in header]
    header[0] = header[0].removeprefix(_COMMENT).strip() or header[0]
    _refuse_values(path, skipped + 1, header)
    return CsvFile(path, encoding, delimiter, tuple(header), skipped)


def _header_line(top: str) -> tuple[int, str]:
    """How many lines stand above the header, and its first line; "" without one.

    Lines that begin with "#" are comments; but where a row of values follows at once, the last
    of them is the header.
    """
    skipped, comment = 0, ""
    for line in io.StringIO(top, newline=""):
        if comment and line.strip() and not line.startswith(_COMMENT):
            is_header = len(_split(comment)) == len(_split(line)) > 1 and any(
                map(_is_number, _split(line))
            )
            return (skipped - 1, comment) if is_header else (skipped, line)
        if line.strip() and not line.startswith(_COMMENT):
            return skipped, line
        comment = line if line.startswith(_COMMENT) else ""
        skipped += 1
    return skipped, ""


def _split(line: str) -> list[str]:
    return line.strip().split(_delimiter(line))


def _delimiter(line: str) -> str:
    """The most frequent delimiter outside quotes in a header line."""
    outside = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _refuse_values(path: Path, line: int, header: list[str]) -> None:
    """Raise if a column name is a number: then the first line is a row.

    Years behind a first name are names: those of a wide table.
    """
    numbers = [name for name in header if _is_number(name)]
    if numbers and (_is_number(header[0]) or not all(map(_YEAR.fullmatch, numbers))):
        raise InputError(
            f"{path}, line {line}: the first line should name the columns, but holds the value "
            f"{numbers[0]!r}; add a header such as `ds,y`"
        )


@dataclass(frozen=True)
class JsonLines:
    """A file with one JSON object per line."""

    path: Path

    @property
    def name(self) -> str:
        """The file."""
        return str(self.path)

    def place(self, row: int) -> str:
        """The file line of a row; blank lines are no rows."""
        with open_text(self.path, "utf-8", "replace") as file:
            filled = (number for number, line in enumerate(file, start=1) if line.strip())
            return f"{self.path}, line {next(islice(filled, row, None))}"
