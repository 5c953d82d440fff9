"""Files of a state database read into another one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.exc import DataError, IntegrityError

from gatecast._types import InputError, Integers
from gatecast.serving.store._artefacts import version_of
from gatecast.serving.store._database import Database
from gatecast.serving.store._layout import (
    FORMAT,
    OF_MODELS,
    OF_SERIES,
    SUMMARY,
    TABLES,
    MovedState,
    Told,
    file_of,
    rows_at_once,
    schema_of,
    tell_nobody,
)
from gatecast.serving.store._log import series_of
from gatecast.serving.store._tables import ARTEFACTS, MODELS, SERIES


def import_state(
    database: Database,
    folder: str | os.PathLike[str],
    told: Told = tell_nobody,
) -> MovedState:
    """Read what `export_state` has written into a database of either kind, wholly or not at all.

    Its memory does not grow with the log. Series get new numbers, so that other models may be in
    the database already.

    Args:
        database: its tables are made, if there are none.
        folder: that was written.
        told: is told of a table and the rows of it that are read so far.

    Raises:
        InputError: if it is no such folder or damaged, naming the file, or a model of the same name
            is in the database.
        StoreError: if the database fails.
    """
    source = Path(folder)
    summary = _summary(source)
    database.upgrade()
    if summary["schema"] not in database.revisions:
        raise InputError(f"{source} was written by a newer version of gatecast: update this one")
    with database.writing() as connection:
        _refuse_known(connection, source, summary["models"])
        rows = {table.name: 0 for table in TABLES}
        old: list[Integers] = []
        new: list[Integers] = []
        for table in (*OF_MODELS, SERIES):
            for some in _batches(source, table):
                if table is SERIES:
                    old.append(np.array([row["number"] for row in some], np.int64))
                    new.append(_numbered(connection, some))
                else:
                    _check(source, table, some)
                    _insert(connection, source, table, some)
                rows[table.name] += len(some)
                told(table.name, rows[table.name])
        _check_versions(connection, source, summary["models"])
        numbers = _Numbers(source, old, new)
        for table in OF_SERIES:
            for some in _batches(source, table):
                _insert(connection, source, table, numbers.translated(table, some))
                rows[table.name] += len(some)
                told(table.name, rows[table.name])
        if rows != summary["rows"]:
            raise InputError(f"{source} is damaged: it does not hold the rows that {SUMMARY} tells")
    return MovedState(tuple(summary["models"]), rows)


class _Numbers:
    """The numbers of series in the files, and those that they got here."""

    def __init__(self, source: Path, old: Sequence[Integers], new: Sequence[Integers]) -> None:
        none = [np.zeros(0, np.int64)]
        before, now = np.concatenate([*none, *old]), np.concatenate([*none, *new])
        order = np.argsort(before)
        self._source, self._old, self._new = source, before[order], now[order]

    def translated(self, table: Table, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows with the numbers that hold here."""
        wanted = np.array([row["series"] for row in rows], np.int64)
        place = np.searchsorted(self._old, wanted)
        inside = place < len(self._old)
        known = inside.copy()
        known[inside] = self._old[place[inside]] == wanted[inside]
        if not known.all():
            number = wanted[~known][0]
            raise InputError(
                f"{self._source / file_of(table)} is damaged: it names series {number}, which "
                f"{file_of(SERIES)} does not have"
            )
        found: list[int] = self._new[place].tolist()
        return [row | {"series": number} for row, number in zip(rows, found, strict=True)]


def _summary(source: Path) -> dict[str, Any]:
    path = source / SUMMARY
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        known = {
            "format": int(found["format"]),
            "schema": str(found["schema"]),
            "models": [str(name) for name in found["models"]],
            "rows": {str(name): int(count) for name, count in found["rows"].items()},
        }
    except OSError as error:
        raise InputError(
            f"{source} holds no exported state: {SUMMARY}: {error.strerror or error}"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path} is damaged") from None
    if known["format"] != FORMAT:
        raise InputError(f"{source} was written by a newer version of gatecast: update this one")
    return known


def _batches(source: Path, table: Table) -> Iterator[list[dict[str, Any]]]:
    path, schema = source / file_of(table), schema_of(table)
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(rows_at_once(table)):
                found = pa.Table.from_batches([batch]).select(schema.names).cast(schema)
                yield found.to_pylist()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (pa.ArrowException, KeyError) as error:
        words = " ".join(str(error).split())
        raise InputError(f"{path} is no exported table: {words}") from None


def _insert(
    connection: Connection, source: Path, table: Table, rows: Sequence[dict[str, Any]]
) -> None:
    try:
        connection.execute(insert(table), rows)
    except (DataError, IntegrityError):
        raise InputError(
            f"{source / file_of(table)} is damaged: it has rows twice, or values that are too long"
        ) from None


def _refuse_known(connection: Connection, source: Path, names: Sequence[str]) -> None:
    here = set(connection.scalars(select(MODELS.c.name)))
    here |= set(connection.scalars(select(SERIES.c.model).distinct()))
    for name in names:
        if name in here:
            raise InputError(
                f"{source} holds model {name!r}, and so does the database: import it into another"
            )


def _numbered(connection: Connection, rows: Sequence[dict[str, Any]]) -> Integers:
    """The numbers that series get."""
    ids: dict[str, list[str]] = {}
    for row in rows:
        ids.setdefault(row["model"], []).append(row["unique_id"])
    numbers = {
        (model, name): number
        for model, some in ids.items()
        for name, number in series_of(connection, model, some)[0].items()
    }
    return np.array([numbers[row["model"], row["unique_id"]] for row in rows], np.int64)


def _check(source: Path, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Check the content of artefacts against their version, which is a checksum of it."""
    for row in rows if table is ARTEFACTS else ():
        if version_of(row["content"]) != row["version"]:
            raise InputError(
                f"{source / file_of(table)} is damaged: version {row['version']!r} of model "
                f"{row['name']!r} is not what was written"
            )


def _check_versions(connection: Connection, source: Path, names: Sequence[str]) -> None:
    """Check that every model has the artefact that it serves."""
    there = select(MODELS.c.name).join(
        ARTEFACTS,
        (ARTEFACTS.c.name == MODELS.c.name) & (ARTEFACTS.c.version == MODELS.c.version),
    )
    missing = set(names) - set(connection.scalars(there))
    if missing:
        raise InputError(f"{source} is damaged: it lacks the artefact of model {min(missing)!r}")
