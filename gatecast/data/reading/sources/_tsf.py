"""Files of the Monash time series forecasting archive (`.tsf`).

Lines that begin with "#" are comments and those that begin with "@" describe the file; after
"@data" each line is a series: its attributes and its values, separated by colons, values by commas,
"?" where one is missing. Source: Godahewa et al. (2021), Monash Time Series Forecasting Archive.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import Floats, InputError, Integers
from gatecast.data._frames import unique_names
from gatecast.data.reading.sources._table import Table

_NAME, _START = "series_name", "start_timestamp"
_STEPS: dict[str, np.timedelta64] = {
    "4_seconds": np.timedelta64(4, "s"),
    "minutely": np.timedelta64(1, "m"),
    "10_minutes": np.timedelta64(10, "m"),
    "half_hourly": np.timedelta64(30, "m"),
    "hourly": np.timedelta64(1, "h"),
    "daily": np.timedelta64(1, "D"),
    "weekly": np.timedelta64(7, "D"),
    "monthly": np.timedelta64(1, "M"),
    "quarterly": np.timedelta64(3, "M"),
    "yearly": np.timedelta64(12, "M"),
}


class _Series(NamedTuple):
    """One line: its number, its attributes and its values."""

    line: int
    attributes: list[str]
    values: Floats


@dataclass(frozen=True)
class _TsfRows:
    """Rows of a `.tsf` file, many on a line.

    Attributes:
        path: the file.
        lines: [series] the line of each series.
        starts: [series] its first row.
    """

    path: Path
    lines: list[int]
    starts: list[int]

    @property
    def name(self) -> str:
        """The file."""
        return str(self.path)

    def place(self, row: int) -> str:
        """The line and the number of one value."""
        series = bisect_right(self.starts, row) - 1
        return f"{self.path}, line {self.lines[series]}, value {row - self.starts[series] + 1}"


def load_tsf(path: Path) -> Table:
    """The rows of all series: `unique_id`, `ds`, `y`, then the attributes that remain.

    Without start times rows are numbered from 1.

    Raises:
        InputError: naming the line that cannot be read.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = enumerate((line.strip() for line in file), start=1)
        names, step = _header(path, lines)
        series = [_series(path, number, line, names) for number, line in lines if line]
    if not series:
        raise InputError(f"{path} has no series below @data")
    lengths = np.array([len(each.values) for each in series])
    starts = np.cumsum([0, *lengths])[:-1]
    position = np.arange(lengths.sum()) - np.repeat(starts, lengths)
    columns: dict[str, Any] = {}
    for place, name in enumerate(names):
        values = np.array([each.attributes[place] for each in series], dtype=object)
        if name == _START:
            columns["ds"] = _times(path, series, values, step, position)
        else:
            columns["unique_id" if name == _NAME else name] = np.repeat(values, lengths)
    columns.setdefault("unique_id", np.repeat(np.arange(1, len(series) + 1), lengths))
    columns.setdefault("ds", position + 1)
    frame = pd.DataFrame({**columns, "y": np.concatenate([each.values for each in series])})
    return Table(frame, _TsfRows(path, [each.line for each in series], starts.tolist()))


def _header(
    path: Path, lines: Iterator[tuple[int, str]]
) -> tuple[list[str], np.timedelta64 | None]:
    """The names of attributes and the step, up to the line "@data"."""
    names: list[str] = []
    step: np.timedelta64 | None = None
    for number, line in lines:
        words = line.split()
        match words[:1]:
            case ["@data"]:
                return unique_names(names, taken=["ds", "y", "unique_id"]), step
            case ["@attribute"] if len(words) > 1:
                names.append(words[1])
            case ["@frequency"]:
                step = _STEPS.get(words[-1])
                if step is None:
                    known = ", ".join(_STEPS)
                    raise InputError(
                        f"{path}, line {number}: the frequency {words[-1]!r} is not known; use one "
                        f"of {known}"
                    )
    raise InputError(f"{path} has no line @data; a .tsf file needs one above its series")


def _series(path: Path, number: int, line: str, names: list[str]) -> _Series:
    """One line as a series."""
    *attributes, values = line.split(":")
    if len(attributes) != len(names):
        raise InputError(
            f"{path}, line {number}: {len(attributes)} attributes, but the header has {len(names)}"
        )
    numbers = [value.strip() for value in values.split(",")]
    try:
        found = np.array([np.nan if value == "?" else float(value) for value in numbers])
    except ValueError as error:
        raise InputError(
            f"{path}, line {number}: {str(error).split(': ')[-1]} is not a number; missing values "
            "are written '?'"
        ) from None
    return _Series(number, attributes, found)


def _times(
    path: Path,
    series: list[_Series],
    texts: NDArray[Any],
    step: np.timedelta64 | None,
    position: Integers,
) -> NDArray[Any]:
    """[rows] the time of each row."""
    starts = pd.to_datetime(pd.Series(texts), format="%Y-%m-%d %H-%M-%S", errors="coerce")
    unread = starts.isna()
    if unread.any():
        first = int(unread.argmax())
        raise InputError(
            f"{path}, line {series[first].line}: the start {texts[first]!r} is not written like "
            "2024-03-31 00-00-00"
        )
    if step is None:
        raise InputError(f"{path} has start times but no line @frequency")
    start = np.repeat(starts.to_numpy(), [len(each.values) for each in series])
    if np.datetime_data(step.dtype)[0] != "M":
        return np.asarray(start + position * step)
    # On the day of the start, or on the last of a shorter month.
    month = start.astype("datetime64[M]")
    later = month + position * step
    length = (later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")
    day = np.minimum(start - month.astype("datetime64[D]"), length - np.timedelta64(1, "D"))
    return np.asarray(later.astype("datetime64[D]") + day)
