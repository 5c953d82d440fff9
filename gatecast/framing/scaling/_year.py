"""The season of the calendar year, taken out of each series that has one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from gatecast._types import IRREGULAR, Floats, InputError, Integers, Panel
from gatecast.data import later_ds
from gatecast.framing.scaling._harmonics import HARMONICS, waves, yearly
from gatecast.framing.scaling._scaler import Scaler

DAYS_OF_YEAR = 365
_YEAR = np.timedelta64(DAYS_OF_YEAR * 24 * 60 + 6 * 60, "m")
# Rows a year. Of weeks the windows of `AutoLSTM` hold four years: what these tell of the season is
# not bettered by harmonics.
_FEWEST_ROWS = 180
# Rows whose harmonics are in memory at once.
_AT_ONCE = 65_536


@final
@dataclass(frozen=True)
class Year(Scaler):
    """z = y - s(t), per series; s is a sum of harmonics of the year, of mean zero.

    A series of which the training rows show no such season is left as it is.

    Attributes:
        waves: [series, 2 * HARMONICS] the size of each cosine, then of each sine.
        least: [series] what no value is brought back below: 0 where no training value was negative,
            else minus infinity.
    """

    waves: Floats
    least: Floats
    timed: bool = True

    @property
    def found(self) -> NDArray[np.bool_]:
        """[series] which of them have a season."""
        found: NDArray[np.bool_] = (self.waves != 0).any(axis=1)
        return found

    def transform(self, values: Floats, series: Integers, years: Floats | None = None) -> Floats:
        return values - self._season(series, years)

    def inverse(
        self, scaled: Floats, series: Integers, history: Floats, years: Floats | None = None
    ) -> Floats:
        season, least = self._season(series, years), self.least[series][:, None]
        back: Floats = np.where(season == 0, scaled, np.maximum(scaled + season, least))
        return back

    def transform_rows(self, values: Floats, panel: Panel) -> Floats:
        plain = values.copy()
        for number in np.flatnonzero(self.found):
            for first in range(panel.offsets[number], panel.offsets[number + 1], _AT_ONCE):
                now = slice(first, min(first + _AT_ONCE, panel.offsets[number + 1]))
                plain[now] -= waves(years_of(panel.ds[now])) @ self.waves[number]
        return plain

    def arrays(self) -> dict[str, Floats]:
        return {"waves": self.waves, "least": self.least}

    def _season(self, series: Integers, years: Floats | None) -> Floats:
        """[samples, rows] the season at some times."""
        has = self.found[series]
        if not has.any():
            return np.zeros((len(series), 1))
        if years is None:
            raise ValueError("the season of the year needs the times of the rows")
        season = np.zeros(years.shape)
        for sample in np.flatnonzero(has):
            season[sample] = waves(years[sample]) @ self.waves[series[sample]]
        return season


def year(values: Floats, panel: Panel) -> Year:
    """Look for the season in each series.

    Raises:
        InputError: for rows without dates, or too far apart.
    """
    if not daily_or_shorter(panel):
        raise InputError(
            "scaler 'year' needs dates on a calendar with steps of at most two days: leave it out"
        )
    times, found = years_of(panel.ds), np.zeros((len(panel.ids), 2 * HARMONICS))
    for number, (first, end) in enumerate(zip(panel.offsets[:-1], panel.offsets[1:], strict=True)):
        found[number] = yearly(values[first:end], times[first:end])
    lowest = np.fmin.reduceat(values, panel.offsets[:-1])
    return Year(found, np.where(lowest >= 0, 0.0, -np.inf))


def daily_or_shorter(panel: Panel) -> bool:
    """Whether rows have dates, at most two days apart."""
    if panel.freq == IRREGULAR or not np.issubdtype(panel.ds.dtype, np.datetime64):
        return False
    first = panel.ds[:1]
    after = later_ds(first, panel.freq, np.array([_FEWEST_ROWS]))
    return bool((after - first < _YEAR).all())


def years_of(ds: NDArray[Any]) -> Floats:
    """Times as years since 1970, of 365 days and a quarter each."""
    years: Floats = (ds - np.datetime64(0, "ns")) / _YEAR
    return years
