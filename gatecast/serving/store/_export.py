"""A state database as files, while it serves."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, Select, Table, select

from gatecast._files import put_in_place, staging
from gatecast._types import InputError
from gatecast.serving.store._database import Database
from gatecast.serving.store._layout import (
    FORMAT,
    OF_MODELS,
    SUMMARY,
    TABLES,
    MovedState,
    Told,
    file_of,
    rows_at_once,
    schema_of,
    tell_nobody,
)
from gatecast.serving.store._tables import MODELS, SERIES


def export_state(
    database: Database,
    folder: str | os.PathLike[str],
    model: str | None = None,
    told: Told = tell_nobody,
) -> MovedState:
    """Write models, the log and what is derived from it into a new folder, all of one moment.

    The service may go on meanwhile: a single transaction reads. The folder appears once it is
    complete. Its memory does not grow with the log. Keys are not written.

    Args:
        database: that holds them.
        folder: that is made; its parent is there.
        model: only this one; all if None.
        told: is told of a table and the rows of it that are written so far.

    Raises:
        InputError: if the folder is there and not empty or cannot be written, there is no such
            model, or the database holds no state of this version of gatecast.
        StoreError: if the database fails.
    """
    target = Path(folder)
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise InputError(f"{target} is not empty: choose another folder")
        schema = database.require_current()
        with staging(target) as staged:
            staged.mkdir()
            moved = _written(database, staged, model, told)
            summary = {"format": FORMAT, "schema": schema, "models": moved.models}
            text = json.dumps(summary | {"rows": moved.rows}, indent=2)
            (staged / SUMMARY).write_text(text + "\n", encoding="utf-8")
            for file in staged.iterdir():
                _sync(file)
            put_in_place(staged, target)
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror or error}") from None
    return moved


def _written(database: Database, staged: Path, model: str | None, told: Told) -> MovedState:
    rows: dict[str, int] = {}
    with database.reading() as connection:
        names = tuple(connection.scalars(select(MODELS.c.name).order_by(MODELS.c.name)))
        if model is not None:
            if model not in names:
                there = ", ".join(map(repr, names[:3])) or "none"
                raise InputError(f"no model is named {model!r}; there are: {there}")
            names = (model,)
        for table in TABLES:
            rows[table.name] = 0
            schema = schema_of(table)
            with pq.ParquetWriter(staged / file_of(table), schema, compression="zstd") as writer:
                for some in _batches(connection, table, model):
                    writer.write_table(pa.Table.from_pylist(some, schema))
                    rows[table.name] += len(some)
                    told(table.name, rows[table.name])
    return MovedState(names, rows)


def _batches(
    connection: Connection, table: Table, model: str | None
) -> Iterator[list[dict[str, Any]]]:
    found = connection.execution_options(yield_per=rows_at_once(table)).execute(
        _query(table, model)
    )
    for some in found.mappings().partitions():
        yield [dict(row) for row in some]


def _query(table: Table, model: str | None) -> Select[Any]:
    query = select(table).order_by(*table.primary_key.columns)
    if model is None:
        return query
    if table in OF_MODELS:
        return query.where(table.c[OF_MODELS[table]] == model)
    if table is SERIES:
        return query.where(SERIES.c.model == model)
    own = select(SERIES.c.number).where(SERIES.c.model == model)
    return query.where(table.c.series.in_(own))


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
