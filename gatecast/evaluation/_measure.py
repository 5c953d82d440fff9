"""By which error models are ranked, and what errors are scaled by.

A frame has `unique_id`, `ds`, `y`, the columns of `scales`, and one column per model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from gatecast._types import Integers, Panel

Metric: TypeAlias = Literal["mae", "rmse"]

# Names that no model will have.
ABSOLUTE = "mean absolute seasonal change"
SQUARED = "root mean squared seasonal change"


@dataclass(frozen=True)
class Measure:
    """The error by which models are ranked and tested.

    Scaled errors make series of different size comparable: those of each series are divided by its
    seasonal change in the rows before the cutoff, and every series counts alike (Hyndman and
    Koehler 2006). Others are in units of the data, over all rows.

    Attributes:
        metric: "mae", which the median minimises, or "rmse", which the mean does.
        scaled: MASE for the MAE, RMSSE for the RMSE.
    """

    metric: Metric = "mae"
    scaled: bool = False

    @property
    def name(self) -> str:
        """The column that holds it: "mae", "rmse", "mase" or "rmsse"."""
        return {"mae": "mase", "rmse": "rmsse"}[self.metric] if self.scaled else self.metric

    @property
    def power(self) -> int:
        """The loss of a row is |error| ** power."""
        return 1 if self.metric == "mae" else 2

    def errors(self, frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
        """[rows, names] forecast minus observed, each divided by the scale of its series."""
        found = frame[[*names]].sub(frame["y"], axis="index")
        if not self.scaled:
            return found
        return found.div(frame[ABSOLUTE if self.metric == "mae" else SQUARED], axis="index")

    def of(self, frame: pd.DataFrame, names: Sequence[str]) -> pd.Series[float]:
        """[names] the measure of each model over the rows that it forecasts, NaN without any."""
        losses = self.errors(frame, names).abs() ** self.power
        groups = frame["unique_id"].to_numpy() if self.scaled else np.zeros(len(frame))
        # (mean of |error|^power)^(1/power), then the mean over series
        each: pd.DataFrame = losses.groupby(groups).mean() ** (1 / self.power)
        return each.mean()

    def sums(self, losses: pd.Series[float], series: Any, groups: Any) -> pd.DataFrame:
        """`total` and `count` of each group of rows, of which `finished` makes the measure.

        Those of disjoint series add up.

        Args:
            losses: [rows] |error| ** power; NaN does not count.
            series: [rows] the series of each.
            groups: [rows] the group of each.
        """
        if self.scaled:
            # (mean of |error|^power)^(1/power) of each series
            losses = losses.groupby([groups, series]).mean() ** (1 / self.power)
            groups = losses.index.get_level_values(0)
        grouped = losses.groupby(groups)
        return pd.DataFrame({"total": grouped.sum(), "count": grouped.count()})

    def finished(self, total: pd.Series[float], count: pd.Series[float]) -> pd.Series[float]:
        """The measure of sums: NaN where nothing was counted."""
        mean = total / count
        return mean if self.scaled else mean ** (1 / self.power)


MEASURES = (
    Measure("rmse"),
    Measure("mae"),
    Measure("mae", scaled=True),
    Measure("rmse", scaled=True),
)
"""All that are reported."""


def measure(metric: Metric, frame: pd.DataFrame) -> Measure:
    """How to rank: in units for one series, scaled for several, unless none has a scale."""
    several = len(frame["unique_id"].unique()) > 1
    return Measure(metric, scaled=several and bool(frame[ABSOLUTE].notna().any()))


def scales(panel: Panel, known: Integers, season_length: int) -> pd.DataFrame:
    """What MASE and RMSSE divide by, for each series (Hyndman and Koehler 2006).

    Args:
        panel: the series.
        known: [series] leading rows up to the cutoff.
        season_length: rows in a season; a series with no more rows than that changes from row to
            row.

    Returns:
        `unique_id`, then the mean absolute and the root mean squared seasonal change of the known
        rows; NaN where that is 0 or unknown.
    """
    series = panel.series_of_row
    y = pd.Series(panel.y).where(panel.position < known[series])
    grouped = y.groupby(series)
    # y[t] - y[t - season], over calendar rows, so that a gap is a missing change
    long = (known > season_length)[series]
    change = grouped.diff(season_length).where(long, grouped.diff())
    absolute = change.abs().groupby(series).mean()
    squared = (change**2).groupby(series).mean() ** 0.5
    columns = {ABSOLUTE: absolute, SQUARED: squared}
    values = {name: each.replace(0, np.nan).to_numpy() for name, each in columns.items()}
    return pd.DataFrame({"unique_id": panel.ids, **values})
