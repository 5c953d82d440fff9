"""One series of a panel, and its parts: trend, season and what is left."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from scipy import stats

from gatecast._types import Floats, Freq
from gatecast.data import season_of
from gatecast.studio.views._statistics import seasonal
from gatecast.studio.views._words import cycle_word, moment, step_word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatecast._types import Panel

Repeats: TypeAlias = Literal["clearly", "weakly", "not"]
Direction: TypeAlias = Literal["rises", "falls", "wanders", "stays"]


_MOST_ROWS = 2_000
"""Of a series, the newest ones that are looked at closely."""
_STRETCHES, _FEWEST_STRETCHES, _LEAST = 8, 3, 4
_LITTLE, _IN_ORDER = 1 / 3, 0.7
_CHANCE = 0.001
CLEAR = 0.64
"""From this strength on a season is clear: the bound of `nsdiffs` in R and statsforecast."""


@dataclass(frozen=True)
class Parts:
    """A series as the sum of trend, season and remainder.

    Cleveland, Cleveland, McRae and Terpenning (1990), "STL: A seasonal-trend decomposition
    procedure based on loess", as statsmodels has it.

    Attributes:
        trend: [rows].
        season: [rows].
        remainder: [rows].
        usual: [rows] False for observations so far off that the robust weights leave them out.
    """

    trend: Floats
    season: Floats
    remainder: Floats
    usual: NDArray[np.bool_]

    @property
    def strength_of_season(self) -> float:
        """From 0, no season, to 1, nothing else but trend.

        max(0, 1 - Var(remainder) / Var(season + remainder)), Wang, Smith and Hyndman (2006), over
        the usual rows: a single wild value hides no season.
        """
        remainder, part = self.remainder[self.usual], self.season[self.usual]
        total = float(np.var(part + remainder))
        return max(0.0, 1 - float(np.var(remainder)) / total) if total else 0.0


@dataclass(frozen=True)
class Series:
    """A series that is looked at.

    Attributes:
        name: its id.
        ds: [rows] times.
        y: [rows] values, NaN in a gap.
        freq: the calendar step.
        season: rows in a season; 1 for none.
        label: name or unit of the values, for axes.
        robust: whether its parts are those that a single wild value does not change; takes longer.
    """

    name: str
    ds: NDArray[Any]
    y: Floats
    freq: Freq
    season: int = 1
    label: str = "value"
    robust: bool = True

    @property
    def step(self) -> str:
        """What a row is: "month"."""
        return step_word(self.freq)

    @property
    def cycle(self) -> str:
        """What a season is: "year"."""
        return cycle_word(self.freq, self.season)

    @cached_property
    def newest(self) -> Series:
        """The rows that are looked at closely."""
        return self.tail(_MOST_ROWS)

    @property
    def newest_note(self) -> str:
        """Says that only the newest rows are looked at closely, where this is so."""
        if len(self.y) <= _MOST_ROWS:
            return ""
        return f"The newest {_MOST_ROWS:,} {self.step}s are looked at. "

    def tail(self, rows: int) -> Series:
        """The series cut to so many of its newest rows."""
        if len(self.y) <= rows:
            return self
        return replace(self, ds=self.ds[-rows:], y=self.y[-rows:])

    @property
    def whole_seasons(self) -> bool:
        """Whether there are seasons enough to see one: two."""
        return self.season > 1 and len(self.y) >= 2 * self.season

    @cached_property
    def without_gaps(self) -> Floats:
        """[rows] gaps bridged by straight lines."""
        return pd.Series(self.y).interpolate(limit_direction="both").to_numpy()

    @cached_property
    def parts(self) -> Parts | None:
        """Trend, season and remainder; None without two whole seasons, or where nothing varies."""
        if not self.whole_seasons or not np.ptp(self.without_gaps):
            return None
        # 11 is the width that mstl takes in R and statsforecast.
        fit = seasonal.STL(
            self.without_gaps, period=self.season, seasonal=11, robust=self.robust, **self._jumps
        ).fit()
        return Parts(fit.trend, fit.seasonal, fit.resid, fit.weights > 0)

    @property
    def _jumps(self) -> dict[str, int]:
        """Long smoothers are computed at every tenth of their width, and bridged between."""
        wide = max(1, self.season // 10)
        return {"trend_jump": wide, "low_pass_jump": wide}

    @property
    def repeats(self) -> Repeats:
        """Whether its season is strong; weak, but no chance (Kruskal and Wallis, 1952); or none."""
        parts = self.parts
        if parts is None:
            return "not"
        if parts.strength_of_season >= CLEAR:
            return "clearly"
        place = np.arange(len(self.y)) % self.season
        left = self.without_gaps - parts.trend
        test = stats.kruskal(*(left[place == each] for each in range(self.season)))
        return "weakly" if test.pvalue < _CHANCE else "not"

    def moment(self, ds: Any) -> str:
        """A time of the series in words."""
        return moment(ds, self.freq)

    @property
    def direction(self) -> Direction:
        """Where the level goes, by the means of up to eight equal stretches of whole seasons.

        It stays if they differ little beside the values themselves; it rises or falls if they are
        in order, by Kendall's rank correlation with time; else it wanders.
        """
        season = self.season if self.whole_seasons else 1
        least = season * math.ceil(_LEAST / season)
        stretches = min(len(self.y) // least, _STRETCHES)
        y = self.without_gaps
        if stretches < _FEWEST_STRETCHES or not np.ptp(y):
            return "stays"
        rows = len(self.y) // stretches // season * season
        means = y[-rows * stretches :].reshape(stretches, rows).mean(axis=1)
        if means.std() < _LITTLE * y.std():
            return "stays"
        order = float(stats.kendalltau(np.arange(stretches), means).statistic)
        if abs(order) < _IN_ORDER:
            return "wanders"
        return "rises" if order > 0 else "falls"


def one_series(panel: Panel, number: int, label: str = "value") -> Series:
    """A series of a panel.

    Args:
        panel: the series.
        number: of the one that is looked at.
        label: name or unit of the values.
    """
    rows = slice(panel.offsets[number], panel.offsets[number + 1])
    name = str(panel.ids[number])
    return Series(name, panel.ds[rows], panel.y[rows], panel.freq, season_of(panel), label)
