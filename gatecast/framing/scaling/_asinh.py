"""The inverse hyperbolic sine: a logarithm for every number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.framing.scaling._scaler import Scaler

# Where the logarithm begins: as a share of the smallest value where all are positive, but not far
# below the mean size; as a share of that where they are not.
_OF_SMALLEST, _AT_LEAST, _OF_MEAN = 0.1, 0.001, 0.1


@final
@dataclass(frozen=True)
class Asinh(Scaler):
    """z = arcsinh(y / s): log(2 y / s) where y is much larger than s, y / s near zero.

    So growth and season are as with "log", but zeros and negative values are taken too (Burbidge,
    Magee and Robb 1988).

    Attributes:
        scale: [series] s, a tenth of the smallest training value where all are positive (but at
            least a thousandth of the mean), else a tenth of the mean absolute value.
    """

    scale: Floats

    def transform(self, values: Floats, series: Integers) -> Floats:
        return np.arcsinh(values / self.scale[series][:, None])

    def inverse(self, scaled: Floats, series: Integers, history: Floats) -> Floats:
        return np.sinh(scaled) * self.scale[series][:, None]

    def transform_rows(self, values: Floats, panel: Panel) -> Floats:
        return np.arcsinh(values / self.scale[panel.series_of_row])

    def arrays(self) -> dict[str, Floats]:
        return {"scale": self.scale}


def asinh(values: Floats, panel: Panel) -> Asinh:
    """Learn where the logarithm of each series begins; of one that is always zero, at 1."""
    starts = panel.offsets[:-1]
    smallest = np.fmin.reduceat(values, starts)
    size = np.abs(np.nan_to_num(values))
    seen = np.maximum(np.add.reduceat((~np.isnan(values)).astype(float), starts), 1)
    mean = np.add.reduceat(size, starts) / seen
    above_zero = np.maximum(_OF_SMALLEST * smallest, _AT_LEAST * mean)
    scale = np.where(smallest > 0, above_zero, _OF_MEAN * mean)
    return Asinh(np.where(scale > 0, scale, 1.0))
