"""The values that pictures of single series show, and where the forecast fails."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gatecast.data import to_frame
from gatecast.studio.views import Band, Course, Line, Window

if TYPE_CHECKING:
    from gatecast._types import Panel
    from gatecast.evaluation import Backtest
    from gatecast.studio.work._plan import Names

# So many series have pictures: those that fail worst, or the first.
MOST_PICTURES = 500
_MOST_PAST = 400


@dataclass(frozen=True)
class Tested:
    """How one series was forecast in the test.

    Attributes:
        series: its id.
        rows: that were forecast.
        error: how far the forecast was off on average, in the units of the data.
        simple: the same of the best simple forecast of this series; None without one.
        best: the name of that forecast.
        share: error over that error: above 1 the forecast fails. None where that is not known.
    """

    series: str
    rows: int
    error: float
    simple: float | None
    best: str
    share: float | None


def tested_series(found: Backtest) -> list[Tested]:
    """Every series of a test, the one that fails worst first."""
    kinds = found.scores.set_index("model")["kind"]
    table = found.by_series.assign(kind=found.by_series["model"].map(kinds))
    ours = table[table["kind"] == "model"].set_index("unique_id")
    simple = table[(table["kind"] == "baseline") & table["mae"].notna()]
    best = simple.loc[simple.groupby("unique_id")["mae"].idxmin()].set_index("unique_id")
    both = ours[["rows", "mae"]].join(best[["mae", "model"]].add_suffix("_simple"))
    both = both[both["mae"].notna()].rename_axis("series").reset_index()
    rows = [_tested(row) for row in both.to_dict("records")]
    return sorted(rows, key=lambda row: -math.inf if row.share is None else -row.share)


def _tested(row: Mapping[Any, Any]) -> Tested:
    error, simple = float(row["mae"]), float(row["mae_simple"])
    known = math.isfinite(simple)
    return Tested(
        series=str(row["series"]),
        rows=int(row["rows"]),
        error=error,
        simple=simple if known else None,
        best=str(row["model_simple"]) if known else "",
        share=error / simple if known and simple else None,
    )


@dataclass(frozen=True)
class Shown:
    """What is drawn of the series of a run.

    Attributes:
        panel: the data.
        names: which column of the forecast is what.
        forecast: as `predict` returned it.
        model: the column of the points.
        levels: of the intervals.
        test: None where there was none.
    """

    panel: Panel
    names: Names
    forecast: pd.DataFrame
    model: str
    levels: tuple[float, ...]
    test: Backtest | None

    def courses(self, first: list[str]) -> dict[str, Course]:
        """Series -> what is drawn of it; those named come first, and 500 are enough."""
        ids = list(dict.fromkeys([*first, *map(str, self.panel.ids)]))[:MOST_PICTURES]
        past = dict(iter(to_frame(self.panel).groupby("unique_id", sort=False)))
        ahead = dict(iter(self.forecast.groupby(self.names.id_col, sort=False)))
        tests = {} if self.test is None else dict(iter(self.test.forecasts.groupby("unique_id")))
        return {
            series: Course(
                self._past(past[series], len(ahead[series])),
                Line(times(ahead[series][self.names.time_col]), values(ahead[series][self.model])),
                self._bands(ahead[series]),
                list(self._tests(tests[series])) if series in tests else [],
            )
            for series in ids
        }

    def _past(self, rows: pd.DataFrame, horizon: int) -> Line:
        windows = 0 if self.test is None else self.test.n_windows
        kept = rows.tail(min(max(48, (windows + 3) * horizon), _MOST_PAST))
        return Line(times(kept["ds"]), values(kept["y"]))

    def _bands(self, rows: pd.DataFrame) -> list[Band]:
        names = [f"{level:g}" for level in sorted(self.levels)]
        ends = [
            [values(rows[f"{self.model}-{side}-{name}"]) for side in ("lo", "hi")] for name in names
        ]
        return [Band(name, *both) for name, both in zip(names, ends, strict=True)]

    def _tests(self, rows: pd.DataFrame) -> Iterator[Window]:
        if self.test is None:
            return
        first = self.test.scores.groupby("kind", sort=False)["model"].first()
        for _, window in rows.groupby("cutoff"):
            simple = values(window[first["baseline"]]) if "baseline" in first else []
            yield Window(times(window["ds"]), values(window[first["model"]]), simple)


def times(ds: pd.Series[Any]) -> list[Any]:
    """Times as JSON has them: integers, or text."""
    if ds.dtype.kind == "M":
        return list(ds.dt.strftime("%Y-%m-%dT%H:%M:%S"))
    return [int(each) for each in ds]


def values(column: pd.Series[Any]) -> list[float | None]:
    """Numbers as JSON has them, eight digits of each; None where there is none."""
    numbers = column.to_numpy(float)
    return [float(f"{each:.8g}") if np.isfinite(each) else None for each in numbers]
