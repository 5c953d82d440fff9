"""What the networks of one part forecast, as operations of a Keras model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gatecast._backend import keras
from gatecast._types import Panel
from gatecast.data import calendar_features
from gatecast.forecasting.exporting._networks import StockNetworks
from gatecast.forecasting.exporting._outputs import center_of, exports_quantiles, quantiles_of
from gatecast.forecasting.exporting._scaling import ChainOperations
from gatecast.forecasting.exporting._series import SeriesTables
from gatecast.forecasting.exporting._windows import (
    RawRows,
    ScaledRows,
    Window,
    filled,
    smoothed_level,
    window_of,
)
from gatecast.forecasting.members import Members
from gatecast.framing import Traits, first_target

Tensors = Mapping[str, Any]
"""Keras tensors by the name of an input or output."""


@dataclass(frozen=True)
class Forecasts:
    """What a part forecasts, in the user's units.

    Attributes:
        point: [samples, h, targets].
        quantiles: [samples, h, targets, probabilities] at `PROBABILITIES`, or None.
        state: name of an input -> its value after the window.
    """

    point: Any
    quantiles: Any
    state: Tensors


class PartOperations:
    """The forecast of one part.

    Args:
        members: the part.
        place: among the parts.
        tables: of what differs from series to series.
        panel: the last rows of the series that the model knows.
        h: rows to forecast.
    """

    def __init__(
        self, members: Members, place: int, tables: SeriesTables, panel: Panel, h: int
    ) -> None:
        self._settings = members.settings
        self._view = members.view
        self._place = place
        self._h = h
        self._reach = members.runner(masked=False).reach(h)
        self._networks = StockNetworks(members, f"part_{place}")
        self._scaler = ChainOperations(members.view.scaler, tables)
        ids, covariates = first_target(panel), members.view.covariates
        self._static = {
            name: tables.of_ids(values)
            for name, values in (
                ("static", covariates.static(ids)),
                ("category", covariates.category(ids)),
            )
            if values is not None
        }
        self._traits = None
        if members.view.traits is not None:
            self._traits = Traits.of(tables.of_ids(members.view.traits))
        self._calendar = tuple(calendar_features(ids.ds[:1], self._settings.exogenous.calendar))
        self._targets = tables.targets

    @property
    def states(self) -> dict[str, tuple[int, ...]]:
        """Name of each state that goes in and comes out -> the shape of a sample's."""
        carried = self._networks.state_units if self._settings.stateful else []
        found: dict[str, tuple[int, ...]] = {
            f"memory_{self._place}_{layer}": (self._networks.number, units)
            for layer, units in enumerate(carried)
        }
        if self._settings.framing.level == "smoothed":
            found[f"level_{self._place}"] = (self._targets,)
        return found

    def __call__(self, raw: RawRows, given: Tensors) -> Forecasts:
        """Forecast the rows after some rows.

        Args:
            raw: at least as many as the part looks back on.
            given: the inputs of the model.
        """
        ops, output = keras.ops, self._settings.output
        raw = raw.last(self._view.context_rows)
        rows, after = self._scaled(raw, given)
        window = window_of(self._settings.framing, rows, self._traits)
        found = [
            self._ahead(member, rows, window, given) for member in range(self._networks.number)
        ]
        centers = ops.stack([one.center for one in found], axis=-1)
        point = self._combined(self._scaler.in_units(centers, raw.values))
        quantiles = None
        if exports_quantiles(output) and self._h <= self._settings.framing.horizon:
            scaled = [window.placed(quantiles_of(output, one.raw)) for one in found]
            in_units = [self._scaler.in_units(one[:, : self._h], raw.values) for one in scaled]
            quantiles = self._combined(ops.stack(in_units, axis=-1))
        return Forecasts(point, quantiles, self._after(raw, found, given) | after)

    def _scaled(self, raw: RawRows, given: Tensors) -> tuple[ScaledRows, dict[str, Any]]:
        """The scaled rows, and the smoothed level after the first of them."""
        ops = keras.ops
        lag, smoothing = self._view.scaler.lag, self._view.framing.smoothing
        inside = raw.inside[:, : raw.inside.shape[1] - lag]
        values = ops.where(inside[..., None], self._scaler.scaled(raw.values), 0.0)
        observed = ops.logical_and(raw.observed[:, lag:], inside[..., None])
        level, after = None, {}
        if self._view.framing.level == "smoothed":
            name = f"level_{self._place}"
            before = ops.expand_dims(given[name], 1)
            level, later = smoothed_level(values, observed, before, smoothing)
            after = {name: later[:, 0]}
        seen = None
        if self._networks.masked:
            seen = inside if self._view.bridges else ops.any(observed, axis=-1)
        kept = None if seen is None else inside
        return ScaledRows(values, kept, seen, self._past(given), level), after

    def _ahead(self, member: int, rows: ScaledRows, window: Window, given: Tensors) -> _Ahead:
        """What one member forecasts; what it forecasts is fed back until there are enough rows."""
        ops, framing, carried = keras.ops, self._settings.framing, self._settings.stateful
        slide = 1 if carried else framing.horizon
        empty = [
            ops.zeros_like(rows.values[:, 0, :1]) * np.ones((1, units), np.float32)
            for units in self._networks.state_units
        ]
        state = empty
        if carried:
            names = [f"memory_{self._place}_{layer}" for layer in range(len(empty))]
            state = [given[name][:, member] for name in names]
        first = self._networks.advance(member, self._inputs(rows, window), state)
        state = first.state
        raw, center = self._said(window, first.raw)
        fed = 0
        while center.shape[1] < self._h:
            rows = rows.followed_by(center[:, fed : fed + slide], framing)
            fed += slide
            window = window_of(framing, rows, self._traits)
            inputs = self._inputs(rows, window)
            found = self._networks.advance(member, inputs, state if carried else empty)
            state = found.state
            newest = self._said(window, found.raw)[1][:, -slide:]
            center = ops.concatenate([center, newest], axis=1)
        return _Ahead(center[:, : self._h], raw, first.state)

    def _said(self, window: Window, raw: Any) -> tuple[Any, Any]:
        """The raw outputs of a network as the traits ask for, and the scaled points."""
        output = self._settings.output
        if window.kept is not None:
            raw = output.moved(raw, window.kept)
        return raw, window.center(center_of(output, raw, window.spread))

    def _inputs(self, rows: ScaledRows, window: Window) -> dict[str, Any]:
        """What a network reads, by name."""
        inputs = {"x": window.x, "mask": window.mask} | self._static
        hist = self._view.covariates.past_only
        if rows.past is not None and rows.past.shape[2] > hist:
            begin = self._settings.framing.look_back
            inputs["future"] = rows.past[:, begin : begin + self._settings.framing.horizon, hist:]
        return {name: value for name, value in inputs.items() if value is not None}

    def _past(self, given: Tensors) -> Any:
        """[samples, look_back + rows ahead, columns] exogenous columns as numbers, or None.

        Columns that are not known ahead keep their last value.
        """
        ops, covariates = keras.ops, self._view.covariates
        look_back, exogenous = self._settings.framing.look_back, self._settings.exogenous
        scales = list(zip(covariates.center, covariates.spread, strict=True))
        scales += [(0.0, 1.0)] * len(self._calendar)
        columns = []
        for name, (center, spread) in zip(
            (*exogenous.columns, *self._calendar), scales, strict=True
        ):
            ahead = 0 if name in exogenous.hist else self._h
            # Another part may read the same column over the horizon, too.
            rows = given[f"exog_{name}"][:, : given["y"].shape[1] + ahead]
            rows = rows[:, -(look_back + ahead) :]
            values, seen = filled(rows[..., None])
            values = (ops.where(seen, values, float(center)) - float(center)) / float(spread)
            missing = self._reach - ahead
            if missing:
                values = ops.concatenate(
                    [values, ops.repeat(values[:, -1:], missing, axis=1)], axis=1
                )
            columns.append(values)
        return ops.concatenate(columns, axis=-1) if columns else None

    def _after(self, raw: RawRows, found: list[_Ahead], given: Tensors) -> dict[str, Any]:
        """The memory after the window; unchanged where a series has no whole window yet."""
        ops = keras.ops
        whole = ops.expand_dims(raw.inside[:, :1], -1)
        return {
            name: ops.where(
                whole,
                ops.stack([one.memory[layer] for one in found], axis=1),
                given[name],
            )
            for layer, name in enumerate(each for each in self.states if each.startswith("memory"))
        }

    def _combined(self, members: Any) -> Any:
        """The median or mean over the last axis."""
        ops, number = keras.ops, members.shape[-1]
        if number == 1:
            return members[..., 0]
        if self._settings.combine == "mean":
            return ops.mean(members, axis=-1)
        ordered = ops.sort(members, axis=-1)
        return (ordered[..., (number - 1) // 2] + ordered[..., number // 2]) / 2


@dataclass(frozen=True)
class _Ahead:
    """What one member forecasts.

    Attributes:
        center: [samples, h, targets] scaled points.
        raw: [samples, horizon, targets, parameters] of the first call.
        memory: after the window, [samples, units] each.
    """

    center: Any
    raw: Any
    memory: list[Any]
