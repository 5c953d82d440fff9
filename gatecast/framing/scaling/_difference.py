"""Differences from an earlier row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.framing.scaling._scaler import Scaler


@final
@dataclass(frozen=True)
class Difference(Scaler):
    """z[t] = y[t] - y[t - lag]: with lag 1 the change, with lag one season the yearly change.

    Nothing is learnt; the inverse adds up from the known history (Box and Jenkins 1970).
    """

    lag: int = 1

    def transform(self, values: Floats, series: Integers, years: Floats | None = None) -> Floats:
        return values[:, self.lag :] - values[:, : -self.lag]

    def inverse(
        self, scaled: Floats, series: Integers, history: Floats, years: Floats | None = None
    ) -> Floats:
        known = history[:, history.shape[1] - self.lag :]
        seasons = -(-scaled.shape[1] // self.lag)
        steps = np.zeros((len(scaled), seasons * self.lag))
        steps[:, : scaled.shape[1]] = scaled
        # y[t + k] = y[t + k - lag] + z[t + k], so each place in the season adds up on its own.
        climbs = steps.reshape(len(scaled), seasons, self.lag).cumsum(axis=1)
        rows: Floats = (known[:, None, :] + climbs).reshape(steps.shape)
        return rows[:, : scaled.shape[1]]

    def transform_rows(self, values: Floats, panel: Panel) -> Floats:
        changes = np.full_like(values, np.nan)
        changes[self.lag :] = values[self.lag :] - values[: -self.lag]
        changes[panel.position < self.lag] = np.nan
        return changes

    def arrays(self) -> dict[str, Floats]:
        return {}
