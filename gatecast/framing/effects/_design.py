"""The numbers that series are regressed on: known columns, calendar features, single holidays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gatecast._group import ALONE, Group
from gatecast._types import Floats, Integers, Panel
from gatecast.data import holiday_names
from gatecast.framing._exogenous import Covariates

_HOLIDAY = "holiday:"


@dataclass(frozen=True)
class Design:
    """Which numbers the series are regressed on.

    Besides the column of all holidays of a country, each holiday has one of its own: Christmas
    differs from the first of May.

    Attributes:
        covariates: that turn columns into numbers.
        holidays: calendar feature -> the holidays among the training rows, sorted.
        relative: [columns of `Covariates.past`] whether all training values are positive, such as
            prices: these count in shares of the mean of each series.
    """

    covariates: Covariates
    holidays: Mapping[str, tuple[str, ...]]
    relative: tuple[bool, ...]

    @property
    def every(self) -> tuple[str, ...]:
        """The user's columns and calendar features."""
        return tuple(dict.fromkeys(self.covariates.names))

    @property
    def names(self) -> tuple[str, ...]:
        """Which of them each number comes from."""
        single = [name for name, days in self.holidays.items() for _ in days]
        return (*self.covariates.names, *single)

    def numbers(self, panel: Panel) -> Floats:
        """[rows, numbers] of a panel."""
        past = self.covariates.past(panel)
        days = []
        for name, known in self.holidays.items():
            names = holiday_names(panel.ds, name)
            days += [(names == day).astype(float) for day in known]
        columns = [] if past is None else [*past.T]
        return np.column_stack([*columns, *days]) if columns else np.zeros((panel.rows, 0))

    def units(self, center: Floats) -> Floats:
        """[series, numbers] how much of each number counts as one, from the means of each series.

        Args:
            center: [series, numbers] means of the training rows.
        """
        units = np.ones(center.shape)
        own, of_all = self.covariates.center, self.covariates.spread
        for place, relative in enumerate(self.relative):
            if relative:
                # Numbers are (x - mean of all) / deviation; this is mean of the series / of all.
                units[:, place] = 1 + center[:, place] * of_all[place] / own[place]
        return np.where(units > 0, units, 1.0)


def design_of(
    covariates: Covariates, panel: Panel, train: Integers, group: Group = ALONE
) -> Design:
    """The numbers for the columns of some covariates.

    Args:
        covariates: fitted on the training rows.
        panel: the series.
        train: [series] training rows of each.
        group: the processes that fit together.
    """
    seen = panel.position < train[panel.series_of_row]
    holidays = {}
    for name in covariates.exogenous.calendar:
        if name.startswith(_HOLIDAY):
            found = sorted({*holiday_names(panel.ds[seen], name)} - {""})
            holidays[name] = tuple(sorted(set().union(*group.gather(found))))
    relative: list[bool] = []
    for name in covariates.exogenous.columns:
        if name in covariates.exog_categories:
            relative += [False] * len(covariates.exog_categories[name])
        else:
            values = panel.exog[name][seen]
            relative.append(group.all((values[~np.isnan(values)] > 0).all()))
    return Design(covariates, holidays, tuple(relative))
