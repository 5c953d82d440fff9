"""The numbers that series are regressed on: columns, calendar features, single holidays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gatecast._group import ALONE, Group
from gatecast._types import Floats, Integers, Panel
from gatecast.data import holiday_names
from gatecast.framing._exogenous import Covariates
from gatecast.framing.effects._predictors import Predictors, predictors_of

_HOLIDAY = "holiday:"
# A column of fewer values has no shape. Squares end at so many standard deviations.
_MANY_VALUES, _FARTHEST = 8, 3.0


@dataclass(frozen=True)
class Design:
    """Which numbers the series are regressed on.

    Besides the column of all holidays of a country, each holiday has one of its own: Christmas
    differs from the first of May. Columns of many values have a square, too: both cold and heat
    need electricity. Of columns that are not known ahead, rows see the values of earlier rows: as
    many before as are forecast at once, or more, so that the rows ahead see known ones.

    Attributes:
        covariates: that turn columns into numbers.
        holidays: calendar feature -> the holidays among the training rows, sorted.
        relative: [columns of `Covariates.past`] whether all training values are positive, such as
            prices: these count in shares of the mean of each series.
        squared: columns of `Covariates.past`, by their places, that have a square.
        lags: how many rows before the value of a column counts that is not known ahead, ascending.
        by_series: the static columns by which effects differ.
    """

    covariates: Covariates
    holidays: Mapping[str, tuple[str, ...]]
    relative: tuple[bool, ...]
    squared: tuple[int, ...]
    lags: tuple[int, ...] = ()
    by_series: Predictors = field(default_factory=Predictors)

    @property
    def every(self) -> tuple[str, ...]:
        """The user's columns and calendar features."""
        return tuple(dict.fromkeys(self.covariates.names))

    @property
    def names(self) -> tuple[str, ...]:
        """Which of them each number comes from."""
        single = [name for name, days in self.holidays.items() for _ in days]
        every = np.array([*self.covariates.names, *single], object)
        squares = [self.covariates.names[place] for place in self.squared]
        return (*every[self._sources(len(every))], *squares)

    @property
    def lag(self) -> Integers:
        """[numbers] how many rows before the value of each counts; 0 where it is that of the row.

        All numbers with a lag come first.
        """
        lagged = np.repeat([*self.lags], self.hist)
        return np.append(lagged, np.zeros(len(self.names) - len(lagged))).astype(int)

    @property
    def hist(self) -> int:
        """How many leading columns of `Covariates.past` are not known ahead."""
        return self.covariates.past_only

    def _sources(self, columns: int) -> Integers:
        """[numbers without squares] the column of `unlagged` that each comes from, of so many."""
        every = np.arange(columns)
        return np.concatenate([np.tile(every[: self.hist], len(self.lags)), every[self.hist :]])

    def for_lags(self, columns: Floats) -> Floats:
        """[..., columns of `unlagged`] as [..., numbers without squares], the same for all lags."""
        found: Floats = columns[..., self._sources(columns.shape[-1])]
        return found

    def predictors(self, panel: Panel) -> Floats:
        """[series, predictors] of the series of a panel; see `Predictors.of`."""
        return self.by_series.of(panel, self.covariates)

    def plain(self, panel: Panel, unlagged: Floats | None = None) -> Floats:
        """[rows, numbers without squares] of a panel; NaN before the first value of a column.

        Args:
            panel: the series.
            unlagged: [rows, columns] of the panel, where they are known.
        """
        unlagged = self.unlagged(panel) if unlagged is None else unlagged
        columns = self.for_lags(unlagged)
        for number, lag in enumerate(self.lags):
            own = slice(number * self.hist, (number + 1) * self.hist)
            columns[:, own] = self.earlier(panel, unlagged, np.arange(panel.rows), lag)
        return columns

    def earlier(self, panel: Panel, unlagged: Floats, rows: Integers, lag: int) -> Floats:
        """[..., columns not known ahead] their values some rows before; NaN before a series.

        Args:
            panel: the series.
            unlagged: [rows, columns].
            rows: [...] of the panel.
            lag: how many rows before them.
        """
        there = panel.position[rows] >= lag
        found: Floats = unlagged[np.where(there, rows - lag, rows), : self.hist]
        found[~there] = np.nan
        return found

    def unlagged(self, panel: Panel) -> Floats:
        """[rows, columns of `Covariates.past` and holidays]; NaN before the first value."""
        past = self.covariates.with_gaps(panel)
        days = []
        for name, known in self.holidays.items():
            names = holiday_names(panel.ds, name)
            days += [(names == day).astype(float) for day in known]
        columns = [] if past is None else [*past.T]
        return np.column_stack([*columns, *days]) if columns else np.zeros((panel.rows, 0))

    def measured(self, plain: Floats, center: Floats, unit: Floats) -> Floats:
        """[rows, numbers] away from the means of each series, in its units, with squares.

        Missing values count as the mean of the series.

        Args:
            plain: [rows, numbers without squares].
            center: [rows, numbers without squares] means of the series of each row.
            unit: of the same shape.
        """
        away = np.nan_to_num((plain - center) / unit)
        # No row of the future may be squared that is further away than those seen.
        places = [place + self.hist * (len(self.lags) - 1) for place in self.squared]
        near = np.clip(away[:, places], -_FARTHEST, _FARTHEST)
        return np.column_stack([away, near**2])

    def units(self, center: Floats) -> Floats:
        """[series, columns of `unlagged`] how much of each counts as one.

        Args:
            center: of the same shape: means of the training rows.
        """
        units = np.ones(center.shape)
        own, of_all = self.covariates.center, self.covariates.spread
        for place, relative in enumerate(self.relative):
            if relative:
                # Numbers are (x - mean of all) / deviation; this is mean of the series / of all.
                units[:, place] = 1 + center[:, place] * of_all[place] / own[place]
        return np.where(units > 0, units, 1.0)


def design_of(
    covariates: Covariates,
    panel: Panel,
    train: Integers,
    group: Group = ALONE,
    lags: tuple[int, ...] = (),
    static: Sequence[str] = (),
) -> Design:
    """The numbers for the columns of some covariates.

    Args:
        covariates: fitted on the training rows.
        panel: the series.
        train: [series] training rows of each.
        group: the processes that fit together.
        lags: how many rows before the value of a column counts that is not known ahead.
        static: columns by which effects may differ.
    """
    seen = panel.position < train[panel.series_of_row]
    holidays = {}
    for name in covariates.exogenous.calendar:
        if name.startswith(_HOLIDAY):
            found = sorted({*holiday_names(panel.ds[seen], name)} - {""})
            holidays[name] = tuple(sorted(set().union(*group.gather(found))))
    relative: list[bool] = []
    squared = []
    for name in covariates.exogenous.columns:
        if name in covariates.exog_categories:
            relative += [False] * len(covariates.exog_categories[name])
        else:
            values = panel.exog[name][seen]
            values = values[~np.isnan(values)]
            ahead = name in covariates.exogenous.futr
            if ahead and group.any(len(np.unique(values)) >= _MANY_VALUES):
                squared.append(len(relative))
            # The mean of a column without any value is 0.
            some = covariates.center[len(relative)] > 0
            relative.append(group.all((values > 0).all()) and bool(some))
    lags = lags if covariates.exogenous.hist else ()
    by_series = predictors_of(covariates, panel, static, group)
    return Design(covariates, holidays, tuple(relative), tuple(squared), lags, by_series)
