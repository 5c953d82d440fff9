"""Where rows came from, so that a message can name one of them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypedDict

import numpy as np

from gatecast._types import InputError, Integers
from gatecast.data._words import show_name, show_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray


class Origin(Protocol):
    """A place that rows were read from."""

    @property
    def name(self) -> str:
        """The place as a whole: a file, a query, a frame."""

    def place(self, row: int) -> str:
        """The place of one row, counted from 0, in words."""


class Mends(TypedDict, total=False):
    """What `read` does about values that it could not use otherwise; each is told when it is done.

    Attributes:
        date_order: whether the day ("dmy") or the month ("mdy") comes first in 03/04/2024.
        decimal: the decimal mark of all numbers, where 1,234 may be read in two ways.
        invalid: "missing" takes values that are no number for missing, and leaves out rows whose
            time or id cannot be read.
        repeated: of rows with the same series and time, which counts, or how they are put together.
        first_year: that of the first row, where months stand without a year.
    """

    date_order: Literal["dmy", "mdy"]
    decimal: Literal[",", "."]
    invalid: Literal["missing"]
    repeated: Literal["first", "last", "mean", "sum"]
    first_year: int


@dataclass(frozen=True)
class NumberedRows:
    """Rows that have a number only.

    Attributes:
        name: the place as a whole.
        first: the number of the first row, as its readers count.
        unit: what a row is called there.
    """

    name: str
    first: int = 1
    unit: str = "row"

    def place(self, row: int) -> str:
        """The place of one row in words."""
        return f"{self.name}, {self.unit} {row + self.first}"


DATA_FRAME = NumberedRows("the data frame", first=0)


@dataclass(frozen=True)
class Concatenated:
    """The rows of several origins, one after the other.

    Attributes:
        parts: the origins.
        starts: the first row of each.
    """

    parts: Sequence[Origin]
    starts: Sequence[int]

    @property
    def name(self) -> str:
        """The first origin and the number of the others."""
        return f"{self.parts[0].name} and {len(self.parts) - 1} more"

    def place(self, row: int) -> str:
        """The place of one row in words."""
        part = bisect_right(self.starts, row) - 1
        return self.parts[part].place(row - self.starts[part])


@dataclass(frozen=True)
class Selected:
    """Some rows of an origin.

    Attributes:
        whole: the origin.
        rows: their places there.
    """

    whole: Origin
    rows: Sequence[int]

    @property
    def name(self) -> str:
        """The name of the origin."""
        return self.whole.name

    def place(self, row: int) -> str:
        """The place of one row in words."""
        return self.whole.place(self.rows[row])


@dataclass(frozen=True)
class Rows:
    """Rows under inspection: where they came from and, where known, their series and times."""

    origin: Origin
    ids: pd.Series | None = None
    times: pd.Series | None = None

    def place(self, row: int) -> str:
        """The place of one row in words, with its series and time."""
        series = "" if self.ids is None else f", series {show_name(self.ids.iloc[row])}"
        time = "" if self.times is None else f" at {show_time(self.times.iloc[row])}"
        return self.origin.place(row) + series + time

    def refuse(
        self,
        bad: pd.Series | NDArray[np.bool_],
        values: pd.Series,
        problem: str,
        mends: Sequence[Mends] = (),
    ) -> None:
        """Raise a `RowsError` that names the first row marked as bad, if there is one.

        Args:
            bad: [rows] whether a row cannot be used.
            values: [rows] of the column that is wrong.
            problem: what is wrong with them, after the value.
            mends: what could be done about it.
        """
        if not bad.any():
            return
        wrong = np.flatnonzero(np.asarray(bad, dtype=bool))
        row, more = int(wrong[0]), len(wrong) - 1
        words = (
            f"{self.place(row)}, column {show_name(values.name)}: {_shown(values, row)} {problem}"
        )
        others = f" ({more:,} more like it)" if more else ""
        raise RowsError(words + others, self, wrong, values, mends)


class RowsError(InputError):
    """Some rows of a source cannot be used.

    Attributes:
        count: how many.
        mends: keywords of `read`, each of which would do something about them.
    """

    def __init__(
        self,
        words: str,
        rows: Rows,
        wrong: Integers,
        values: pd.Series,
        mends: Sequence[Mends] = (),
    ) -> None:
        super().__init__(words)
        self.count = len(wrong)
        self.mends = tuple(mends)
        self._rows = rows
        self._wrong = wrong
        self._values = values

    def examples(self, most: int) -> list[tuple[str, str]]:
        """The place and the value of the first of them, in words."""
        first = self._wrong[:most].tolist()
        return [(self._rows.place(row), _shown(self._values, row)) for row in first]


def _shown(values: pd.Series, row: int) -> str:
    value = values.iloc[row]
    if values.isna().iloc[row]:
        return "an empty value"
    return repr(value) if isinstance(value, str) else str(value)
