"""Whether the values and names of new rows can be taken."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Protocol

from gatecast.serving._served import Served
from gatecast.serving.engine._errors import RowError

_LONGEST_ID = 500
# Unicode's categories of control characters and of halves of characters.
_UNWRITABLE = ("Cc", "Cs")


class Valued(Protocol):
    """A row of a request."""

    @property
    def unique_id(self) -> str:
        """Of its series."""

    @property
    def y(self) -> float | None:
        """Of the first target."""

    @property
    def others(self) -> Mapping[str, float | str | None]:
        """Further targets and exogenous columns."""


def check_values(served: Served, rows: Sequence[Valued]) -> None:
    """Check that a database can store the ids, a model can take new ones, and numbers are finite.

    Raises:
        RowError: naming the series and the value.
    """
    first = served.model.context.panel.targets[0]
    known: set[str] = set()
    for place, row in enumerate(rows):
        if row.unique_id not in known:
            _check_id(served, place, row.unique_id)
            known.add(row.unique_id)
        for name, value in ((first, row.y), *row.others.items()):
            if isinstance(value, float) and not math.isfinite(value):
                raise RowError(
                    place,
                    f"series {row.unique_id!r} has {name} = {value}; leave out what was not "
                    "observed",
                )


def _check_id(served: Served, place: int, unique_id: str) -> None:
    # Most ids are printable, which is told faster.
    odd = not unique_id.isprintable() and any(
        unicodedata.category(character) in _UNWRITABLE for character in unique_id
    )
    if odd or not 0 < len(unique_id) <= _LONGEST_ID:
        raise RowError(
            place,
            f"{unique_id[:50]!r} is no id of a series: it needs 1 to {_LONGEST_ID} characters, "
            "none of them a control character",
        )
    if not served.takes(unique_id):
        raise RowError(
            place,
            f"series {unique_id!r} is new: model {served.name!r} has weights or static columns of "
            "each series, and takes only those that it was fitted on",
        )
