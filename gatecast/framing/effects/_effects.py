"""The effects of columns on each series: fitted, taken out, and brought to other series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gatecast._group import ALONE, Group
from gatecast._types import Floats, Integers, Panel
from gatecast.framing._exogenous import Covariates
from gatecast.framing.effects._design import Design
from gatecast.framing.effects._selection import ColumnVerdict, column_verdicts
from gatecast.framing.effects._shrinkage import of_each, shared
from gatecast.framing.effects._statistics import Statistics, statistics

# Series that decide which columns are used, and that tell what all have in common.
_DECIDING, _TELLING = 300, 2_000
# Series whose sums are in memory at once.
_AT_ONCE = 500


@dataclass(frozen=True)
class Effects:
    """What columns do to each series, in scaled units.

    Attributes:
        design: the numbers that columns become.
        shared: [numbers] the effects of the panel, those of a new series.
        slopes: [series, numbers] the change with each number; 0 of columns that are not used.
        center: [series, numbers] their means in the training rows, where effects are zero.
        least: [series] what no forecast falls below: 0 where no training value was negative, else
            minus infinity.
    """

    design: Design
    shared: Floats
    slopes: Floats
    center: Floats
    least: Floats

    @property
    def some(self) -> bool:
        """Whether any column has an effect."""
        return bool(self.slopes.any())

    @property
    def each(self) -> dict[str, Floats]:
        """Column of numbers that is used -> [series] the change with one more, in scaled units."""
        names, covariates = np.array(self.design.names), self.design.covariates
        found = {}
        for name in covariates.exogenous.columns:
            (place, *others) = np.flatnonzero(names == name)
            if not others and self.shared[place] != 0:
                found[name] = self.slopes[:, place] / covariates.spread[place]
        return found

    def of(self, panel: Panel) -> Floats:
        """[rows] the effects on the rows of a panel of these series."""
        if not self.some:
            return np.zeros(panel.rows)
        series = panel.series_of_row
        away = self.design.numbers(panel) - self.center[series]
        found: Floats = (away * self.slopes[series]).sum(axis=1)
        return found

    def arrays(self) -> dict[str, Floats]:
        """What is known of each series, by name."""
        return {"slopes": self.slopes, "center": self.center, "least": self.least}

    def to_json(self) -> dict[str, Any]:
        """What all series share, as plain dictionaries, lists and numbers."""
        return {
            "holidays": {name: list(days) for name, days in self.design.holidays.items()},
            "relative": list(self.design.relative),
            "shared": self.shared.tolist(),
        }

    @classmethod
    def from_json(
        cls, content: Mapping[str, Any], covariates: Covariates, arrays: Mapping[str, Floats]
    ) -> Effects:
        """The record that `to_json` and `arrays` described."""
        holidays = {name: tuple(days) for name, days in content["holidays"].items()}
        design = Design(covariates, holidays, tuple(content["relative"]))
        return cls(design, np.asarray(content["shared"], float), **arrays)

    def with_arrays(self, arrays: Mapping[str, Floats]) -> Effects:
        """The same for other series, as `arrays` gave them."""
        changed: Mapping[str, Any] = arrays
        return replace(self, **changed)

    def on_history(self, panel: Panel, known: Integers) -> Effects:
        """The effects on other series: those of the panel where a series is new.

        Args:
            panel: their rows.
            known: [series] their numbers, -1 for a new one.
        """
        center = _centers(self.design.numbers(panel), panel, panel.lengths)
        slopes = self.shared / self.design.units(center) * _given(self.design, panel)
        fresh = {"slopes": slopes, "center": center, "least": _least(panel, panel.lengths)}
        new = known < 0
        own = {
            name: np.where(new.reshape(-1, *[1] * (each.ndim - 1)), fresh[name], each[known])
            for name, each in self.arrays().items()
        }
        return self.with_arrays(own)


@dataclass(frozen=True)
class Regression:
    """What a regression on the training rows looks at.

    Attributes:
        design: the numbers.
        panel: the series.
        train: [series] training rows of each.
        values: [rows] scaled.
        seasons: rows in seasons, above 1.
        group: the processes that fit together.
    """

    design: Design
    panel: Panel
    train: Integers
    values: Floats
    seasons: tuple[int, ...]
    group: Group = ALONE

    def verdicts(self) -> tuple[ColumnVerdict, ...]:
        """Whether each column is used."""
        numbers, center = self._numbers()
        told = self._told(numbers, center, self._some(_DECIDING))
        return column_verdicts(self._joined(told), self.design.names, self.design.every)

    def effects(self, chosen: Sequence[str]) -> Effects:
        """The effects of some columns."""
        numbers, center = self._numbers()
        least = _least(self.panel, self.train)
        places = np.flatnonzero(np.isin(self.design.names, chosen))
        common = np.zeros(len(self.design.names))
        slopes = np.zeros(center.shape)
        if not len(places):
            return Effects(self.design, common, slopes, center, least)
        told = self._joined(self._told(numbers, center, self._some(_TELLING)).of(places))
        known = shared(told.gram.sum(axis=1), told.right.sum(axis=1))
        common[places] = known.mean
        every = np.arange(len(center))
        for first in range(0, len(every), _AT_ONCE):
            now = every[first : first + _AT_ONCE]
            own = self._told(numbers, center, now).of(places)
            slopes[now[:, None], places] = of_each(
                own.gram.sum(axis=1), own.right.sum(axis=1), known
            )
        slopes /= self.design.units(center)
        slopes *= _given(self.design, self.panel, self.train)
        return Effects(self.design, common, slopes, center, least)

    def _numbers(self) -> tuple[Floats, Floats]:
        numbers = self.design.numbers(self.panel)
        return numbers, _centers(numbers, self.panel, self.train)

    def _some(self, most: int) -> Integers:
        """Series spread evenly, so many in all processes."""
        own = len(self.panel.ids)
        apart = -(-self.group.total(own) // most)
        return np.arange(0, own, apart)

    def _told(self, numbers: Floats, center: Floats, series: Integers) -> Statistics:
        units = self.design.units(center)
        values, own = [], []
        for number in series:
            first = self.panel.offsets[number]
            rows = slice(first, first + self.train[number])
            values.append(self.values[rows])
            own.append((numbers[rows] - center[number]) / units[number])
        return statistics(values, own, self.seasons)

    def _joined(self, told: Statistics) -> Statistics:
        joined = self.group.joined
        return Statistics(
            joined(told.gram),
            joined(told.right),
            joined(told.total),
            joined(told.rows),
            joined(told.error),
        )


def _centers(numbers: Floats, panel: Panel, train: Integers) -> Floats:
    """[series, numbers] means of the training rows."""
    seen = panel.position < train[panel.series_of_row]
    sums = np.add.reduceat(np.where(seen[:, None], numbers, 0), panel.offsets[:-1], axis=0)
    means: Floats = sums / np.maximum(train, 1)[:, None]
    return means


def _least(panel: Panel, train: Integers) -> Floats:
    seen = np.where(panel.position < train[panel.series_of_row], panel.y, np.nan)
    lowest = np.fmin.reduceat(seen, panel.offsets[:-1])
    return np.where(lowest >= 0, 0.0, -np.inf)


def _given(design: Design, panel: Panel, train: Integers | None = None) -> Floats:
    """[series, numbers] 1; 0 where a series has no value of the column at all."""
    train = panel.lengths if train is None else train
    seen = panel.position < train[panel.series_of_row]
    given = np.ones((len(panel.ids), len(design.names)))
    for name in design.covariates.exogenous.columns:
        there = (seen & ~np.isnan(panel.exog[name])).astype(int)
        missing = np.add.reduceat(there, panel.offsets[:-1]) == 0
        given[np.ix_(missing, np.flatnonzero(np.isin(design.names, [name])))] = 0
    return given
