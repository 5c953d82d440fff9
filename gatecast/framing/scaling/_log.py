"""The logarithm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from gatecast._types import Floats, InputError, Integers, Panel
from gatecast.framing.scaling._scaler import Scaler


@final
@dataclass(frozen=True)
class Log(Scaler):
    """z = log(y): a constant growth becomes a straight line, a multiplicative season additive.

    Values that arrive after fitting are held at or above `floor`, far below anything seen in
    training, so that a zero in production gives a finite forecast.

    Attributes:
        floor: [series] a hundredth of the smallest training value.
    """

    floor: Floats

    def transform(self, values: Floats, series: Integers, years: Floats | None = None) -> Floats:
        return np.log(np.maximum(values, self.floor[series][:, None]))

    def inverse(
        self, scaled: Floats, series: Integers, history: Floats, years: Floats | None = None
    ) -> Floats:
        return np.exp(scaled)

    def transform_rows(self, values: Floats, panel: Panel) -> Floats:
        return self.transform(values[:, None], panel.series_of_row)[:, 0]

    def arrays(self) -> dict[str, Floats]:
        return {"floor": self.floor}


def log(values: Floats, panel: Panel) -> Log:
    """Check that every training value is positive and learn the floors.

    Raises:
        InputError: naming the first series, row and value that is zero or negative.
    """
    refused = np.flatnonzero(values <= 0)
    if len(refused):
        row = refused[0]
        name = str(panel.ids[panel.series_of_row[row]])
        when = str(panel.ds[row]).removesuffix("T00:00:00.000000000")
        raise InputError(
            f"series {name!r} has y = {values[row]:g} at {when}: "
            f"the log scaler needs positive values; use scaler='standard'"
        )
    smallest = np.fmin.reduceat(values, panel.offsets[:-1])
    return Log(smallest / 100)
