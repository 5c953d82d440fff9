"""How a state database is laid out as files: one Parquet file a table, and what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa
from sqlalchemy import Boolean, Float, Integer, LargeBinary, Table

from gatecast.serving.store._tables import (
    ARTEFACTS,
    FUTURES,
    MODELS,
    OBSERVATIONS,
    PREPARATIONS,
    SERIES,
    SNAPSHOTS,
    STATES,
)

# In the order in which they are read back. Keys stay where they are.
OF_MODELS = {MODELS: "name", ARTEFACTS: "name", PREPARATIONS: "model"}
OF_SERIES = (OBSERVATIONS, FUTURES, STATES, SNAPSHOTS)
TABLES = (*OF_MODELS, SERIES, *OF_SERIES)

SUMMARY = "state.json"
FORMAT = 1
"""Of the files; a later one may read earlier ones."""

Told: TypeAlias = Callable[[str, int], object]
"""Is told of a table, and how many rows of it are done."""

# Rows that are in memory at once; an artefact may be large.
_ROWS_AT_ONCE = 2000


@dataclass(frozen=True)
class MovedState:
    """What was written into files, or read from them.

    Attributes:
        models: names.
        rows: table -> rows.
    """

    models: tuple[str, ...]
    rows: Mapping[str, int]


def tell_nobody(_table: str, _rows: int) -> None:
    """Pass over how far it is."""


def rows_at_once(table: Table) -> int:
    """How many rows of a table are read in one go."""
    return 1 if table is ARTEFACTS else _ROWS_AT_ONCE


def file_of(table: Table) -> str:
    """The name of its file."""
    return f"{table.name}.parquet"


def schema_of(table: Table) -> Any:
    """The columns of its file, as Arrow has them."""
    return pa.schema(
        [
            pa.field(column.name, _type(column.type), nullable=bool(column.nullable))
            for column in table.columns
        ]
    )


def _type(kind: Any) -> Any:
    for known, found in (
        (Boolean, pa.bool_()),
        (Integer, pa.int64()),
        (Float, pa.float64()),
        (LargeBinary, pa.large_binary()),
    ):
        if isinstance(kind, known):
            return found
    return pa.string()
