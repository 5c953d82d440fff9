"""What became of a run and of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Failure:
    """A series that could not be worked on.

    Attributes:
        unique_id: of the series, as it is in the source.
        error: what was wrong, in words.
    """

    unique_id: Any
    error: str


@dataclass(frozen=True)
class PartRecord:
    """One part that is written.

    Attributes:
        number: of the part, which is that of its bucket.
        series: that are in it.
        rows: that it has.
        failures: the series of the bucket that are not.
        seconds: that the worker took.
    """

    number: int
    series: int
    rows: int
    failures: tuple[Failure, ...] = ()
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self) | {"failures": [asdict(each) for each in self.failures]}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> PartRecord:
        """The record of plain values."""
        failures = tuple(Failure(**each) for each in plain["failures"])
        return cls(**(dict(plain) | {"failures": failures}))


@dataclass(frozen=True)
class Done:
    """A finished run.

    Attributes:
        folder: that holds the parts and `_manifest.json`.
        series: in all parts.
        rows: in all parts.
        parts: their number.
        failures: the number of series that could not be worked on; `_failures.parquet` lists them.
        failed: the first of these, with their errors.
        seconds: from the first call to the last part.
    """

    folder: str
    series: int
    rows: int
    parts: int
    failures: int
    failed: tuple[Failure, ...]
    seconds: float

    @property
    def series_per_second(self) -> float:
        """On average, everything included."""
        return (self.series + self.failures) / max(self.seconds, 1e-9)
