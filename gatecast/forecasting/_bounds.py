"""Bounds of what can happen: no sales below zero, no share above one."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from gatecast._types import Floats, InputError, Panel
from gatecast.data import show_series, show_time


@dataclass(frozen=True)
class Bounds:
    """The smallest and the largest value there can be; None where there is no such bound.

    Raises:
        InputError: if a bound is no finite number, or the smallest is not below the largest.
    """

    minimum: float | None = None
    maximum: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("minimum", self.minimum), ("maximum", self.maximum)):
            is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
            if value is not None and not (is_number and isfinite(value)):
                raise InputError(f"{name} must be a finite number, got {value!r}")
        if None not in (self.minimum, self.maximum) and not self._lowest < self._highest:
            raise InputError(
                f"minimum={self.minimum} must be below maximum={self.maximum}; change one of them"
            )

    @property
    def _lowest(self) -> float:
        return -np.inf if self.minimum is None else self.minimum

    @property
    def _highest(self) -> float:
        return np.inf if self.maximum is None else self.maximum

    def clip(self, values: Floats) -> Floats:
        """The values, those beyond a bound moved onto it."""
        if self == Bounds():
            return values
        clipped: Floats = np.clip(values, self._lowest, self._highest)
        return clipped

    def check(self, panel: Panel) -> None:
        """Raise an `InputError` that names the first observed value beyond a bound."""
        beyond = np.flatnonzero((panel.y < self._lowest) | (panel.y > self._highest))
        if len(beyond):
            row = beyond[0]
            side = "minimum" if panel.y[row] < self._lowest else "maximum"
            raise InputError(
                f"series {show_series(panel, panel.series_of_row[row])} has "
                f"{panel.y[row]:g} at {show_time(panel.ds[row])}, beyond "
                f"{side}={getattr(self, side):g}; correct the value or the bound"
            )
