"""CSV and JSON lines as text: encoding, delimiter, header, and the file line of a row."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TextIO, cast

from gatecast._types import InputError

if TYPE_CHECKING:
    from pathlib import Path

_DELIMITERS = ",;\t|"
_LINES_TO_HEADER = 1000


def open_text(path: Path, encoding: str, errors: str = "strict") -> TextIO:
    """Open a text file, gzipped or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    file = opener(path, "rt", encoding=encoding, errors=errors, newline="")
    return cast("TextIO", file)


def guess_encoding(path: Path) -> str:
    """UTF-16 if a byte order mark says so, else UTF-8."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
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
        skipped: blank lines above the header.
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
            return f"{self.path}, line {self._line(row)}"
        except csv.Error:  # a value too long for Python's reader
            return f"{self.path}, row {row + 1}"

    @property
    def has_decimal_commas(self) -> bool:
        """Whether a comma may be decimal, because it does not stand between values."""
        return self.delimiter == ";"

    def query(self, date_format: str) -> str:
        """The DuckDB query that reads the file with dates in a given format."""
        path = str(self.path).replace("'", "''")
        kind = "timestampformat" if "%I" in date_format or "%H" in date_format else "dateformat"
        decimal = ", decimal_separator=','" if self.has_decimal_commas else ""
        return f"FROM read_csv('{path}', {kind}='{date_format}'{decimal})"

    def _line(self, row: int) -> int:
        with open_text(self.path, self.encoding, "replace") as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            line, records = 1, -1
            for record in reader:
                records += bool(record)
                if records == row + 1:
                    break
                line = reader.line_num + 1
        return line


def csv_file(path: Path, encoding: str) -> CsvFile:
    """Look at the top of a delimited text file.

    Raises:
        InputError: if the file is blank or its first line holds values instead of names.
        UnicodeError: if the top of the file is in another encoding.
    """
    with open_text(path, "utf-8-sig" if encoding == "utf-8" else encoding) as file:
        lines = islice(file, _LINES_TO_HEADER)
        blank, first = next(
            ((number, line) for number, line in enumerate(lines) if line.strip()), (0, "")
        )
        if not first:
            raise InputError(f"{path} is empty; it needs a header line and rows")
        file.seek(0)
        delimiter = _delimiter(first)
        header = next(csv.reader(islice(file, blank, None), delimiter=delimiter))
    _refuse_values(path, blank + 1, header)
    return CsvFile(path, encoding, delimiter, tuple(name.strip() for name in header), blank)


def _delimiter(line: str) -> str:
    """The most frequent delimiter outside quotes in a header line."""
    outside = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _refuse_values(path: Path, line: int, header: list[str]) -> None:
    """Raise if a column name is a number: then the first line is a row."""
    for name in header:
        try:
            float(name)
        except ValueError:
            continue
        raise InputError(
            f"{path}, line {line}: the first line should name the columns, but holds the value "
            f"{name!r}; add a header such as `ds,y`"
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
