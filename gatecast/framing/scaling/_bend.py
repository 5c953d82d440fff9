"""The size up to which a scaler is nearly linear; above it, it becomes a logarithm or a root."""

from __future__ import annotations

import numpy as np

from gatecast._types import Floats, Panel

# Where all values have one sign, the border is a share of the smallest size, but at least a share
# of the mean size. With zeros it is a share of the mean size. Where signs differ it is a multiple
# of the mean size, since values that cross zero do not grow by constant percentages.
_OF_SMALLEST, _AT_LEAST, _WITH_ZEROS, _WITH_BOTH_SIGNS = 0.1, 0.001, 0.1, 3.0


def beginning(values: Floats, panel: Panel) -> Floats:
    """[series] the size up to which a scaler is nearly linear, in the units of the values."""
    starts = panel.offsets[:-1]
    smallest, mean = np.fmin.reduceat(np.abs(values), starts), mean_size(values, panel)
    lowest, highest = np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)
    one_sign = np.maximum(_OF_SMALLEST * smallest, _AT_LEAST * mean)
    scale = np.select(
        [(lowest < 0) & (highest > 0), smallest > 0],
        [_WITH_BOTH_SIGNS * mean, one_sign],
        _WITH_ZEROS * mean,
    )
    # A share of the smallest numbers there are is rounded to zero.
    scale = np.where(scale > 0, scale, mean)
    return np.where(scale > 0, scale, 1.0)


def mean_size(values: Floats, panel: Panel) -> Floats:
    """[series] the mean absolute value, 0 of a series without any."""
    starts = panel.offsets[:-1]
    size = np.abs(np.nan_to_num(values))
    seen = np.maximum(np.add.reduceat((~np.isnan(values)).astype(float), starts), 1)
    mean: Floats = np.add.reduceat(size, starts) / seen
    return mean
