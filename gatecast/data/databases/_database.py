"""What every kind of database can be asked, and the little SQL in which they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from typing import Literal, Protocol, TypeAlias

import pandas as pd

from gatecast._types import InputError
from gatecast.data._words import show_some

Time: TypeAlias = pd.Timestamp | int

Kind: TypeAlias = Literal["time", "zoned", "date", "integer", "decimal", "plain", "other"]
"""What a column holds: times with a zone are "zoned"; "plain" is read as it is, "other" as text."""

_SHOWN = 20


@dataclass(frozen=True)
class Relation:
    """A table or a view.

    Attributes:
        schema: that it is in; None where the database has none.
        name: of the table.
        is_near: whether it is found by its name alone.
    """

    schema: str | None
    name: str
    is_near: bool = True

    @property
    def shown(self) -> str:
        """As people name it."""
        return self.name if self.is_near else f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        """As SQL names it."""
        return ".".join(quoted(part) for part in (self.schema, self.name) if part is not None)


class Database(Protocol):
    """A database within one transaction."""

    def tables(self) -> list[Relation]:
        """Its tables and views, in order of their names."""

    def kinds(self, source: str) -> dict[str, Kind]:
        """What each column of a table or query holds."""

    def frame(self, query: str) -> pd.DataFrame:
        """The result of a query."""

    def as_read(self, column: str, kind: Kind) -> str:
        """The SQL by which a quoted column is read."""

    def later(self, column: str, kind: Kind, end: Time) -> str | None:
        """A condition that all rows later than a time meet; None if there is none.

        Some others may meet it as well.
        """

    def execute(self, statement: str) -> None:
        """Carry out a statement that gives no rows."""

    def wait_for_writers(self) -> None:
        """Wait until no other process of ours writes, and let none begin in this transaction."""

    def types(self, relation: Relation) -> dict[str, str]:
        """The declared type of each column of a table; "" where any value fits."""

    def stage(self, frame: pd.DataFrame) -> str:
        """Make rows a table of this connection alone, and give its name."""


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def found(tables: Sequence[Relation], wanted: str | None, where: str) -> Relation:
    """The table that is named, or the only one.

    Raises:
        InputError: with the tables that there are.
    """
    if not tables:
        raise InputError(f"{where} has no tables")
    names = [table.shown for table in tables]
    listed = show_some(names, most=_SHOWN)
    if wanted is None:
        if len(tables) > 1:
            raise InputError(
                f"{where} has {len(tables):,} tables: name one with ?table=, as in "
                f"?table={names[0]}. They are {listed}"
            )
        return tables[0]
    match = named(tables, wanted)
    if match is None:
        near = get_close_matches(wanted, names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        raise InputError(f"{where} has no table {wanted!r}{hint} It has {listed}")
    return match


def named(tables: Sequence[Relation], wanted: str) -> Relation | None:
    """The table of a name, with its schema or without; letters may be small or large."""
    names = [(table, {table.shown, f"{table.schema}.{table.name}"}) for table in tables]
    exact = (table for table, known in names if wanted in known)
    alike = (table for table, known in names if wanted.casefold() in map(str.casefold, known))
    return next(chain(exact, alike), None)
