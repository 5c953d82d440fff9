"""Members trained together, and what they forecast in the user's units."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import Floats, InputError, Integers, Panel
from gatecast.forecasting._program import Program
from gatecast.forecasting._quantiles import PROBABILITIES
from gatecast.forecasting._rollout import Arguments, Runner, Said, lane_order
from gatecast.forecasting._settings import Settings
from gatecast.framing import (
    Rows,
    View,
    Windows,
    filled,
    last_windows,
    leads,
    of_every_target,
    rows_before,
    stretches,
    training_windows,
)
from gatecast.network import Network, Point, Sizes, State

# Random continuations per series where a distribution is fed back beyond the horizon.
_PATHS = 200
_DRAWN_AT_ONCE = 100


class Forecast(NamedTuple):
    """What members forecast, in the user's units.

    Attributes:
        point: [members, samples, h].
        quantiles: [members, samples, h, probabilities], or None where the output is a point.
    """

    point: Floats
    quantiles: Floats | None


@dataclass(frozen=True)
class Ensemble:
    """Trained members with all that was learnt from the same training rows.

    Samples are counted id by id, and within an id target by target, as series are in a panel.

    Attributes:
        settings: of the forecaster.
        view: scalers, covariates.
        sizes: of the network as it was trained.
        weights: trainable and non-trainable values, [groups, members, ...] each.
        masked: whether they were trained with empty steps.
        program: a forecast that was saved with them and needs no network, or None.
    """

    settings: Settings
    view: View
    sizes: Sizes
    weights: Any
    masked: bool = False
    program: Program | None = field(default=None, repr=False)

    @property
    def context_rows(self) -> int:
        """Rows of history that a forecast looks back on."""
        return self.view.context_rows

    @property
    def members(self) -> int:
        """Networks per group."""
        return int(self.weights[0][0].shape[1])

    @property
    def groups(self) -> int:
        """1 for a global model, else one per id."""
        return int(self.weights[0][0].shape[0])

    def runner(self, *, masked: bool) -> Runner:
        """The forward pass, with or without empty steps."""
        in_steps = self.settings.framing.shape == "steps"
        sizes = replace(self.sizes, masked=masked and in_steps)
        network = Network(self.settings.architecture, sizes, self.settings.output)
        return Runner(network, self.settings.framing, self.settings.stateful)

    def rows(
        self, panel: Panel, windows: Windows, level: Floats | None = None
    ) -> tuple[Runner, Rows]:
        """The forward pass that some windows of a panel need, and the panel's rows.

        Args:
            panel: the series.
            windows: over `leads(panel)`.
            level: [series] the smoothed level before the first row, where it is known.
        """
        lead = leads(panel)
        short = windows.origin - lead.offsets[windows.series] < self.context_rows
        gaps = self.settings.gaps != "bridge" and np.isnan(_inside(panel)).any()
        masked = bool(self.masked or gaps or short.any())
        if self.settings.framing.shape == "window" and not self.masked:
            # What was observed would be features that this network does not have.
            masked = False
            if short.any():
                raise InputError(
                    f"series {str(lead.ids[windows.series[short]][0])!r} has fewer than the "
                    f"{self.context_rows} rows that framing='window' was trained on: give more "
                    "rows, or fit with framing='steps'"
                )
        return self.runner(masked=masked), self.view.rows(panel, masked=masked, level=level)

    def one_step(self, panel: Panel) -> Floats:
        """Every row forecast one step ahead from the rows before it.

        Returns:
            [members, rows] in the user's units; NaN in the first `context_rows` of each series.
        """
        windows = self._every_window(panel)
        if self.settings.stateful:
            center = self._along(panel, windows)[0]
        else:
            runner, rows = self.rows(panel, windows)
            origins, back = self._grouped(windows)
            center = np.asarray(runner.at_windows(self.weights, rows, origins, 1).center)
            center = center.swapaxes(0, 1).reshape(self.members, -1, *center.shape[3:])[:, back]
        forecasts = np.full((self.members, panel.rows), np.nan)
        own = of_every_target(panel, windows)
        history = rows_before(filled(panel), own.origin, self.view.scaler.lag)
        for member, values in zip(forecasts, np.asarray(center[:, :, 0], float), strict=True):
            scaled = values.reshape(-1, 1)
            member[own.origin] = self.view.scaler.inverse(scaled, own.series, history)[:, 0]
        return forecasts

    def ahead(self, panel: Panel, h: int, rows: Integers | None = None) -> Floats:
        """The `h` rows that follow the first `rows` of each series, or follow all of them.

        Returns:
            [members, series, h] in the user's units.
        """
        lead = leads(panel)
        known = None if rows is None else rows[:: len(panel.targets)]
        return self.from_windows(panel, last_windows(lead, known), h).point

    def from_windows(
        self,
        panel: Panel,
        windows: Windows,
        h: int,
        state: State | None = None,
        level: Floats | None = None,
    ) -> Forecast:
        """Forecasts from any origins.

        Args:
            panel: the series, with what is known of the rows ahead.
            windows: over `leads(panel)`; one of each id in order where memory is carried or each
                series has a model of its own.
            h: rows to forecast.
            state: the memory before the windows; found by running along the panel if None.
            level: [series] the smoothed level before the first row, where it is known.
        """
        runner, rows = self.rows(panel, windows, level)
        origins, back = self._grouped(windows)
        own = self._stretches(rows, origins, runner.reach(h))
        if self.settings.stateful and state is None:
            state = self.memory(panel, windows)
        start = self._start(runner, origins.shape[1], state)
        given = Arguments(self.weights, own, start)
        said = runner.forecast(given, h, program=self.program)
        quantiles = None
        if not isinstance(self.settings.output, Point):
            scaled = self._quantiles(said, own.get("scale"))
            if h > self.settings.framing.horizon:
                scaled = self._drawn(runner, own, start, h, scaled)
            quantiles = self._in_units(scaled, panel, windows, back)
        point = self._in_units(np.asarray(said.center)[..., None], panel, windows, back)
        return Forecast(point[..., 0], quantiles)

    def traced(self, panel: Panel, h: int) -> Program | None:
        """The program of a forecast of `h` rows from the end of each series.

        It is the one it came with, if there is one.
        """
        if self.program is not None:
            return self.program
        windows = last_windows(leads(panel))
        runner, rows = self.rows(panel, windows)
        origins, _ = self._grouped(windows)
        # Only their shapes count.
        own = self._stretches(rows, origins, runner.reach(h))
        start = self._start(runner, origins.shape[1], None)
        return Program.of(runner, Arguments(self.weights, own, start), h)

    def memory(self, panel: Panel, windows: Windows) -> State:
        """The memory before the given windows, one of each id in order."""
        every = self._every_window(panel)
        lead = leads(panel)
        first = lead.offsets[:-1] + self.context_rows
        return self._along(panel, every, upto=windows.origin - first)[1]

    def moved(self, panel: Panel, windows: Windows, state: State, level: Floats | None) -> State:
        """The memory after some more windows, numbered series by series.

        Args:
            panel: rows that hold the windows.
            windows: over `leads(panel)`, in order of series and time; some may have none.
            state: the memory before them.
            level: as in `from_windows`.
        """
        runner, rows = self.rows(panel, windows, level)
        order = lane_order(np.bincount(windows.series, minlength=state[0].shape[1]))
        after: State = runner.along_lanes(self.weights, rows, windows.origin, order, state)[1]
        return after

    def level_before(self, panel: Panel, place: Integers, level: Floats | None) -> Floats | None:
        """[series] the smoothed level that rows after the given flat ones go on from.

        The first of them lack a scaled value, where a difference is taken: the level has seen
        these too. It is NaN where there is no row before.
        """
        if self.settings.framing.level != "smoothed":
            return None
        scaled = self.view.scaler.transform_rows(filled(panel), panel)
        smooth = self.view.smoothed(panel, np.where(np.isnan(panel.y), np.nan, scaled), level)
        seen = np.clip(place + self.view.scaler.lag, 0, panel.rows - 1)
        known = np.where(place >= panel.offsets[:-1], smooth[seen], np.nan)
        return known if level is None else np.where(np.isnan(known), level, known)

    def _every_window(self, panel: Panel) -> Windows:
        whole, lag = self.settings.framing.whole, self.view.scaler.lag
        return training_windows(leads(panel), whole, 1, skip=lag)

    def _grouped(self, windows: Windows) -> tuple[Integers, Any]:
        """Origins as [groups, samples], and where each window is in them, flattened."""
        if self.groups == 1:
            return windows.origin[None], np.arange(len(windows))
        counts = np.bincount(windows.series, minlength=self.groups)
        place = np.arange(len(windows)) - (np.cumsum(counts) - counts)[windows.series]
        origins = np.full((self.groups, counts.max(initial=1)), windows.origin.min(initial=1))
        origins[windows.series, place] = windows.origin
        return origins, windows.series * origins.shape[1] + place

    def _start(self, runner: Runner, samples: int, state: State | None) -> State:
        """[groups, members, samples, units] memory before the windows."""
        if state is not None:
            return [np.asarray(part)[None] for part in state]
        shape = (self.groups, self.members, samples)
        return [np.zeros((*shape, units), np.float32) for units in runner.network.state_units]

    def _stretches(self, rows: Rows, origins: Integers, ahead: int) -> Rows:
        """[groups, samples, look_back + ahead, ...] the rows around origins [groups, samples]."""
        flat = stretches(self.view, rows, origins.reshape(-1), ahead)
        return {
            name: array.reshape(*origins.shape, *array.shape[1:]) for name, array in flat.items()
        }

    def _along(
        self, panel: Panel, windows: Windows, upto: Integers | None = None
    ) -> tuple[Any, State]:
        """[members, samples, horizon, targets] with memory carried along, and the memory."""
        runner, rows = self.rows(panel, windows)
        series = len(leads(panel).ids)
        order = lane_order(np.bincount(windows.series, minlength=series), upto)
        state = [
            jnp.broadcast_to(part, (self.members, *part.shape))
            for part in runner.network.zero_state(series)
        ]
        centers, state = runner.along_lanes(self.weights, rows, windows.origin, order, state)
        # Lane by lane, so that samples come back series by series.
        by_lane = np.asarray(centers).swapaxes(1, 2)
        return by_lane[:, order.T >= 0], state

    def _quantiles(self, said: Said, scale: Any) -> Floats:
        """[groups, members, samples, h, targets, probabilities], scaled."""
        raw = np.asarray(said.raw, float)
        units = np.ones(raw.shape[:-1])
        if scale is not None:
            units = np.broadcast_to(scale[:, None, :, None], units.shape)
        found = self.settings.output.quantiles(raw, units, PROBABILITIES)
        scaled: Floats = found + np.asarray(said.level, float)[..., None]
        return scaled

    def _drawn(self, runner: Runner, own: Rows, state: State, h: int, scaled: Floats) -> Floats:
        """The quantiles with those beyond the horizon taken from random continuations."""
        seeds = np.arange(self.groups * self.members)
        keys = jax.vmap(jax.random.key)(seeds).reshape(self.groups, self.members)
        horizon, found = self.settings.framing.horizon, scaled.copy()
        for first in range(0, scaled.shape[2], _DRAWN_AT_ONCE):
            # The last samples once more rather than a program for fewer.
            last = min(first + _DRAWN_AT_ONCE, scaled.shape[2])
            now = slice(max(0, last - _DRAWN_AT_ONCE), last)
            many = {name: np.repeat(array[:, now], _PATHS, axis=1) for name, array in own.items()}
            memory = [np.repeat(np.asarray(part)[:, :, now], _PATHS, axis=2) for part in state]
            given = Arguments(self.weights, many, memory)
            center = np.asarray(runner.forecast(given, h, keys).center, float)
            paths = center.reshape(*center.shape[:2], -1, _PATHS, *center.shape[3:])
            drawn = np.moveaxis(np.quantile(paths, PROBABILITIES, axis=3), 0, -1)
            found[:, :, now, horizon:] = drawn[..., horizon:, :, :]
        return found

    def _in_units(self, scaled: Floats, panel: Panel, windows: Windows, back: Integers) -> Floats:
        """[groups, members, samples, h, targets, values] as [members, samples, h, values]."""
        groups, members, samples, h, targets, values = scaled.shape
        rows = np.moveaxis(scaled, (1, 5), (0, 1)).reshape(
            members * values, groups * samples, h, targets
        )
        by_series = rows[:, back].swapaxes(2, 3).reshape(members * values, -1, h).astype(float)
        own = of_every_target(panel, windows)
        history = rows_before(filled(panel), own.origin, self.view.scaler.lag)
        units = [self.view.scaler.inverse(each, own.series, history) for each in by_series]
        return np.moveaxis(np.stack(units).reshape(members, values, -1, h), 1, -1)


def _inside(panel: Panel) -> Floats:
    """The values up to the last observation of each series."""
    return panel.y[panel.position < _observed_rows(panel)[panel.series_of_row]]


def _observed_rows(panel: Panel) -> Integers:
    """[series] rows up to the last one where any of its id's targets was observed."""
    place = np.where(np.isnan(panel.y), 0, panel.position + 1)
    ends = np.maximum.reduceat(place, panel.offsets[:-1]).reshape(-1, len(panel.targets))
    return np.repeat(ends.max(axis=1), len(panel.targets))
