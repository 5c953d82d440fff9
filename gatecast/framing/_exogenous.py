"""Columns besides the target, and how they become numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._group import ALONE, Group
from gatecast._types import Floats, InputError, Integers, Panel
from gatecast._warn import warn
from gatecast.data import CALENDAR, calendar_features, filled
from gatecast.framing._categories import as_columns, categories_seen

_SHOWN = 5


@dataclass(frozen=True)
class Exogenous:
    """Columns that a network reads besides the target.

    Attributes:
        hist: known up to the forecast origin only.
        futr: known over the horizon as well, such as prices, plans or weather forecasts.
        calendar: names from `gatecast.data.CALENDAR`, or "holiday:XX" with a country code.

    Raises:
        InputError: if a column or a calendar feature is named twice.
    """

    hist: tuple[str, ...] = ()
    futr: tuple[str, ...] = ()
    calendar: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        twice = [name for name in self.columns if self.columns.count(name) > 1]
        if twice:
            raise InputError(f"column {twice[0]!r} is named twice in hist_exog and futr_exog")
        twice = [name for name in self.calendar if self.calendar.count(name) > 1]
        if twice:
            raise InputError(f"the calendar feature {twice[0]!r} is named twice in calendar")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the frame."""
        return (*self.hist, *self.futr)


@dataclass(frozen=True)
class Covariates:
    """Statistics of the columns besides the target, to turn them into numbers.

    Columns of a frame and static numbers are scaled to mean 0 and standard deviation 1 over all
    training rows of all series; a missing value becomes the last one before it, else the mean. A
    column of text is first made columns of 0 and 1, one for each category seen in training.

    Attributes:
        exogenous: the columns.
        center: [columns] their means, `hist` first, with one for each category of text.
        spread: [columns] their standard deviations.
        static_center: static numeric column -> its mean.
        static_spread: static numeric column -> its standard deviation.
        categories: static column of text -> the values seen in training, sorted.
        exog_categories: exogenous column of text -> the values seen in training, sorted.
    """

    exogenous: Exogenous
    center: Floats
    spread: Floats
    static_center: Mapping[str, float]
    static_spread: Mapping[str, float]
    categories: Mapping[str, tuple[str, ...]]
    exog_categories: Mapping[str, tuple[str, ...]]

    def past(self, panel: Panel) -> Floats | None:
        """[rows, columns] `hist`, `futr` and calendar columns as numbers, or None without any."""
        numbers = self.with_gaps(panel)
        return None if numbers is None else np.where(np.isnan(numbers), 0, numbers)

    def with_gaps(self, panel: Panel) -> Floats | None:
        """As `past`, with NaN in the rows of a series before the first value of a column."""
        given = [
            column
            for name in self.exogenous.columns
            for column in as_columns(
                panel, name, filled(panel, panel.exog[name]), self.exog_categories
            )
        ]
        columns = [
            (column - center) / spread
            for column, center, spread in zip(given, self.center, self.spread, strict=True)
        ]
        if self.exogenous.calendar:
            columns += calendar_features(panel.ds, self.exogenous.calendar).values()
        return np.column_stack(columns) if columns else None

    @property
    def names(self) -> tuple[str, ...]:
        """The column, or calendar feature, that each column of `past` comes from."""
        cycles = dict.fromkeys(CALENDAR, 2)
        widths = [
            *((name, len(self.exog_categories.get(name, "1"))) for name in self.exogenous.columns),
            *((name, cycles.get(name, 1)) for name in self.exogenous.calendar),
        ]
        return tuple(name for name, width in widths for _ in range(width))

    @property
    def past_only(self) -> int:
        """How many leading columns of `past` are not known over the horizon."""
        return sum(len(self.exog_categories.get(name, "1")) for name in self.exogenous.hist)

    def static(self, panel: Panel) -> Floats | None:
        """[series, columns] the static numbers, or None without any.

        Raises:
            InputError: naming a column that is missing, or now holds text.
        """
        columns = [
            (_given_numbers(panel, name) - center) / self.static_spread[name]
            for name, center in self.static_center.items()
        ]
        return np.column_stack(columns) if columns else None

    def category(self, panel: Panel) -> Integers | None:
        """[series, columns] the number of each category, from 1; 0 where it is not known.

        Warns:
            InputWarning: naming the values that training has not seen.
        """
        columns = []
        for name, known in self.categories.items():
            values = _given(panel, name)
            number = pd.Index(known).get_indexer(pd.Index(values)) + 1
            if (number == 0).any():
                unknown = pd.unique(values[number == 0])
                warn(
                    f"{name}: {', '.join(map(repr, unknown[:_SHOWN]))}"
                    f"{' and more' if len(unknown) > _SHOWN else ''} not seen in training; "
                    "forecast as an unknown category"
                )
            columns.append(number)
        return np.column_stack(columns) if columns else None

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists, numbers and strings."""
        return {
            "hist": list(self.exogenous.hist),
            "futr": list(self.exogenous.futr),
            "calendar": list(self.exogenous.calendar),
            "center": self.center.tolist(),
            "spread": self.spread.tolist(),
            "static_center": dict(self.static_center),
            "static_spread": dict(self.static_spread),
            "categories": {name: list(known) for name, known in self.categories.items()},
            "exog_categories": {name: list(known) for name, known in self.exog_categories.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Covariates:
        """The record that `to_json` described."""
        exogenous = Exogenous(*(tuple(content[name]) for name in ("hist", "futr", "calendar")))
        return cls(
            exogenous,
            np.asarray(content["center"], float),
            np.asarray(content["spread"], float),
            content["static_center"],
            content["static_spread"],
            *(
                {name: tuple(known) for name, known in content[kind].items()}
                for kind in ("categories", "exog_categories")
            ),
        )


def fit_covariates(
    exogenous: Exogenous,
    panel: Panel,
    train: Integers,
    group: Group = ALONE,
    *,
    may_be_empty: bool = False,
) -> Covariates:
    """Learn from the training rows of every series, in every process of a group.

    Args:
        exogenous: the columns.
        panel: the series.
        train: [series] training rows of each.
        group: the processes that learn together.
        may_be_empty: whether a column without a value in any training row is 0 in all rows.

    Raises:
        InputError: if a column has too many categories, or no value in any training row and may not
            be empty.
    """
    seen = panel.position < train[panel.series_of_row]
    known = categories_seen(panel, exogenous.columns, seen, group)
    center, spread = [], []
    for name in exogenous.columns:
        values = panel.exog[name][seen & ~np.isnan(panel.exog[name])]
        some = group.any(len(values))
        if not some and not may_be_empty:
            raise InputError(f"column {name!r} has no value in any training row; leave it out")
        for column in as_columns(panel, name, values, known):
            mean, deviation = _moments(column, group) if some else (0.0, 0.0)
            center.append(mean)
            spread.append(deviation or 1.0)
    numeric = {
        name: _moments(values, group)
        for name, values in panel.static.items()
        if values.dtype.kind == "f"
    }
    return Covariates(
        exogenous,
        np.array(center),
        np.array(spread),
        {name: mean for name, (mean, _) in numeric.items()},
        {name: deviation or 1.0 for name, (_, deviation) in numeric.items()},
        {
            name: tuple(sorted(set().union(*group.gather(sorted(set(values))))))
            for name, values in panel.static.items()
            if name not in numeric
        },
        known,
    )


def _moments(values: Floats, group: Group) -> tuple[float, float]:
    """Mean and standard deviation over the values of all processes (Chan et al. 1979)."""
    if group.alone:
        return float(values.mean()), float(values.std())
    own = [len(values), float(values.mean()), float(values.var())] if len(values) else [0, 0, 0]
    number, mean, variance = np.array(group.gather(own), float).T
    center = number @ mean / number.sum()
    # n variance = sum of n_i (variance_i + (mean_i - mean)^2)
    total = number @ (variance + (mean - center) ** 2)
    return float(center), float(np.sqrt(total / number.sum()))


def _given(panel: Panel, name: str) -> NDArray[Any]:
    if name not in panel.static:
        raise InputError(
            f"static column {name!r} is missing: this model was fitted with static_df, so new "
            "series need theirs"
        )
    return panel.static[name]


def _given_numbers(panel: Panel, name: str) -> Floats:
    values = _given(panel, name)
    if values.dtype.kind == "O":
        raise InputError(
            f"static column {name!r} held numbers when the model was fitted, and now text such as "
            f"{values[0]!r}: give numbers, or fit again"
        )
    return values.astype(float)
