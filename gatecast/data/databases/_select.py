"""Rows out of a database."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import InputError
from gatecast.data.databases._address import Address
from gatecast.data.databases._database import Database, Kind, Time, found, literal, quoted
from gatecast.data.databases._open import opened

_COMMENT = r"--[^\n]*\n|/\*.*?\*/"
_SELECT = re.compile(
    rf"(\s|\(|{_COMMENT})*(SELECT|WITH|FROM|VALUES|TABLE)\b", re.IGNORECASE | re.DOTALL
)
_MOST_IDS = 10_000
"""Series that a condition names; with more, the smallest of all ends alone is asked for."""


@dataclass(frozen=True)
class Since:
    """From which time on rows are wanted.

    Attributes:
        time_col: the column of times.
        id_col: the column of ids; None where there is one series, or one end for all.
        ends: id -> the last time that is known of a series.
        end: that of all other series, and the smallest; None if nothing is known.
    """

    time_col: str
    id_col: str | None
    ends: Mapping[str, Time]
    end: Time | None

    @property
    def none(self) -> NDArray[Any]:
        """No times at all, of the kind of these."""
        return np.array([], dtype=np.int64 if isinstance(self.end, int) else "datetime64[ns]")


def select(
    address: Address, sql: str | None = None, since: Since | None = None
) -> tuple[pd.DataFrame, str]:
    """The rows of a table, or of a query, and their place in words.

    Args:
        address: of the table, or of the database that the query asks.
        sql: a single SELECT.
        since: leaves out rows that are known, as far as the database can tell: no row that is later
            is missing, but some earlier ones may be there.

    Raises:
        InputError: if the database, its table or its columns cannot be had.
    """
    if sql is not None:
        if address.table is not None:
            raise InputError("a query names its tables itself: leave out ?table=")
        if not _SELECT.match(sql):
            raise InputError("a query only reads: it must be a single SELECT statement")
    with opened(address) as database:
        if sql is None:
            relation = found(database.tables(), address.table, address.shown)
            source, where = relation.sql, f"table {relation.shown!r} of {address.shown}"
        else:
            # In brackets it can do nothing but select; the line ends a comment.
            source, where = f"({sql.rstrip().rstrip(';')}\n) AS asked", "the query result"
        kinds = database.kinds(source)
        columns = ", ".join(_read(database, *column) for column in kinds.items())
        query = f"SELECT {columns} FROM {source}{_conditions(database, kinds, since)}"  # noqa: S608
        return database.frame(query), where


def _read(database: Database, name: str, kind: Kind) -> str:
    return f"{database.as_read(quoted(name), kind)} AS {quoted(name)}"


def _conditions(database: Database, kinds: Mapping[str, Kind], since: Since | None) -> str:
    """The WHERE that leaves out what is known, or nothing."""
    if since is None or since.end is None or since.time_col not in kinds:
        return ""
    time, kind = quoted(since.time_col), kinds[since.time_col]
    conditions = [_or_empty(database.later(time, kind, since.end), time)]
    if since.id_col in kinds and len(since.ends) <= _MOST_IDS:
        conditions += [
            _of_series(database.later(time, kind, end), quoted(str(since.id_col)), names)
            for end, names in _by_end(since.ends)
            if end != since.end
        ]
    given = [each for each in conditions if each is not None]
    return f" WHERE {' AND '.join(given)}" if given else ""


def _by_end(ends: Mapping[str, Time]) -> Sequence[tuple[Time, list[str]]]:
    """Each end, and the series that have it."""
    found: dict[Time, list[str]] = {}
    for name, end in ends.items():
        found.setdefault(end, []).append(name)
    return list(found.items())


def _or_empty(condition: str | None, time: str) -> str | None:
    """The condition, or no time at all: that is told later, with the row it stands in."""
    return condition and f"({condition} OR {time} IS NULL)"


def _of_series(condition: str | None, column: str, names: Sequence[str]) -> str | None:
    """The condition, for some series. An id that is written otherwise loses no row."""
    if condition is None:
        return None
    listed = ", ".join(map(literal, names))
    others = f"CAST({column} AS VARCHAR) NOT IN ({listed})"
    return f"({condition} OR {others} OR {column} IS NULL)"
