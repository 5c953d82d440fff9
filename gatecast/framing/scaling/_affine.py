"""Scalers that shift and stretch each series: min-max, standard, robust, mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from gatecast._types import Floats, Integers, Panel
from gatecast.framing.scaling._scaler import Scaler

# Scaled values lie within this.
_FARTHEST = 1e12


@final
@dataclass(frozen=True)
class Affine(Scaler):
    """z = (y - shift) / scale, per series; a constant series gets scale 1.

    Attributes:
        shift: [series] in the units of y.
        scale: [series] in the units of y, positive.
    """

    shift: Floats
    scale: Floats

    def transform(self, values: Floats, series: Integers, years: Floats | None = None) -> Floats:
        return (values - self.shift[series][:, None]) / self.scale[series][:, None]

    def inverse(
        self, scaled: Floats, series: Integers, history: Floats, years: Floats | None = None
    ) -> Floats:
        return scaled * self.scale[series][:, None] + self.shift[series][:, None]

    def transform_rows(self, values: Floats, panel: Panel) -> Floats:
        return self.transform(values[:, None], panel.series_of_row)[:, 0]

    def arrays(self) -> dict[str, Floats]:
        return {"shift": self.shift, "scale": self.scale}


def _affine(shift: pd.Series, scale: pd.Series) -> Affine:
    spread = scale.to_numpy()
    usable = np.isfinite(spread) & (spread > 0)
    return Affine(shift.to_numpy(), np.where(usable, spread, 1.0))


def minmax(values: Floats, panel: Panel) -> Affine:
    """0 at the smallest and 1 at the largest value of each series."""
    by_series = pd.Series(values).groupby(panel.series_of_row)
    return _affine(by_series.min(), by_series.max() - by_series.min())


def standard(values: Floats, panel: Panel) -> Affine:
    """Mean 0 and (population) standard deviation 1 in each series."""
    by_series = pd.Series(values).groupby(panel.series_of_row)
    return _affine(by_series.mean(), by_series.std(ddof=0))


def robust(values: Floats, panel: Panel) -> Affine:
    """Median 0 and interquartile range 1 in each series: outliers do not set the scale.

    Except for those so far away that their squares would not fit into single precision.
    """
    by_series = pd.Series(values).groupby(panel.series_of_row)
    middle = by_series.median()
    found = _affine(middle, by_series.quantile(0.75) - by_series.quantile(0.25))
    above, below = by_series.max() - middle, middle - by_series.min()
    farthest = np.fmax(above.to_numpy(), below.to_numpy())
    return Affine(found.shift, np.fmax(found.scale, farthest / _FARTHEST))


def mean(values: Floats, panel: Panel) -> Affine:
    """Mean absolute value 1 in each series; zero stays zero, as counts and amounts need."""
    size = pd.Series(np.abs(values)).groupby(panel.series_of_row).mean()
    return _affine(size * 0, size)
