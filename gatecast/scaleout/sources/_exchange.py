"""Bringing the rows of each series together, in pieces that fit into memory.

Every task reads some files of the source, a few thousand rows at a time, sorts what it has read by
bucket whenever that is much, and writes it as one file with one batch per bucket. So a series may
have rows in any files, no process holds more than one piece, and there are few files. What a task
writes depends on its files alone: a task that is done twice writes the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gatecast._types import InputError, Integers
from gatecast.scaleout._storage import Folder
from gatecast.scaleout.executors import Executor
from gatecast.scaleout.sources._buckets import Buckets
from gatecast.scaleout.sources._names import Names
from gatecast.scaleout.sources._source import ParquetFile, Source

# A bucket of this many rows, of eight columns, takes a few MiB; a forecast of it, a few hundred.
_ROWS_OF_A_BUCKET = 100_000
_MOST_BUCKETS = 1_024
# Rows that are read at once, and that a task sorts and writes at once.
_ROWS_AT_ONCE = 65_536
_ROWS_OF_A_PIECE = 1_000_000
# A task reads whole files, until it has read as many rows.
_ROWS_OF_A_TASK = 1_000_000


def exchange(
    source: Source, folder: Folder, executor: Executor, number: int | None = None
) -> Buckets:
    """Sort the rows of a source into buckets of whole series, unless that is done.

    The number of buckets depends on the number of rows alone, and the bucket of a series on its id.

    Args:
        source: the files.
        folder: for the pieces.
        executor: whose workers read and write.
        number: of buckets; None for as many as the rows need.

    Raises:
        InputError: for rows without an id or values that do not fit their type, naming the file.
    """
    number = bucket_count(source.rows) if number is None else number
    source = source.laid(folder / "frame")
    tasks = _tasks(source)
    done = {
        int(name.split("-")[1].split(".")[0]) for name in folder.names() if name.startswith("done-")
    }
    work = Sorting(source.folder or folder, folder, source.names, source.types, number)
    missing = [task for task in tasks if task.number not in done]
    for outcome in executor.map(work, missing):
        _ = outcome.value
    pieces = [
        str(name)
        for task in tasks
        for name in (folder.read_json(f"done-{task.number:05d}.json") or {})["pieces"]
    ]
    return Buckets(folder, tuple(pieces), number, source.names, source.rows, source.types)


def bucket_count(rows: int) -> int:
    """The number of buckets for so many rows."""
    return max(1, min(-(-rows // _ROWS_OF_A_BUCKET), _MOST_BUCKETS))


def buckets_of(ids: pa.Array, number: int) -> Integers:
    """[rows] the bucket of each id: the same on every machine, and for an id as text or number."""
    encoded = ids.dictionary_encode()
    texts = np.asarray(encoded.dictionary.cast(pa.string()).to_pylist(), object)
    hashed = pd.util.hash_array(texts, categorize=False)
    place: Integers = (hashed % number).astype(np.int64)[np.asarray(encoded.indices)]
    return place


@dataclass(frozen=True)
class SortingTask:
    """Files that one task reads."""

    number: int
    files: tuple[ParquetFile, ...]


@dataclass(frozen=True)
class Sorting:
    """The work of a task: read files, write pieces, and last a note of them.

    Attributes:
        source: the file system that is read from.
        folder: that is written to.
        names: the columns.
        types: of the columns.
        number: of buckets.
    """

    source: Folder
    folder: Folder
    names: Names
    types: pa.Schema
    number: int

    def __call__(self, task: SortingTask) -> int:
        """Returns the number of pieces."""
        pieces = []
        for place, table in enumerate(_joined(self._tables(task))):
            pieces.append(f"piece-{task.number:05d}-{place:05d}.arrow")
            self.folder.write(pieces[-1], self._sorted(table))
        self.folder.write_json(f"done-{task.number:05d}.json", {"pieces": pieces})
        return len(pieces)

    def _tables(self, task: SortingTask) -> Iterator[pa.Table]:
        """The rows of the files, some at a time."""
        for file in task.files:
            with self.source.filesystem.open(file.path, "rb") as opened:
                rows = pq.ParquetFile(opened).iter_batches(
                    _ROWS_AT_ONCE, columns=list(self.names.all), use_threads=False
                )
                for batch in rows:
                    yield self._typed(pa.Table.from_batches([batch]), file)

    def _typed(self, table: pa.Table, file: ParquetFile) -> pa.Table:
        id_col = self.names.id_col
        if table[id_col].null_count:
            raise InputError(
                f"{file.path}: {table[id_col].null_count:,} rows have no {id_col}: give each row "
                "the name of its series, or leave them out"
            )
        try:
            return table.select(self.types.names).cast(self.types)
        except pa.ArrowException as error:
            words = " ".join(str(error).split())
            raise InputError(f"{file.path}: a value cannot be read: {words}") from None

    def _sorted(self, table: pa.Table) -> bytes:
        """The rows as an Arrow file with one batch per bucket, in their order."""
        ids = table[self.names.id_col].combine_chunks()
        place = buckets_of(ids, self.number)
        order = np.argsort(place, kind="stable")
        table = table.take(pa.array(order)).combine_chunks()
        ends = np.searchsorted(place[order], np.arange(self.number + 1))
        sink = pa.BufferOutputStream()
        compressed = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.ipc.new_file(sink, self.types, options=compressed) as file:
            for first, last in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
                (batch,) = table.slice(first, last - first).to_batches() or [_nothing(self.types)]
                file.write_batch(batch)
        return bytes(sink.getvalue())


def _nothing(types: pa.Schema) -> Any:
    return pa.RecordBatch.from_pylist([], schema=types)


def _joined(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Tables end to end, of about the size of a piece."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(each.num_rows for each in waiting) >= _ROWS_OF_A_PIECE:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def _tasks(source: Source) -> list[SortingTask]:
    """Files in their order, some at a time."""
    found: list[SortingTask] = []
    files: list[ParquetFile] = []
    for file in source.files:
        files.append(file)
        if sum(each.rows for each in files) >= _ROWS_OF_A_TASK:
            found.append(SortingTask(len(found), tuple(files)))
            files = []
    return [*found, SortingTask(len(found), tuple(files))] if files else found
