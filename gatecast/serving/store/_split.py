"""The log of one model as files of whole series, which many workers read at the same time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection, Select, select

from gatecast._files import write_file
from gatecast.serving.store._database import Database
from gatecast.serving.store._layout import Told, rows_at_once, tell_nobody
from gatecast.serving.store._tables import FUTURES, OBSERVATIONS, SERIES

ROWS_OF_PART = 100_000
"""Rows of a file, and the rest of its last series: so many are in memory at once."""

_WHOLE = "log.json"
_ROW_SCHEMA = pa.schema(
    [
        pa.field("series", pa.int64()),
        pa.field("unique_id", pa.string()),
        pa.field("ds", pa.int64()),
        pa.field("revision", pa.int64()),
        pa.field("y", pa.float64()),
        pa.field("others", pa.string()),
        pa.field("judge", pa.bool_()),
    ]
)
_FUTURE_SCHEMA = pa.schema(
    [
        pa.field("series", pa.int64()),
        pa.field("ds", pa.int64()),
        pa.field("columns", pa.string()),
    ]
)


@dataclass(frozen=True)
class LogPart:
    """Some series of the log in a file.

    Attributes:
        number: of the part.
        first: number of its first series.
        last: number of its last series.
        series: that have rows in it.
        rows: of them, revisions too.
    """

    number: int
    first: int
    last: int
    series: int
    rows: int


def split_log(
    database: Database,
    model: str,
    folder: Path,
    told: Told = tell_nobody,
    rows: int = ROWS_OF_PART,
) -> list[LogPart]:
    """Write the log of a model into files of whole series, all of one moment.

    Memory does not grow with the log, and the service may go on: one transaction reads. What an
    earlier call has written wholly stays as it is.

    Args:
        database: that holds it.
        model: its name.
        folder: for the files.
        told: is told how many observations are written so far.
        rows: of each file, about.

    Raises:
        InputError: if the folder cannot be written.
        StoreError: if the database fails.
    """
    whole = folder / _WHOLE
    if whole.is_file():
        return [LogPart(**each) for each in json.loads(whole.read_text(encoding="utf-8"))]
    parts: list[LogPart] = []
    folder.mkdir(parents=True, exist_ok=True)
    with database.reading() as connection:
        for table in _whole_series(_tables(connection, _rows_of(model), _ROW_SCHEMA), rows):
            parts.append(_part(len(parts), table))
            _write(_file(folder, "rows", parts[-1].number), table)
            told(OBSERVATIONS.name, sum(part.rows for part in parts))
        futures = _tables(connection, _futures_of(model), _FUTURE_SCHEMA)
        for number, table in _by_part(parts, futures):
            _write(_file(folder, "futures", number), table)
    text = json.dumps([asdict(part) for part in parts])
    write_file(whole, lambda staged: staged.write_text(text, encoding="utf-8"))
    return parts


def rows_of_part(folder: Path, number: int) -> list[dict[str, Any]]:
    """The rows of a part in the order of series, time and revision."""
    found: list[dict[str, Any]] = pq.read_table(_file(folder, "rows", number)).to_pylist()
    return found


def futures_of_part(folder: Path, number: int) -> dict[int, dict[int, dict[str, Any]]]:
    """What had been told of rows to come: series -> time -> columns."""
    path = _file(folder, "futures", number)
    found: dict[int, dict[int, dict[str, Any]]] = {}
    for row in pq.read_table(path).to_pylist() if path.is_file() else ():
        found.setdefault(row["series"], {})[row["ds"]] = json.loads(row["columns"])
    return found


def _rows_of(model: str) -> Select[Any]:
    log = OBSERVATIONS.c
    return (
        select(log.series, SERIES.c.unique_id, log.ds, log.revision, log.y, log.others, log.judge)
        .join(SERIES, SERIES.c.number == log.series)
        .where(SERIES.c.model == model)
        .order_by(log.series, log.ds, log.revision)
    )


def _futures_of(model: str) -> Select[Any]:
    return (
        select(FUTURES.c.series, FUTURES.c.ds, FUTURES.c.columns)
        .join(SERIES, SERIES.c.number == FUTURES.c.series)
        .where(SERIES.c.model == model)
        .order_by(FUTURES.c.series, FUTURES.c.ds)
    )


def _tables(connection: Connection, query: Select[Any], schema: pa.Schema) -> Iterator[pa.Table]:
    found = connection.execution_options(yield_per=rows_at_once(OBSERVATIONS)).execute(query)
    for some in found.partitions():
        columns: Iterable[Sequence[Any]] = zip(*some, strict=True)
        arrays = [
            pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)
        ]
        yield pa.Table.from_arrays(arrays, schema=schema)


def _whole_series(tables: Iterable[pa.Table], most: int) -> Iterator[pa.Table]:
    """The same rows in tables that end with the last row of a series."""
    waiting: list[pa.Table] = []
    rows, wanted = 0, most
    for table in tables:
        waiting.append(table)
        rows += table.num_rows
        if rows < wanted:
            continue
        together = pa.concat_tables(waiting)
        series = together["series"].to_numpy()
        cut = int(np.searchsorted(series, series[-1]))
        if cut:
            yield together.slice(0, cut)
        waiting = [together.slice(cut)]
        rows -= cut
        # A longer series is not looked through again and again.
        wanted = max(most, 2 * rows)
    if rows:
        yield pa.concat_tables(waiting)


def _part(number: int, table: pa.Table) -> LogPart:
    series = table["series"]
    count = pc.count_distinct(series).as_py()
    return LogPart(number, series[0].as_py(), series[-1].as_py(), count, table.num_rows)


def _by_part(
    parts: Sequence[LogPart], tables: Iterable[pa.Table]
) -> Iterator[tuple[int, pa.Table]]:
    """What is told of the series of each part; of series without rows nothing is needed."""
    waiting: list[pa.Table] = []
    current = 0
    lasts = np.array([part.last for part in parts], np.int64)
    for table in tables:
        place = np.searchsorted(lasts, table["series"].to_numpy())
        for number in np.unique(place[place < len(parts)]).tolist():
            if number != current and waiting:
                yield current, pa.concat_tables(waiting)
                waiting = []
            current = number
            waiting.append(table.filter(pa.array(place == number)))
    if waiting:
        yield current, pa.concat_tables(waiting)


def _file(folder: Path, what: str, number: int) -> Path:
    return folder / what / f"{number:05d}.parquet"


def _write(path: Path, table: pa.Table) -> None:
    path.parent.mkdir(exist_ok=True)
    write_file(path, lambda staged: pq.write_table(table, staged, compression="zstd"))
