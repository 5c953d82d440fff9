"""The effects of columns on each series: fitted, taken out, and brought to other series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gatecast._group import ALONE, Group
from gatecast._types import Floats, Integers, Panel
from gatecast.framing._exogenous import Covariates
from gatecast.framing._windows import Windows
from gatecast.framing.effects._design import Design
from gatecast.framing.effects._likeness import Likeness
from gatecast.framing.effects._selection import (
    ColumnVerdict,
    column_verdicts,
    likeness_verdicts,
    untold,
)
from gatecast.framing.effects._shrinkage import Sums, of_each, shared
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
        differing: [traits besides the first, numbers] what each trait of a series adds to them.
        slopes: [series, numbers] the change with each number; 0 of columns that are not used.
        center: [series, numbers without squares] their means in the training rows.
        unit: of the same shape: what counts as one.
        usual: [series] the mean of the effects on the training rows; effects are what is above it.
        least: [series] what no forecast falls below: 0 where no training value was negative, else
            minus infinity.
    """

    design: Design
    shared: Floats
    differing: Floats
    slopes: Floats
    center: Floats
    unit: Floats
    usual: Floats
    least: Floats

    @property
    def some(self) -> bool:
        """Whether any column has an effect."""
        return bool(self.slopes.any())

    @property
    def each(self) -> dict[str, Floats]:
        """Column of numbers that is used -> [series] the change with one more, in scaled units.

        Where the effect is bent, it is that of the mean of the series; of a column that is not
        known ahead, it is that of one more in all rows, the sum over its lags.
        """
        names, covariates = np.array(self.design.names), self.design.covariates
        lag = self.design.lag
        found = {}
        for name in covariates.exogenous.columns:
            if name in covariates.exog_categories:
                continue
            own = np.flatnonzero(names == name)
            # Squares come after all others, and lags before them.
            own = own[lag[own] > 0] if lag[own].any() else own[:1]
            if self.shared[own].any():
                one = covariates.spread[covariates.names.index(name)] * self.unit[:, own[0]]
                found[name] = self.slopes[:, own].sum(axis=1) / one
        return found

    @property
    def reach(self) -> int:
        """How many rows before a row its effects depend on."""
        lag = self.design.lag
        return int(lag[self.shared != 0].max(initial=0))

    def of(self, panel: Panel) -> Floats:
        """[rows] the effects on the rows of a panel of these series."""
        if not self.some:
            return np.zeros(panel.rows)
        series = panel.series_of_row
        found: Floats = self._whole(panel) - self.usual[series]
        return found

    def ahead(self, panel: Panel, effects: Floats, windows: Windows, h: int) -> Floats:
        """[windows, h] the effects on the rows after some origins.

        Of columns that are not known ahead, rows from an origin on are not read: the last value
        before it stands for them, as it does for missing ones.

        Args:
            panel: of these series, with what is known ahead.
            effects: [rows] of the panel, from `of`.
            windows: the origins.
            h: rows after each.
        """
        rows = np.minimum(windows.origin[:, None] + np.arange(h), panel.rows - 1)
        found: Floats = effects[rows]
        design = self.design
        first = min(design.lags, default=h)
        if first >= h or not self.reach:
            return found
        late, unlagged = rows[:, first:], design.unlagged(panel)
        series, newest = windows.series[:, None], windows.origin[:, None] - 1
        for number, lag in enumerate(design.lags):
            own = slice(number * design.hist, (number + 1) * design.hist)
            # A row that sees one from the origin on sees the last one before it.
            near = np.minimum(late, newest + lag)
            values = (design.earlier(panel, unlagged, place, lag) for place in (near, late))
            told, all_told = (
                np.nan_to_num((each - self.center[series, own]) / self.unit[series, own])
                for each in values
            )
            found[:, first:] += ((told - all_told) * self.slopes[series, own]).sum(axis=-1)
        return found

    def _whole(self, panel: Panel) -> Floats:
        series, plain = panel.series_of_row, self.design.plain(panel)
        measured = self.design.measured(plain, self.center[series], self.unit[series])
        whole: Floats = (measured * self.slopes[series]).sum(axis=1)
        return whole

    def centered(self, panel: Panel, train: Integers) -> Effects:
        """The same, with the mean of the training rows as what is usual."""
        return replace(self, usual=_means(self._whole(panel)[:, None], panel, train)[:, 0])

    def arrays(self) -> dict[str, Floats]:
        """What is known of each series, by name."""
        names = ("slopes", "center", "unit", "usual", "least")
        return {name: getattr(self, name) for name in names}

    def to_json(self) -> dict[str, Any]:
        """What all series share, as plain dictionaries, lists and numbers."""
        return {
            "holidays": {name: list(days) for name, days in self.design.holidays.items()},
            "relative": list(self.design.relative),
            "squared": list(self.design.squared),
            "lags": list(self.design.lags),
            "shared": self.shared.tolist(),
            "differing": self.differing.tolist(),
            "static": {name: list(words) for name, words in self.design.likeness.columns.items()},
        }

    @classmethod
    def from_json(
        cls,
        content: Mapping[str, Any],
        covariates: Covariates,
        arrays: Mapping[str, Floats],
        targets: int = 1,
    ) -> Effects:
        """The record that `to_json` and `arrays` described, of series of so many targets."""
        holidays = {name: tuple(days) for name, days in content["holidays"].items()}
        relative, squared, lags = (tuple(content[name]) for name in ("relative", "squared", "lags"))
        static = {name: tuple(words) for name, words in content["static"].items()}
        likeness = Likeness(static, targets)
        design = Design(covariates, holidays, relative, squared, lags, likeness)
        shared, differing = (np.asarray(content[name], float) for name in ("shared", "differing"))
        # Without numbers or traits a list of lists has no shape.
        differing = differing.reshape(len(content["differing"]), len(shared))
        return cls(design, shared, differing, **arrays)

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
        if (known >= 0).all():
            return self.with_arrays({name: each[known] for name, each in self.arrays().items()})
        train = panel.lengths
        center = _means(self.design.unlagged(panel), panel, train)
        common = np.vstack([self.shared, self.differing])
        fresh = _new(self.design, common, center, panel, train).arrays()
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
        static: columns by which effects may differ.
    """

    design: Design
    panel: Panel
    train: Integers
    values: Floats
    seasons: tuple[int, ...]
    group: Group = ALONE
    static: tuple[str, ...] = ()

    def verdicts(self) -> tuple[ColumnVerdict, ...]:
        """Whether each column is used, and then each static column."""
        if not self.design.every:
            return untold(self.static)
        plain, center = self._plain()
        some, design = self._some(_DECIDING), self.design
        told = self._joined(self._told(plain, center, some))
        found = column_verdicts(told, design.names, design.every, design.lag)
        used = np.isin(design.names, [each.name for each in found if each.used])
        names, every = design.likeness.names, self.static
        traits = self.group.joined(design.traits(self.panel)[some])
        return (*found, *likeness_verdicts(told.of(np.flatnonzero(used)), traits, names, every))

    def effects(self, chosen: Sequence[str]) -> Effects:
        """The effects of some columns."""
        plain, center = self._plain()
        every, traits = np.arange(len(center)), self.design.traits(self.panel)
        common = np.zeros((traits.shape[1], len(self.design.names)))
        effects = _new(self.design, common, center, self.panel, self.train)
        places = np.flatnonzero(np.isin(self.design.names, chosen))
        if not len(places):
            return effects
        some = self._some(_TELLING)
        told = self._joined(self._told(plain, center, some).of(places))
        known = shared(_sums(told, self.group.joined(traits[some])), self.design.likeness.kin)
        common[:, places] = known.mean
        slopes = np.zeros(effects.slopes.shape)
        for first in range(0, len(every), _AT_ONCE):
            now = every[first : first + _AT_ONCE]
            own = self._told(plain, center, now).of(places)
            slopes[now[:, None], places] = of_each(_sums(own, traits[now]), known)
        slopes *= _given(self.design, self.panel, self.train)
        effects = replace(effects, shared=common[0], differing=common[1:], slopes=slopes)
        return effects.centered(self.panel, self.train)

    def _plain(self) -> tuple[Floats, Floats]:
        unlagged = self.design.unlagged(self.panel)
        plain = self.design.plain(self.panel, unlagged)
        return plain, _means(unlagged, self.panel, self.train)

    def _some(self, most: int) -> Integers:
        """Series of ids spread evenly, with all their targets, so many in all processes."""
        own, targets = len(self.panel.ids), self.design.likeness.targets
        apart = -(-self.group.total(own) // most)
        ids = np.arange(0, own // targets, apart)
        return (ids[:, None] * targets + np.arange(targets)).reshape(-1)

    def _told(self, plain: Floats, center: Floats, series: Integers) -> Statistics:
        units = self.design.for_lags(self.design.units(center))
        center = self.design.for_lags(center)
        values, own = [], []
        for number in series:
            first = self.panel.offsets[number]
            rows = slice(first, first + self.train[number])
            values.append(self.values[rows])
            own.append(self.design.measured(plain[rows], center[number], units[number]))
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


def _sums(told: Statistics, traits: Floats) -> Sums:
    return Sums(told.gram.sum(axis=1), told.right.sum(axis=1), traits)


def _new(design: Design, common: Floats, center: Floats, panel: Panel, train: Integers) -> Effects:
    """The effects [traits, numbers] on series of which only the training rows are known."""
    slopes = design.traits(panel) @ common * _given(design, panel, train)
    unit, usual = design.for_lags(design.units(center)), np.zeros(len(center))
    center = design.for_lags(center)
    least = _least(panel, train)
    found = Effects(design, common[0], common[1:], slopes, center, unit, usual, least)
    return found.centered(panel, train)


def _means(columns: Floats, panel: Panel, train: Integers) -> Floats:
    """[series, columns] means of the training rows that have a value; 0 without any."""
    seen = (panel.position < train[panel.series_of_row])[:, None] & ~np.isnan(columns)
    starts = panel.offsets[:-1]
    sums = np.add.reduceat(np.where(seen, columns, 0), starts, axis=0)
    means: Floats = sums / np.maximum(np.add.reduceat(seen.astype(int), starts, axis=0), 1)
    return means


def _least(panel: Panel, train: Integers) -> Floats:
    seen = np.where(panel.position < train[panel.series_of_row], panel.y, np.nan)
    lowest = np.fmin.reduceat(seen, panel.offsets[:-1])
    return np.where(lowest >= 0, 0.0, -np.inf)


def _given(design: Design, panel: Panel, train: Integers) -> Floats:
    """[series, numbers] 1; 0 where a series has no value of the column at all."""
    seen = panel.position < train[panel.series_of_row]
    given = np.ones((len(panel.ids), len(design.names)))
    for name in design.covariates.exogenous.columns:
        there = (seen & ~np.isnan(panel.exog[name])).astype(int)
        missing = np.add.reduceat(there, panel.offsets[:-1]) == 0
        given[np.ix_(missing, np.flatnonzero(np.isin(design.names, [name])))] = 0
    return given
