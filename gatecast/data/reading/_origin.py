"""Where rows came from, so that a message can name one of them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from gatecast._types import InputError
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

    def refuse(self, bad: pd.Series | NDArray[np.bool_], values: pd.Series, problem: str) -> None:
        """Raise an `InputError` that names the first row marked as bad, if there is one."""
        if not bad.any():
            return
        row = int(np.asarray(bad, dtype=bool).argmax())
        value = values.iloc[row]
        shown = repr(value) if isinstance(value, str) else str(value)
        shown = "an empty value" if values.isna().iloc[row] else shown
        count = int(bad.sum())
        others = f" ({count - 1:,} more like it)" if count > 1 else ""
        raise InputError(
            f"{self.place(row)}, column {show_name(values.name)}: {shown} {problem}{others}"
        )
