"""Forecasters of different settings, combined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.forecasting._ensemble import Ensemble
from gatecast.forecasting._fitting import fit_ensemble
from gatecast.forecasting._settings import Settings
from gatecast.framing import Windows, filled, inputs_at
from gatecast.network import State
from gatecast.training import Trained


@dataclass(frozen=True)
class Combination:
    """The mean over ensembles of the median over each one's members.

    Equal weights are hard to beat (Bates and Granger 1969; Claeskens et al. 2016).

    Attributes:
        parts: at least one.
    """

    parts: tuple[Ensemble, ...]

    @property
    def context_rows(self) -> int:
        """Rows of history that a forecast needs."""
        return max(part.context_rows for part in self.parts)

    @property
    def stateful(self) -> bool:
        """Whether some part carries memory from row to row."""
        return any(part.settings.stateful for part in self.parts)

    @property
    def relative(self) -> bool:
        """Whether every part works on logarithms."""
        return all("log" in part.settings.scaler for part in self.parts)

    def one_step(self, panel: Panel) -> Floats:
        """[rows] every row forecast one step ahead; NaN where a part has no forecast."""
        return self._combined([part.one_step(panel) for part in self.parts])

    def ahead(self, panel: Panel, h: int, rows: Integers | None = None) -> Floats:
        """[series, h] what follows the first `rows` of each series, or all of them."""
        return self._combined([part.ahead(panel, h, rows) for part in self.parts])

    def from_windows(self, panel: Panel, windows: Windows, h: int) -> Floats:
        """[samples, h] forecasts from any origins; one per series where memory is carried."""
        return self._combined([part.from_windows(panel, windows, h) for part in self.parts])

    def from_history(
        self, history: Floats, series: Integers, h: int, memory: Sequence[State]
    ) -> Floats:
        """Forecasts from the last rows of some series.

        Args:
            history: [samples, context_rows] in the user's units, without gaps.
            series: [samples] numbers of the series.
            h: rows to forecast.
            memory: of each part, as `memory` returned it.

        Returns:
            [samples, h].
        """
        return self._combined(
            [
                part.from_history(history[:, -part.context_rows :], series, h, state or None)
                for part, state in zip(self.parts, memory, strict=True)
            ]
        )

    def memory(self, panel: Panel, windows: Windows) -> list[State]:
        """The memory of each part before the given windows, one of each series in order."""
        return [
            part.memory(panel, windows) if part.settings.stateful else [] for part in self.parts
        ]

    def history(self, panel: Panel, windows: Windows) -> Floats:
        """[samples, context_rows] the rows before each origin, gaps bridged."""
        rows: Floats = inputs_at(filled(panel), windows.origin, self.context_rows)
        return rows

    @staticmethod
    def _combined(forecasts: list[Floats]) -> Floats:
        mean: Floats = np.mean([np.median(members, axis=0) for members in forecasts], axis=0)
        return mean


def fit_combination(
    settings: Sequence[Settings],
    panel: Panel,
    train: Integers,
    *,
    season_length: int,
    room: Integers | None = None,
    verbose: bool | None = None,
) -> tuple[Combination, list[Trained]]:
    """Train one ensemble per settings record; arguments as in `fit_ensemble`."""
    fitted = [
        fit_ensemble(each, panel, train, season_length=season_length, room=room, verbose=verbose)
        for each in settings
    ]
    return Combination(tuple(part for part, _ in fitted)), [run for _, run in fitted]
