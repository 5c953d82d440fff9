"""The effects of columns on each series: taken out, and brought to other series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.framing._exogenous import Covariates
from gatecast.framing._windows import Windows
from gatecast.framing.effects._design import Design
from gatecast.framing.effects._predictors import Predictors


@dataclass(frozen=True)
class Effects:
    """What columns do to each series, in scaled units.

    Attributes:
        design: the numbers that columns become.
        shared: [numbers] the effects of the panel, those of a new series.
        differing: [predictors but the first, numbers] what each of a series adds to them.
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
        return replace(self, usual=means_of(self._whole(panel)[:, None], panel, train)[:, 0])

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
            "static": {name: list(words) for name, words in self.design.by_series.columns.items()},
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
        by_series = Predictors(static, targets)
        design = Design(covariates, holidays, relative, squared, lags, by_series)
        shared, differing = (np.asarray(content[name], float) for name in ("shared", "differing"))
        # Without numbers or predictors a list of lists has no shape.
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
        center = means_of(self.design.unlagged(panel), panel, train)
        common = np.vstack([self.shared, self.differing])
        fresh = new_effects(self.design, common, center, panel, train).arrays()
        new = known < 0
        own = {
            name: np.where(new.reshape(-1, *[1] * (each.ndim - 1)), fresh[name], each[known])
            for name, each in self.arrays().items()
        }
        return self.with_arrays(own)


def new_effects(
    design: Design, common: Floats, center: Floats, panel: Panel, train: Integers
) -> Effects:
    """The effects [predictors, numbers] on series of which only the training rows are known."""
    slopes = design.predictors(panel) @ common * given_values(design, panel, train)
    unit, usual = design.for_lags(design.units(center)), np.zeros(len(center))
    center = design.for_lags(center)
    least = _least(panel, train)
    found = Effects(design, common[0], common[1:], slopes, center, unit, usual, least)
    return found.centered(panel, train)


def means_of(columns: Floats, panel: Panel, train: Integers) -> Floats:
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


def given_values(design: Design, panel: Panel, train: Integers) -> Floats:
    """[series, numbers] 1; 0 where a series has no value of the column at all."""
    seen = panel.position < train[panel.series_of_row]
    given = np.ones((len(panel.ids), len(design.names)))
    for name in design.covariates.exogenous.columns:
        there = (seen & ~np.isnan(panel.exog[name])).astype(int)
        missing = np.add.reduceat(there, panel.offsets[:-1]) == 0
        given[np.ix_(missing, np.flatnonzero(np.isin(design.names, [name])))] = 0
    return given
