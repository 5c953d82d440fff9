"""Members trained together, and what they forecast in the user's units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.forecasting._rollout import Runner, lane_order
from gatecast.forecasting._settings import Settings
from gatecast.framing import (
    Chain,
    Windows,
    filled,
    inputs_at,
    last_windows,
    training_windows,
)
from gatecast.network import State, build_network


@dataclass(frozen=True)
class Ensemble:
    """Trained members with the scaler they were trained under.

    Attributes:
        settings: of the forecaster.
        scaler: fitted on the training rows.
        weights: trainable and non-trainable values, [members, ...] each.
    """

    settings: Settings
    scaler: Chain
    weights: Any

    @property
    def runner(self) -> Runner:
        """The forward pass."""
        return runner_of(self.settings)

    @property
    def context_rows(self) -> int:
        """Rows of history that a forecast needs."""
        return self.settings.framing.look_back + self.scaler.lag

    def one_step(self, panel: Panel) -> Floats:
        """Every row forecast one step ahead from the rows before it.

        Returns:
            [members, rows] in the user's units; NaN in the first `context_rows` of each series.
        """
        values = self.scaler.transform_rows(filled(panel), panel)
        windows = training_windows(panel, self.settings.framing.look_back, 1, skip=self.scaler.lag)
        if self.settings.stateful:
            scaled = self._along(panel, values, windows)[0]
        else:
            scaled = self.runner.at_windows(self.weights, jnp.float32(values), windows.origin)
        forecasts = np.full((len(scaled), panel.rows), np.nan)
        history = self._history(panel, windows, self.scaler.lag)
        for member, row in zip(forecasts, np.asarray(scaled, np.float64)[:, :, :1], strict=True):
            member[windows.origin] = self.scaler.inverse(row, windows.series, history)[:, 0]
        return forecasts

    def ahead(self, panel: Panel, h: int, rows: Integers | None = None) -> Floats:
        """The `h` rows that follow the first `rows` of each series, or follow all of them.

        Returns:
            [members, series, h] in the user's units.
        """
        windows = last_windows(panel, rows)
        return self.from_windows(panel, windows, h)

    def from_windows(self, panel: Panel, windows: Windows, h: int) -> Floats:
        """[members, samples, h] forecasts from any origins, in the user's units."""
        history = self._history(panel, windows, self.context_rows)
        state = self.memory(panel, windows) if self.settings.stateful else None
        return self.from_history(history, windows.series, h, state)

    def from_history(
        self, history: Floats, series: Integers, h: int, state: State | None = None
    ) -> Floats:
        """Forecasts from the last rows of some series, and the memory before the last window.

        Args:
            history: [samples, context_rows] in the user's units, without gaps.
            series: [samples] numbers of the series.
            h: rows to forecast.
            state: [members, samples, units] each; None stands for an empty memory.

        Returns:
            [members, samples, h].
        """
        if state is None:
            zero = self.runner.network.zero_state(len(history))
            members = len(self.weights[0][0])
            state = [jnp.repeat(part[None], members, axis=0) for part in zero]
        inputs = self.scaler.transform(history, series)
        scaled = self.runner.beyond(self.weights, jnp.float32(inputs), state, h)
        by_member = np.asarray(scaled, np.float64)
        return np.stack([self.scaler.inverse(rows, series, history) for rows in by_member])

    def remember(self, history: Floats, state: State, place: Integers) -> State:
        """The memory after one more window of some series.

        Args:
            history: [series, context_rows] rows up to the end of the window.
            state: memory before it, [members, series, units] each.
            place: numbers of the series that have seen it; the others' memory stays.
        """
        inputs = jnp.float32(self.scaler.transform(history, np.arange(len(history))))
        after = self.runner.remember(self.weights, inputs, state)
        return [old.at[:, place].set(new[:, place]) for old, new in zip(state, after, strict=True)]

    def memory(self, panel: Panel, windows: Windows) -> State:
        """The memory before the given windows, one of each series in order."""
        values = self.scaler.transform_rows(filled(panel), panel)
        every = training_windows(panel, self.settings.framing.look_back, 1, skip=self.scaler.lag)
        first = panel.offsets[:-1] + self.context_rows
        return self._along(panel, values, every, upto=windows.origin - first)[1]

    def _along(
        self, panel: Panel, values: Floats, windows: Windows, upto: Integers | None = None
    ) -> tuple[Any, State]:
        """[members, samples, horizon] with memory carried along each series, and the memory."""
        order = lane_order(np.bincount(windows.series, minlength=len(panel.ids)), upto)
        values, origin = jnp.float32(values), jnp.asarray(windows.origin)
        outputs, state = self.runner.along_lanes(self.weights, values, origin, order)
        # Lane by lane, so that samples come back series by series.
        by_lane = np.asarray(outputs).swapaxes(1, 2)
        return by_lane[:, order.T >= 0], state

    def _history(self, panel: Panel, windows: Windows, rows: int) -> Any:
        return inputs_at(filled(panel), windows.origin, rows)


def runner_of(settings: Settings) -> Runner:
    """The network of some settings with its framing."""
    framing = settings.framing
    network = build_network(
        settings.architecture,
        steps=framing.steps,
        features=framing.features,
        outputs=framing.horizon,
    )
    return Runner(network, framing, settings.stateful)
