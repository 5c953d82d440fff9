"""Values that arrive one by one: each is read, and forecast from, in one compiled call."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import IRREGULAR, MOST_ROWS, Floats, InputError, Panel, check_whole
from gatecast.data import LARGEST, extend, filled, filled_along, show_series
from gatecast.forecasting._model import Model
from gatecast.forecasting.members import Members
from gatecast.forecasting.online._pending_rows import PendingRows
from gatecast.forecasting.online._stream_state import NewRows, program, stepper_of, stream_state
from gatecast.forecasting.online._update import updated
from gatecast.forecasting.saving import save_model
from gatecast.framing import first_target, years_of

# After so many rows the model behind a stream is updated: bounds what a stream keeps.
_ROWS_KEPT = 1000


class Stream:
    """A fitted model that reads one value of each series at a time.

    `Stream.update` gives the same forecasts as `update` and `predict` of the estimator, without
    frames; its cost does not depend on the history. Each value is the next calendar step of its
    series.

    Args:
        model: fitted, on series that lie on a calendar and have no exogenous columns; calendar
            and static columns need no values.
        h: rows to forecast; the default of the model if None.

    Raises:
        InputError: for a horizon below 1, or a model that needs more than values.
    """

    def __init__(self, model: Model, h: int | None = None) -> None:
        self._h = model.h if h is None else h
        check_whole("h", self._h, 1, MOST_ROWS)
        _refuse_more_than_values(model)
        self._model = model
        self._parts = model.members.parts
        steppers = tuple(stepper_of(part, self._h) for part in self._parts)
        self._reach = max(stepper.runner.reach(self._h) for stepper in steppers)
        self._move = program(steppers)
        self._weights = [jax.tree.map(jnp.asarray, part.weights) for part in self._parts]
        known = model.context.panel
        ahead = extend(known, self._reach)
        self._states = [
            stream_state(part, state, stepper, ahead, known.lengths)
            for part, state, stepper in zip(
                self._parts, model.context.states, steppers, strict=True
            )
        ]
        self._series = np.arange(len(known.ids))
        lag = max(part.view.scaler.lag for part in self._parts)
        self._last = _last_values(known, max(lag, 1))
        self._forecast: Floats = model.forecast(self._h)[model.name].to_numpy().reshape(-1, self._h)
        self._pending = PendingRows(known)
        # [ids] rows since the last one that was observed.
        self._empty = np.zeros(len(known.ids) // len(known.targets), int)
        # Of each part, the calendar columns of rows to come, [rows, groups, samples, columns].
        self._columns: list[Any] = [None] * len(self._parts)
        self._used = self._computed = 0

    def forecast(self) -> Floats:
        """[series, h] the forecasts of the rows that follow, in the user's units."""
        return self._forecast.copy()

    def update(self, y: Any) -> Floats:
        """Read the next value of each series.

        Args:
            y: [series] in the user's units, in the order of the frames that `predict` returns (by
                id, and within an id by target), or a number where there is one series; NaN where
                nothing was observed.

        Returns:
            [series, h] forecasts of the rows that follow.

        Raises:
            InputError: unless there is one value for each series, none beyond 1e100 or the bounds
                of the forecaster.
        """
        values = np.array(y, float)
        return self.advance(values[None, None] if values.ndim == 0 else values[None])

    def advance(self, y: Any) -> Floats:
        """Read several rows at once; as `update` with each, one program per number of rows.

        Args:
            y: [rows, series], oldest first.

        Returns:
            [series, h] forecasts of the rows that follow the last one.
        """
        rows = np.array(y, float)
        self._check(rows)
        if len(self._pending) >= _ROWS_KEPT:
            self._model = self.model()
            self._pending = self._pending.after(self._model.context.panel)
        observed = ~np.isnan(rows)
        values = np.concatenate([self._last, rows.T], 1)
        if not observed.all():
            values = filled_along(values)
        new = self._scaled(values, observed)
        self._states, centers = self._move(self._weights, self._states, new)
        self._pending.add(rows)
        self._last = values[:, len(rows) :]
        for seen in observed.reshape(len(rows), len(self._empty), -1).any(axis=2):
            self._empty = np.where(seen, 0, self._empty + 1)
        finishes = self._model.members.finishes
        self._forecast = self._finished() if finishes else self._in_units(centers)
        return self._forecast.copy()

    def model(self) -> Model:
        """The model after the same rows, as the estimator's `update` would return it.

        Rows after the last observation of a series are left out.
        """
        rows = self._pending.panel() if len(self._pending) else None
        if rows is None:
            return self._model
        memory = [[part[0] for part in state.memory_observed] for state in self._states]
        # A stream was given a value, or none, for every step.
        return updated(self._model, rows, memory, silent=True)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write `model()` to a file that `gatecast.load` reads; as `save` of the estimator.

        Raises:
            InputError: as there.
        """
        saved = save_model(self.model(), path, overwrite=overwrite)
        self._model = self._model.saved_as(saved)
        return Path(path)

    def _check(self, rows: Floats) -> None:
        if rows.ndim != 2 or rows.shape[1] != len(self._series) or not len(rows):  # noqa: PLR2004
            raise InputError(
                f"expected one value for each of {len(self._series)} series in every row, got "
                f"values of shape {rows.shape}"
            )
        bounds, panel = self._model.bounds, self._model.context.panel
        beyond = np.argwhere(~np.isnan(rows) & (bounds.clip(rows) != rows))
        if len(beyond):
            row, series = beyond[0]
            raise InputError(
                f"series {show_series(panel, series)} has y = {rows[row, series]:g} in row {row}, "
                f"beyond minimum={bounds.minimum} or maximum={bounds.maximum} of the forecaster; "
                "correct the value, or give NaN where nothing was observed"
            )
        huge = np.argwhere(np.abs(rows) > LARGEST)
        if len(huge):
            row, series = huge[0]
            raise InputError(
                f"series {show_series(panel, series)} has "
                f"y = {rows[row, series]:g} in row {row}: values beyond {LARGEST:g} cannot be "
                "forecast; give NaN where nothing was observed"
            )

    def _scaled(self, values: Floats, observed: Any) -> list[NewRows]:
        """The new rows as each part reads them."""
        count = len(observed)
        columns, years = self._calendar(count), self._years(count)
        found = []
        for part, own in zip(self._parts, columns, strict=True):
            scaler = part.view.scaler
            needed = values[:, values.shape[1] - count - scaler.lag :]
            scaled = scaler.transform(needed, self._series, years).T.astype(np.float32)
            found.append(NewRows(scaled, observed, own))
        return found

    def _in_units(self, centers: Any) -> Floats:
        """[groups, members, samples, h, targets] of each part, scaled, as [series, h]."""
        found, years = [], self._years(self._h)
        for part, center in zip(self._parts, centers, strict=True):
            scaler = part.view.scaler
            members = np.asarray(center).transpose(1, 0, 2, 4, 3).astype(float)
            before = self._last[:, self._last.shape[1] - scaler.lag :]
            units = [
                scaler.inverse(each.reshape(-1, self._h), self._series, before, years)
                for each in members
            ]
            found.append(np.stack(units))
        return self._model.bounds.clip(self._model.members.combined(found))

    def _finished(self) -> Floats:
        """[series, h] forecasts that need past values besides the states of networks."""
        model, rows = self.model(), self._h
        if self._empty.any():
            # Whole horizons, so that not every gap of another length needs a program of its own.
            horizon = self._parts[0].settings.framing.horizon
            rows = -(-(rows + int(self._empty.max())) // horizon) * horizon
        _, found = model.ahead(rows)
        targets = len(model.context.panel.targets)
        # A model begins after the last row that was observed.
        place = np.repeat(self._empty, targets)[:, None] + np.arange(self._h)
        return model.bounds.clip(np.take_along_axis(found.point, place, axis=1))

    def _years(self, count: int) -> Floats | None:
        """[series, count] the times of the rows after the pending ones, where a scaler needs them.

        A scaler that does leaves no row out.
        """
        if not any(part.view.scaler.timed for part in self._parts):
            return None
        return years_of(self._pending.next_ds(count))

    def _calendar(self, count: int) -> list[Any]:
        """For each part the columns of the last rows that a forecast reaches, or None."""
        if not any(part.settings.exogenous.calendar for part in self._parts):
            return self._columns
        if self._used + count > self._computed:
            self._computed, self._used = max(count, _ROWS_KEPT), 0
            ahead = first_target(
                self._pending.following(len(self._pending) + self._computed + self._reach)
            )
            self._columns = [self._own_columns(part, ahead) for part in self._parts]
        self._used += count
        return [
            None if own is None else own[self._used - count : self._used] for own in self._columns
        ]

    def _own_columns(self, part: Members, ahead: Panel) -> Any:
        """[rows to come, groups, samples, columns], or None."""
        columns = part.view.covariates.past(ahead)
        if columns is None:
            return None
        reach = part.runner(masked=False).reach(self._h)
        first = len(self._pending) + reach
        by_row = columns.reshape(part.groups, -1, int(ahead.lengths[0]), columns.shape[-1])
        shown = by_row[:, :, first : first + self._computed].astype(np.float32)
        return np.moveaxis(shown, 2, 0)


def _refuse_more_than_values(model: Model) -> None:
    columns = [name for part in model.members.parts for name in part.settings.exogenous.columns]
    if not columns and model.members.effects:
        raise InputError(
            f"a stream adds no effect of {model.members.effects[0]!r} to its forecasts: use "
            "update(df) and predict()"
        )
    if columns:
        raise InputError(
            f"a stream takes values alone, but this model sees the column {columns[0]!r} as well: "
            "use update(df) and predict()"
        )
    if model.freq == IRREGULAR:
        raise InputError(
            "a stream takes values alone, but irregular rows have times of their own: use "
            "update(df) and predict()"
        )


def _last_values(panel: Panel, count: int) -> Floats:
    """[series, count] the last values of each series, gaps bridged."""
    ends = panel.offsets[1:, None]
    place = ends - np.arange(count, 0, -1)
    inside = place >= panel.offsets[:-1, None]
    return np.where(inside, filled(panel)[np.maximum(place, 0)], np.nan)
