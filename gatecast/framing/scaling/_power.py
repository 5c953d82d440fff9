"""The cube root: between a logarithm and the values themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.framing.scaling._bend import beginning, mean_size
from gatecast.framing.scaling._scaler import Scaler

_POWER = 1 / 3


@final
@dataclass(frozen=True)
class Power(Scaler):
    """z = sign(y) ((1 + |y| / s)^(1/3) - 1) / (1/3) / unit, for every number.

    Box and Cox (1964) with a power of 1/3, in the form of John and Draper (1980) for zeros and
    negative values. A straight line in z, brought back to y, grows faster than a straight line and
    slower than an exponential.

    Attributes:
        scale: [series] s, below which z is nearly linear, chosen as for "asinh".
        unit: [series] makes dz = dy / y where y is the mean absolute value.
    """

    scale: Floats
    unit: Floats

    def transform(self, values: Floats, series: Integers, years: Floats | None = None) -> Floats:
        return self._bent(values, series[:, None])

    def inverse(
        self, scaled: Floats, series: Integers, history: Floats, years: Floats | None = None
    ) -> Floats:
        scale, unit = self.scale[series][:, None], self.unit[series][:, None]
        size = np.abs(scaled) * unit * _POWER + 1
        back: Floats = np.sign(scaled) * (size ** (1 / _POWER) - 1) * scale
        return back

    def transform_rows(self, values: Floats, panel: Panel) -> Floats:
        return self._bent(values, panel.series_of_row)

    def arrays(self) -> dict[str, Floats]:
        return {"scale": self.scale, "unit": self.unit}

    def _bent(self, values: Floats, series: Integers) -> Floats:
        size = (1 + np.abs(values) / self.scale[series]) ** _POWER - 1
        bent: Floats = np.sign(values) * size / _POWER / self.unit[series]
        return bent


def power(values: Floats, panel: Panel) -> Power:
    """Fit the scale and the unit of each series."""
    scale = beginning(values, panel)
    mean = mean_size(values, panel) / scale
    # d/dy of sign(y) ((1 + |y| / s)^p - 1) / p is (1 + |y| / s)^(p - 1) / s.
    return Power(scale, np.where(mean > 0, mean, 1.0) * (1 + mean) ** (_POWER - 1))
