"""Whether the values and names of new rows can be taken."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Protocol

from gatecast._types import InputError
from gatecast.data import LARGEST
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
    """Check that a database can store the ids and a model can take new ones, and the numbers.

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
            # Written so that it finds NaN too.
            if isinstance(value, float | int) and not abs(value) <= LARGEST:
                raise RowError(
                    place,
                    f"series {row.unique_id!r} has {name} = {value:g}: leave out what was not "
                    f"observed, and give values beyond {LARGEST:g} in a larger unit",
                )


def check_name(name: str) -> None:
    """Check that a text can be the id of a series or the name of a model.

    Raises:
        InputError: saying what it needs.
    """
    # Most ids are printable, which is told faster.
    odd = not name.isprintable() and any(
        unicodedata.category(character) in _UNWRITABLE for character in name
    )
    if odd or not 0 < len(name) <= _LONGEST_ID:
        raise InputError(
            f"{name[:50]!r} is no id: it needs 1 to {_LONGEST_ID} characters, none of them a "
            "control character"
        )


def _check_id(served: Served, place: int, unique_id: str) -> None:
    try:
        check_name(unique_id)
    except InputError as error:
        raise RowError(place, f"row {place}: {error}") from None
    try:
        check_taken(served, unique_id)
    except InputError as error:
        raise RowError(place, str(error)) from None


def check_taken(served: Served, unique_id: str) -> None:
    """Check that a model forecasts a series.

    Raises:
        InputError: for a new one, where it takes none.
    """
    if not served.takes(unique_id):
        raise InputError(
            f"series {unique_id!r} is new: model {served.name!r} has weights or static columns of "
            "each series, and takes only those that it was fitted on"
        )
