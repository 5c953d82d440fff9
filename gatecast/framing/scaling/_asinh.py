"""The inverse hyperbolic sine: a logarithm for every number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.framing.scaling._bend import beginning
from gatecast.framing.scaling._scaler import Scaler


@final
@dataclass(frozen=True)
class Asinh(Scaler):
    """z = arcsinh(y / s): log(2 y / s) where y is much larger than s, y / s near zero.

    So growth and season look as with "log", but zeros and negative values are allowed (Burbidge,
    Magee and Robb 1988).

    Attributes:
        scale: [series] s, a tenth of the smallest training value where all are positive or all
            negative (but at least a thousandth of the mean); with zeros among them a tenth of the
            mean absolute value, with both signs three times that.
    """

    scale: Floats

    def transform(self, values: Floats, series: Integers, years: Floats | None = None) -> Floats:
        return np.arcsinh(values / self.scale[series][:, None])

    def inverse(
        self, scaled: Floats, series: Integers, history: Floats, years: Floats | None = None
    ) -> Floats:
        return np.sinh(scaled) * self.scale[series][:, None]

    def transform_rows(self, values: Floats, panel: Panel) -> Floats:
        return np.arcsinh(values / self.scale[panel.series_of_row])

    def arrays(self) -> dict[str, Floats]:
        return {"scale": self.scale}


def asinh(values: Floats, panel: Panel) -> Asinh:
    """Fit the scale of each series; it is 1 for a series of zeros."""
    return Asinh(beginning(values, panel))
