"""What is drawn of the result of a run, as plain values that are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import pandas as pd

Times: TypeAlias = list[Any]
"""Text such as "1960-12-01T00:00:00", or integers."""

Values: TypeAlias = list[float | None]
"""None where there is none."""


@dataclass(frozen=True)
class Subject:
    """What a picture is about.

    Attributes:
        label: the name of what is forecast.
        step: what a step of the calendar is called: "month".
        series: the id of the series; empty where there is only one.
    """

    label: str
    step: str
    series: str = ""

    @property
    def name(self) -> str:
        """The series and what is forecast, in words."""
        return f"{self.label} of {self.series}" if self.series else self.label


@dataclass(frozen=True)
class Line:
    """Values at times."""

    ds: Times
    values: Values

    def frame(self, name: str = "value") -> pd.DataFrame:
        """`ds` and the values under a name."""
        ds = pd.Series(self.ds)
        text = ds.dtype.kind == "O" or pd.api.types.is_string_dtype(ds)
        ds = pd.to_datetime(ds) if text else ds
        return pd.DataFrame({"ds": ds, name: pd.Series(self.values, dtype=float)})


@dataclass(frozen=True)
class Band:
    """An interval over the rows to forecast.

    Attributes:
        level: its coverage in percent, as text.
        low: [rows] lower ends.
        high: [rows] upper ends.
    """

    level: str
    low: Values
    high: Values


@dataclass(frozen=True)
class Window:
    """A past window that was forecast as if it were still to come.

    Attributes:
        ds: [rows] times.
        forecast: [rows] what was forecast.
        simple: [rows] what the best simple forecast said; empty without one.
    """

    ds: Times
    forecast: Values
    simple: Values


@dataclass(frozen=True)
class Course:
    """One series: what was observed, what is forecast, and what was forecast in the test.

    Attributes:
        past: the last observed rows.
        ahead: the forecast.
        bands: its intervals, the narrowest first.
        tests: the windows of the test.
    """

    past: Line
    ahead: Line
    bands: list[Band]
    tests: list[Window]

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """The course that `dataclasses.asdict` wrote."""
        return cls(
            Line(**content["past"]),
            Line(**content["ahead"]),
            [Band(**each) for each in content["bands"]],
            [Window(**each) for each in content["tests"]],
        )
