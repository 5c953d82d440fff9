"""The inverse hyperbolic sine: a logarithm for every number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.framing.scaling._scaler import Scaler

# Where the logarithm begins: as a share of the smallest size where all values have one sign, but
# not far below the mean size; as a share of that where some are zero; and far above it where signs
# differ, since what crosses zero does not grow by shares.
_OF_SMALLEST, _AT_LEAST, _WITH_ZEROS, _WITH_BOTH_SIGNS = 0.1, 0.001, 0.1, 3.0


@final
@dataclass(frozen=True)
class Asinh(Scaler):
    """z = arcsinh(y / s): log(2 y / s) where y is much larger than s, y / s near zero.

    So growth and season are as with "log", but zeros and negative values are taken too (Burbidge,
    Magee and Robb 1988).

    Attributes:
        scale: [series] s, a tenth of the smallest training value where all are positive or all
            negative (but at least a thousandth of the mean); with zeros among them a tenth of the
            mean absolute value, with both signs three times that.
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
    return Asinh(beginning(values, panel))


def beginning(values: Floats, panel: Panel) -> Floats:
    """[series] where what is straight near zero begins to bend, in the units of the values."""
    starts = panel.offsets[:-1]
    smallest, mean = np.fmin.reduceat(np.abs(values), starts), mean_size(values, panel)
    lowest, highest = np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)
    one_sign = np.maximum(_OF_SMALLEST * smallest, _AT_LEAST * mean)
    scale = np.select(
        [(lowest < 0) & (highest > 0), smallest > 0],
        [_WITH_BOTH_SIGNS * mean, one_sign],
        _WITH_ZEROS * mean,
    )
    return np.where(scale > 0, scale, 1.0)


def mean_size(values: Floats, panel: Panel) -> Floats:
    """[series] the mean absolute value, 0 of a series without any."""
    starts = panel.offsets[:-1]
    size = np.abs(np.nan_to_num(values))
    seen = np.maximum(np.add.reduceat((~np.isnan(values)).astype(float), starts), 1)
    mean: Floats = np.add.reduceat(size, starts) / seen
    return mean
