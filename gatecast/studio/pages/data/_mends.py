"""What a visitor can do about a problem with one click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from gatecast._types import IRREGULAR, InputError
from gatecast.data import RowsError
from gatecast.studio.work import Reading

_WORDS: Mapping[tuple[str, Any], str] = MappingProxyType(
    {
        ("date_order", "dmy"): "The day comes first",
        ("date_order", "mdy"): "The month comes first",
        ("decimal", ","): "The comma is the decimal mark",
        ("decimal", "."): "The point is the decimal mark",
        ("invalid", "missing"): "Take what cannot be read for missing",
        ("repeated", "first"): "Keep the first of them",
        ("repeated", "last"): "Keep the last of them",
        ("repeated", "mean"): "Take their average",
        ("repeated", "sum"): "Add them up",
        ("freq", IRREGULAR): "Take the rows as they are, without a fixed step",
        ("wide", True): "The table is wide: headings are dates or series",
    }
)
_YEAR = "first_year"


@dataclass(frozen=True)
class Mend:
    """Something that can be done about a problem, or has been.

    Attributes:
        name: a keyword of `gatecast.read`, or a field of `Reading`.
        value: of it, as text; empty if it is asked for.
        words: that say it.
    """

    name: str
    value: str
    words: str

    @property
    def asks(self) -> bool:
        """Whether a number has to be given."""
        return not self.value


def mends_for(problem: InputError, *, read: bool) -> list[Mend]:
    """What can be done about a problem.

    Args:
        problem: that `read` or `to_panel` raised.
        read: whether the rows could be read, so that only their calendar is wrong.
    """
    if isinstance(problem, RowsError):
        pairs = [pair for mend in problem.mends for pair in mend.items()]
        return [_mend(name, "" if name == _YEAR else value) for name, value in pairs]
    if read:
        return [_mend("freq", IRREGULAR)]
    return [_mend("wide", value=True)] if "wide=True" in str(problem) else []


def mends_of(reading: Reading) -> list[Mend]:
    """What a visitor has chosen to do."""
    return [_mend(name, value) for name, value in reading.remedies.items()]


def with_mend(reading: Reading, name: str, value: str) -> Reading:
    """How a file is read with a further remedy.

    Raises:
        InputError: if there is no such remedy.
    """
    if name == _YEAR:
        if not value.isdecimal():
            raise InputError(f"The year of the first row is a number such as 2020, not {value!r}.")
        return replace(reading, remedies={**reading.remedies, name: int(value)})
    if name == "wide":
        return replace(reading, wide=True, target_col=None, id_col=None)
    if (name, value) not in _WORDS:
        raise InputError(f"There is no remedy {name!r} with {value!r}.")
    if name == "freq":
        return replace(reading, freq=value)
    return replace(reading, remedies={**reading.remedies, name: value})


def without_mend(reading: Reading, name: str) -> Reading:
    """How a file is read without a remedy."""
    rest = {key: value for key, value in reading.remedies.items() if key != name}
    return replace(reading, remedies=rest)


def plain_words(problem: InputError, mends: Sequence[Mend]) -> str:
    """A problem without the advice for programmers, where there are buttons instead."""
    words = str(problem)
    return f"{words.partition(';')[0]}." if mends else words


def _mend(name: str, value: Any) -> Mend:
    words = _WORDS.get((name, value), "")
    if name == _YEAR:
        words = f"The first row is of the year {value}".strip()
    return Mend(name, str(value), words)
