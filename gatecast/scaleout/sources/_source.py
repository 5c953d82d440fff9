"""What a source may be: a frame, or Parquet files wherever fsspec finds them."""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gatecast._types import InputError
from gatecast.data import show_some, to_pandas
from gatecast.scaleout._storage import Folder
from gatecast.scaleout.sources._names import Names

_ENDINGS = (".parquet", ".pq", ".parq")
# What file systems call the version of a file.
_VERSION = ("size", "mtime", "ETag", "etag", "LastModified", "created")
_GLOB = ("*", "?", "[")

# Rows of a frame that become one file.
_ROWS_OF_A_FILE = 1_000_000


@dataclass(frozen=True)
class ParquetFile:
    """One file of a source.

    Attributes:
        path: in the file system of the source.
        rows: that it has.
        version: changes when the file does: its size and time of change, or checksum.
    """

    path: str
    rows: int
    version: str


@dataclass(frozen=True)
class Source:
    """Parquet files whose columns have been looked at, or the rows of a frame.

    Attributes:
        folder: the files lie in its file system; None for a frame.
        files: in order of their paths.
        names: the columns that are read.
        types: of these columns, one for all files.
        table: the rows of a frame.
    """

    folder: Folder | None
    files: tuple[ParquetFile, ...]
    names: Names
    types: pa.Schema
    table: pa.Table | None = field(default=None, repr=False)

    @property
    def rows(self) -> int:
        """In all files."""
        return sum(file.rows for file in self.files)

    @cached_property
    def fingerprint(self) -> str:
        """Changes when a file, or what is read of it, does."""
        about = [*map(repr, self.files), repr(self.names)]
        return hashlib.sha256("\n".join(about).encode()).hexdigest()[:32]

    def laid(self, aside: Folder) -> Source:
        """The same rows as files: those of a frame are written into a folder, unless they are."""
        if self.table is None:
            return self
        files = []
        for first in range(0, self.rows, _ROWS_OF_A_FILE):
            name = f"rows-{self.fingerprint}-{first // _ROWS_OF_A_FILE:05d}.parquet"
            part = self.table.slice(first, _ROWS_OF_A_FILE)
            if not aside.exists(name):
                sink = pa.BufferOutputStream()
                pq.write_table(part, sink)
                aside.write(name, sink.getvalue().to_pybytes())
            files.append(ParquetFile(aside.path(name), part.num_rows, ""))
        return Source(aside, tuple(files), self.names, self.types)


def source_of(given: Any, names: Names) -> Source:
    """The files of a source, their columns and types.

    Args:
        given: a path, a glob or a URL of Parquet files or of a folder of them; several of these;
            or a pandas, polars or Arrow frame.
        names: of the columns to read.

    Raises:
        InputError: if there is no Parquet or no row, a column is missing, or files differ in their
            types, naming the file.
    """
    if isinstance(given, str | os.PathLike):
        return _of_files([os.fspath(given)], names)
    if (
        isinstance(given, Sequence)
        and given
        and all(isinstance(each, str | os.PathLike) for each in given)
    ):
        return _of_files([os.fspath(each) for each in given], names)
    return _of_frame(to_pandas(given), names)


def _of_files(places: Sequence[str], names: Names) -> Source:
    found: dict[str, Folder] = {}
    for place in places:
        folder, paths = _paths(place)
        if not paths:
            raise InputError(f"{place}: there is no Parquet file")
        found |= dict.fromkeys(paths, folder)
    folder = next(iter(found.values()))
    if any(type(each.filesystem) is not type(folder.filesystem) for each in found.values()):
        raise InputError("source: all files must lie in the same storage")
    looked = [_looked_at(folder, path, names) for path in sorted(found)]
    files = tuple(file for file, _ in looked)
    if not any(file.rows for file in files):
        raise InputError(f"{', '.join(places)}: there are no rows")
    return Source(folder, files, names, _one_type(names, looked))


def _paths(place: str) -> tuple[Folder, list[str]]:
    """The Parquet files of a path, glob or URL."""
    folder = Folder.at(place)
    filesystem, root = folder.filesystem, folder.root
    if any(mark in root for mark in _GLOB) and not filesystem.exists(root):
        paths = filesystem.glob(root)
        return folder, [path for path in paths if _is_parquet(path)]
    if not filesystem.exists(root):
        raise InputError(f"{place}: there is no such file or folder")
    if filesystem.isfile(root):
        return folder, [root]
    inside = filesystem.find(root)
    return folder, [path for path in inside if _is_parquet(path, below=root)]


def _is_parquet(path: str, below: str = "") -> bool:
    """Whether a file is one of the data: others begin with "_" or ".", as Spark has it."""
    parts = path.removeprefix(below).strip("/").split("/") if below else [posixpath.basename(path)]
    return path.endswith(_ENDINGS) and not any(part.startswith(("_", ".")) for part in parts)


def _looked_at(folder: Folder, path: str, names: Names) -> tuple[ParquetFile, pa.Schema]:
    filesystem = folder.filesystem
    about = filesystem.info(path)
    version = [
        about.get(key) for key in ("size", "mtime", "ETag", "etag", "LastModified", "created")
    ]
    try:
        with filesystem.open(path, "rb") as opened:
            file = pq.ParquetFile(opened)
            schema, rows = file.schema_arrow, file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        words = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read as Parquet: {words}") from None
    for name in names.all:
        if name not in schema.names:
            raise InputError(
                f"{path} has no column {name!r}. It has {show_some(list(schema.names))}: name the "
                "columns with id_col, time_col and target_col"
            )
    return ParquetFile(path, rows, repr(version)), schema


def _one_type(names: Names, looked: Sequence[tuple[ParquetFile, pa.Schema]]) -> pa.Schema:
    """The types that all files are read as.

    Raises:
        InputError: where files differ in more than the width of their numbers.
    """
    fields = []
    for name in names.all:
        kinds: dict[Any, str] = {}
        for file, schema in looked:
            kind = _kind(schema.field(name).type, key=name in (names.id_col, names.time_col))
            kinds.setdefault(kind, file.path)
        if len(kinds) > 1 and pa.null() in kinds:
            # A column without any value may be of any type.
            del kinds[pa.null()]
        if len(kinds) > 1:
            (one, first), (other, second) = list(kinds.items())[:2]
            raise InputError(
                f"column {name!r} is {one} in {first} and {other} in {second}: write all files "
                "with the same type"
            )
        fields.append(pa.field(name, next(iter(kinds))))
    return pa.schema(fields)


def _kind(found: Any, *, key: bool) -> Any:
    """The type that columns of a type are read as: dictionaries as their values, numbers wide."""
    types = pa.types
    if types.is_dictionary(found):
        return _kind(found.value_type, key=key)
    if types.is_string(found) or types.is_large_string(found) or types.is_string_view(found):
        wide = pa.string()
    elif types.is_timestamp(found) or types.is_date(found):
        wide = pa.timestamp("ns", getattr(found, "tz", None))
    elif types.is_integer(found):
        wide = pa.int64() if key else pa.float64()
    elif not key and (types.is_floating(found) or types.is_decimal(found)):
        wide = pa.float64()
    else:
        wide = found
    return wide


def _of_frame(frame: pd.DataFrame, names: Names) -> Source:
    for name in names.all:
        if name not in frame.columns:
            raise InputError(
                f"the frame has no column {name!r}. It has {show_some(list(frame.columns))}: name "
                "the columns with id_col, time_col and target_col"
            )
    if frame.empty:
        raise InputError("the frame has no rows")
    chosen = frame[list(names.all)]
    try:
        table = pa.Table.from_pandas(chosen, preserve_index=False)
        version = _checksum(chosen)
    except (pa.ArrowException, TypeError) as error:
        words = " ".join(str(error).split())
        raise InputError(f"the frame cannot be written as Parquet: {words}") from None
    file = ParquetFile("the frame", table.num_rows, version)
    return Source(None, (file,), names, _one_type(names, [(file, table.schema)]), table)


def _checksum(frame: pd.DataFrame) -> str:
    digest = hashlib.sha256(repr(list(frame.dtypes.items())).encode())
    digest.update(np.asarray(pd.util.hash_pandas_object(frame, index=False)).tobytes())
    return digest.hexdigest()[:16]
