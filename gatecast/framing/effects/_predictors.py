"""What tells how the effects of columns differ between series: static columns and targets.

In a regression whose coefficients differ by group these are the group-level predictors (Gelman and
Hill 2007).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gatecast._group import ALONE, Group
from gatecast._types import Floats, Integers, Panel
from gatecast.framing._exogenous import Covariates

ALWAYS = ("", "(targets)")
"""Predictors that every series has: that it is one, and its target, if there are several."""

# Each category has an effect of its own on each column, of the most common ones; those of a single
# series say nothing of others. No number is further away than so many standard deviations.
_MOST_CATEGORIES, _FEWEST_SERIES, _FARTHEST = 20, 2, 3.0


@dataclass(frozen=True)
class Predictors:
    """The predictors of series by which their effects differ: s = (1, numbers, categories).

    Columns affect each target differently, so of several targets each has predictors of its own.

    Attributes:
        columns: static column -> the categories that count, others being none of them; empty for a
            column of numbers.
        targets: of each id, which are series one after another.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    targets: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        """[predictors] the column of each; of the first, which is 1, and of targets: `ALWAYS`."""
        columns = (name for name, words in self.columns.items() for _ in words or ("",))
        if self.targets == 1:
            return (ALWAYS[0], *columns)
        own = [ALWAYS[1], *columns]
        return (ALWAYS[0], *(name for name in own for _ in range(self.targets)))

    @property
    def groups(self) -> Integers:
        """[predictors] as `groups_of`."""
        return groups_of(self.names)

    def of(self, panel: Panel, covariates: Covariates) -> Floats:
        """[series, predictors] of the series of a panel.

        Args:
            panel: the series.
            covariates: that scale the numbers.

        Raises:
            InputError: naming a static column that the panel lacks.

        Warns:
            InputWarning: naming categories that training has not seen.
        """
        own = replace(
            covariates,
            static_center=_those_of(covariates.static_center, self.columns),
            categories=_those_of(covariates.categories, self.columns),
        )
        numbers, places = own.static(panel), own.category(panel)
        found = {}
        if numbers is not None:
            near = np.clip(numbers, -_FARTHEST, _FARTHEST)
            found = {name: [each] for name, each in zip(own.static_center, near.T, strict=True)}
        if places is not None:
            for (name, every), each in zip(own.categories.items(), places.T, strict=True):
                found[name] = [each == every.index(word) + 1 for word in self.columns[name]]
        ordered = [each for name in self.columns for each in found[name]]
        always = np.ones(len(panel.ids))
        if self.targets > 1:
            target = np.arange(len(panel.ids)) % self.targets
            each_target = [target == number for number in range(self.targets)]
            ordered = [each * place for each in (always, *ordered) for place in each_target]
        return np.column_stack([always, *ordered]).astype(float)


def groups_of(names: Sequence[str]) -> Integers:
    """[predictors] a number for the column of each: its categories have one variance."""
    return np.unique(names, return_inverse=True)[1]


def _those_of(kept: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: kept[name] for name in names if name in kept}


def predictors_of(
    covariates: Covariates, panel: Panel, names: Iterable[str], group: Group = ALONE
) -> Predictors:
    """The predictors that some static columns give the series of a panel.

    Args:
        covariates: fitted on it.
        panel: the series.
        names: static columns.
        group: the processes that fit together.
    """
    columns: dict[str, tuple[str, ...]] = {}
    for name in names:
        columns[name] = ()
        if name in covariates.categories:
            counts: Counter[str] = Counter()
            for own in group.gather(dict(Counter(panel.static[name].tolist()))):
                counts.update(own)
            usual = sorted(counts, key=lambda word: (-counts[word], word))[:_MOST_CATEGORIES]
            columns[name] = tuple(word for word in usual if counts[word] >= _FEWEST_SERIES)
    # A column without a category that two series have says nothing.
    useful = {
        name: words for name, words in columns.items() if words or name not in covariates.categories
    }
    # Targets that are read apart are series of the same id.
    return Predictors(useful, int((panel.ids == panel.ids[0]).sum()))
