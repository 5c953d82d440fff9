"""Forecasters of different settings, combined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.forecasting._ensemble import Ensemble, Forecast
from gatecast.forecasting._fitting import fit_ensemble
from gatecast.forecasting._samples import Fit
from gatecast.forecasting._settings import Combine, Settings
from gatecast.framing import Windows, last_windows, leads
from gatecast.network import Point, State
from gatecast.training import Trained


@dataclass(frozen=True)
class Start:
    """What a part carries beyond the rows it looks back on.

    Attributes:
        memory: before its last window, [members, ids, units] each; empty where none is carried.
        level: [series] the smoothed level before the first row, or None.
    """

    memory: State
    level: Floats | None


@dataclass(frozen=True)
class Combination:
    """The mean over ensembles of the median (or mean) over each one's members.

    Equal weights are hard to beat (Bates and Granger 1969; Claeskens et al. 2016). Distributions
    are combined quantile by quantile (Vincent 1912), so that intervals never cross.

    Attributes:
        parts: at least one.
    """

    parts: tuple[Ensemble, ...]

    @property
    def kept_rows(self) -> int:
        """Rows of history that have to be kept to forecast from."""
        return max(part.view.kept_rows for part in self.parts)

    @property
    def one_origin(self) -> bool:
        """Whether a call can forecast from one origin of each series only."""
        return any(part.settings.stateful or part.groups > 1 for part in self.parts)

    def draws(self, h: int) -> bool:
        """Whether distributions are fed back to forecast so many rows."""
        horizon = min(part.settings.framing.horizon for part in self.parts)
        return self.distributional and h > horizon

    @property
    def relative(self) -> bool:
        """Whether every part works on logarithms."""
        return all("log" in part.settings.scaler for part in self.parts)

    @property
    def distributional(self) -> bool:
        """Whether every part forecasts a distribution."""
        return not any(isinstance(part.settings.output, Point) for part in self.parts)

    def one_step(self, panel: Panel) -> Floats:
        """[rows] every row forecast one step ahead; NaN where a part has no forecast."""
        return self.combined([part.one_step(panel) for part in self.parts])

    def ahead(self, panel: Panel, h: int, rows: Integers | None = None) -> Floats:
        """[series, h] what follows the first `rows` of each series, or all of them."""
        return self.combined([part.ahead(panel, h, rows) for part in self.parts])

    def forecast(
        self, panel: Panel, windows: Windows, h: int, start: Sequence[Start] | None = None
    ) -> Forecast:
        """Forecasts from any origins.

        Args:
            panel: the series, with what is known of the rows ahead.
            windows: over `leads(panel)`; one of each id in order where `one_origin`.
            h: rows to forecast.
            start: of each part, where the panel holds the last rows of each series only.

        Returns:
            point [samples, h] and quantiles [samples, h, probabilities].
        """
        start = start or [Start([], None)] * len(self.parts)
        found = [
            part.from_windows(panel, windows, h, own.memory or None, own.level)
            for part, own in zip(self.parts, start, strict=True)
        ]
        point = self.combined([each.point for each in found])
        if not self.distributional:
            return Forecast(point, None)
        quantiles = [each.quantiles for each in found if each.quantiles is not None]
        # A member's quantiles rise; so does a mean or median of them, but for rounding.
        return Forecast(point, np.maximum.accumulate(self.combined(quantiles), axis=-1))

    def start(self, panel: Panel, tail: Panel) -> list[Start]:
        """What each part carries into the last rows of a panel.

        Args:
            panel: the series.
            tail: their last rows, from `gatecast.data.tail`.
        """
        before = panel.offsets[1:] - tail.lengths - 1
        windows = last_windows(leads(panel))
        return [
            Start(
                part.memory(panel, windows) if part.settings.stateful else [],
                part.level_before(panel, before, None),
            )
            for part in self.parts
        ]

    def combined(self, forecasts: list[Floats]) -> Floats:
        """Of each part [members, ...] as one forecast [...]."""
        combined = [
            _middle(part.settings.combine, members)
            for part, members in zip(self.parts, forecasts, strict=True)
        ]
        if len(combined) == 1:
            return combined[0]
        mean: Floats = np.mean(combined, axis=0)
        return mean


def _middle(combine: Combine, members: Floats) -> Floats:
    """The median or mean of members; NumPy takes its time to find that of a single one."""
    if len(members) == 1:
        middle: Floats = members[0]
    elif combine == "median":
        middle = np.median(members, axis=0)
    else:
        middle = np.mean(members, axis=0)
    return middle


def fit_combination(
    settings: Sequence[Settings], panel: Panel, train: Integers, how: Sequence[Fit]
) -> tuple[Combination, list[Trained]]:
    """Train one ensemble per settings record, each in its way; as `fit_ensemble`."""
    fitted = [
        fit_ensemble(each, panel, train, own) for each, own in zip(settings, how, strict=True)
    ]
    return Combination(tuple(part for part, _ in fitted)), [run for _, run in fitted]
