"""What a request asks to be stored, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gatecast._types import InputError
from gatecast.serving._served import Told
from gatecast.serving.engine._forecasts import ForecastAnswer
from gatecast.serving.store import Observation, StoredState

Futures: TypeAlias = Mapping[str, Told]
"""What a request tells of rows to come: id -> time -> columns."""


@dataclass(frozen=True)
class NewRow:
    """A row of a request.

    Attributes:
        unique_id: of its series.
        ds: nanoseconds since 1970, or an integer.
        y: of the first target.
        others: further targets and exogenous columns.
        judge: whether to compare it with its forecast.
    """

    unique_id: str
    ds: int
    y: float | None
    others: Mapping[str, float | str | None] = field(default_factory=dict)
    judge: bool = True


@dataclass(frozen=True)
class Outcome:
    """What became of the rows of a request.

    Attributes:
        accepted: rows that are new, corrections included.
        corrected: those of them that replace a value.
        duplicates: rows that were there already, with the same values.
        rows: the accepted ones, as the log has them.
        ids: of these rows.
        futr: rows to come that were stored.
        stored: number and state of every series of the request after it, by id.
        forecasts: that were asked for with the rows, in the same order.
        again: whether the request was carried out before, and this is what became of it then.
    """

    accepted: int
    corrected: int
    duplicates: int
    rows: tuple[Observation, ...] = ()
    ids: tuple[str, ...] = ()
    futr: int = 0
    stored: Mapping[str, tuple[int, StoredState | None]] = field(default_factory=dict)
    forecasts: tuple[ForecastAnswer | InputError, ...] = ()
    again: bool = False
