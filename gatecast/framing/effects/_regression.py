"""Series regressed on their columns: which of these are used, and their effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gatecast._group import ALONE, Group
from gatecast._types import Floats, Integers, Panel
from gatecast.framing.effects._design import Design
from gatecast.framing.effects._effects import Effects, given_values, means_of, new_effects
from gatecast.framing.effects._selection import column_verdicts, static_verdicts, untold
from gatecast.framing.effects._shrinkage import of_each, shared
from gatecast.framing.effects._statistics import Statistics, statistics
from gatecast.framing.effects._verdict import ColumnVerdict

# Series that decide which columns are used, and that tell what all have in common.
_DECIDING, _TELLING = 300, 2_000
# Series whose sums are in memory at once.
_AT_ONCE = 500


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
        names, every = design.by_series.names, self.static
        predictors = self.group.joined(design.predictors(self.panel)[some])
        return (*found, *static_verdicts(told.of(np.flatnonzero(used)), predictors, names, every))

    def effects(self, chosen: Sequence[str]) -> Effects:
        """The effects of some columns."""
        plain, center = self._plain()
        every, predictors = np.arange(len(center)), self.design.predictors(self.panel)
        common = np.zeros((predictors.shape[1], len(self.design.names)))
        effects = new_effects(self.design, common, center, self.panel, self.train)
        places = np.flatnonzero(np.isin(self.design.names, chosen))
        if not len(places):
            return effects
        some = self._some(_TELLING)
        told = self._joined(self._told(plain, center, some).of(places))
        known = shared(told.sums(self.group.joined(predictors[some])), self.design.by_series.groups)
        common[:, places] = known.mean
        slopes = np.zeros(effects.slopes.shape)
        for first in range(0, len(every), _AT_ONCE):
            now = every[first : first + _AT_ONCE]
            own = self._told(plain, center, now).of(places)
            slopes[now[:, None], places] = of_each(own.sums(predictors[now]), known)
        slopes *= given_values(self.design, self.panel, self.train)
        effects = replace(effects, shared=common[0], differing=common[1:], slopes=slopes)
        return effects.centered(self.panel, self.train)

    def _plain(self) -> tuple[Floats, Floats]:
        unlagged = self.design.unlagged(self.panel)
        plain = self.design.plain(self.panel, unlagged)
        return plain, means_of(unlagged, self.panel, self.train)

    def _some(self, most: int) -> Integers:
        """Series of ids spread evenly, with all their targets, so many in all processes."""
        own, targets = len(self.panel.ids), self.design.by_series.targets
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
