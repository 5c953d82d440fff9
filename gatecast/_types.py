"""The names every room shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]
"""An array of floating-point numbers; the shape stands in the docstring that uses it."""

Integers: TypeAlias = NDArray[np.integer[Any]]

Freq: TypeAlias = str | int
"""A pandas offset alias ("MS", "h", "D"), for integer `ds` the step, or `IRREGULAR`."""

IRREGULAR: Final = "irregular"
"""The `freq` of series whose rows are observations at any times, on no calendar."""


class InputError(ValueError):
    """The user's input cannot be used: the message names the place, the value and the remedy."""


class InputWarning(UserWarning):
    """The user's input was used, but something about it should be known."""


MOST_ROWS: Final = 100_000
"""Rows that a network reads or forecasts, at most: more would fill the memory."""


def check_whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Raise an `InputError` that names the setting unless it is a whole number in a range."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise InputError(f"{name} must be a whole number, got {value!r}")
    if value < least:
        raise InputError(f"{name} must be at least {least}, got {value}")
    if most is not None and value > most:
        raise InputError(f"{name} must be at most {most:,}, got {value:,}")


@dataclass(frozen=True)
class Panel:
    """Many series end to end, each on a regular calendar unless `freq` is `IRREGULAR`.

    Series `i` is rows `offsets[i]:offsets[i + 1]`. Between its first and last observation a
    series has one row per calendar step; a step without an observation (a gap) has `y` NaN.

    Where several columns are forecast together, each `unique_id` has one series per target, side
    by side in the order of `targets`, of the same rows: series `i` is target `i % len(targets)`.

    Attributes:
        ids: [series] the `unique_id` of each series, in sorted order.
        ds: [rows] timestamps (`datetime64[ns]`, without time zone) or integers.
        y: [rows] float64 target values in the user's units, NaN where nothing was observed.
        offsets: [series + 1] int64 row boundaries.
        freq: the calendar step.
        exog: column -> [rows] values of an exogenous column, NaN where not known.
        static: column -> [series] what does not change in time: numbers, or text for categories.
        targets: names of the columns that are forecast.
        season: rows in a season; None for the usual one of the calendar step.
        categories: exogenous column of text -> its categories, sorted; `exog` has the place of each
            value among them.
    """

    ids: NDArray[Any]
    ds: NDArray[Any]
    y: Floats
    offsets: Integers
    freq: Freq
    exog: Mapping[str, Floats] = field(default_factory=dict)
    static: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    targets: tuple[str, ...] = ("y",)
    season: int | None = None
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Number of calendar rows, gaps included."""
        return len(self.y)

    @cached_property
    def lengths(self) -> Integers:
        """[series] calendar rows of each series."""
        return self.offsets[1:] - self.offsets[:-1]

    @cached_property
    def series_of_row(self) -> Integers:
        """[rows] the number of the series each row belongs to."""
        return np.repeat(np.arange(len(self.ids)), self.lengths)

    @property
    def position(self) -> Integers:
        """[rows] the place of each row within its series, from 0."""
        return np.arange(self.rows) - np.repeat(self.offsets[:-1], self.lengths)
