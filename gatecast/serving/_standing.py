"""Series of a served model at their states: what they forecast, and how they move on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import IRREGULAR, Floats, Integers, Panel
from gatecast.data import filled, future_ds, steps_between
from gatecast.forecasting import Model
from gatecast.forecasting.intervals import Judged, check_levels, with_errors
from gatecast.forecasting.members import Forecast, joined
from gatecast.forecasting.online import updated
from gatecast.serving._served import Arrivals, Served, States


class Moved(NamedTuple):
    """The states after a row of each series, and the row's judgement; arrays over the ids.

    Attributes:
        states: after it.
        forecast: [ids, targets] what had been forecast for it; NaN where it was not judged.
        p_value: [ids, targets] how likely an error at least as large was; NaN where unknown.
    """

    states: States
    forecast: Floats
    p_value: Floats


@dataclass(frozen=True)
class Standing:
    """Some series of a served model at their states.

    What it finds for a series is the same, bit for bit, whichever others are with it.

    Attributes:
        served: the model.
        ids: sorted.
        states: of them.
    """

    served: Served
    ids: Sequence[str]
    states: States

    @cached_property
    def model(self) -> Model:
        """The model at the end of these series."""
        return self.served.layout.unpack(self.ids, self.states["record"])

    @cached_property
    def last_ds(self) -> NDArray[Any]:
        """[ids] the time of the last row of each."""
        return self.served.layout.last_ds(self.states["record"])

    @property
    def next_ds(self) -> NDArray[Any]:
        """[ids] the time of the next row of each."""
        if self.served.model.freq == IRREGULAR:
            later: NDArray[Any] = self.last_ds + 1
            return later
        found: NDArray[Any] = future_ds(self.last_ds, self.served.model.freq, 1)[:, 0]
        return found

    def forecast(
        self, h: int | None = None, level: Sequence[float] = (), futr_df: Any = None
    ) -> dict[str, NDArray[Any]]:
        """The columns of `Model.forecast` besides the ids, [ids, rows] each.

        The intervals are those that each series has learnt.

        Raises:
            InputError: as `Model.forecast`.
        """
        if len(self._alike) > 1:
            found = [part.forecast(h, level, futr_df) for part in self._parts]
            order = np.argsort(np.concatenate(self._alike))
            return {
                name: np.concatenate([part[name] for part in found])[order] for name in found[0]
            }
        own = self.served.model
        if h is not None and 1 <= h < own.h and futr_df is None and own.freq != IRREGULAR:
            # The first rows of a longer forecast, bit for bit, whose program is compiled already.
            whole = self.forecast(None, level)
            return {
                name: array[:, np.arange(array.shape[1]) % own.h < h]
                for name, array in whole.items()
            }
        model, track = self.model, self.states["track"].reshape(-1)
        keys, forecast = model.ahead(h, futr_df)
        if forecast.point.shape[1] == own.h and not model.members.futr_exog:
            # A row is judged by a forecast of the model's own length, whatever else was asked for.
            self.served.made.put(self.ids, self.states, forecast)
        columns = {model.name: forecast.point}
        wanted = check_levels(level)
        calibration, live = model.require_calibration(wanted), None
        if wanted:
            live = self.served.intervals_of(forecast.point.shape[1])
        if calibration is not None and live is not None:
            support = model.members.support(model.context.panel)
            for each in wanted:
                ends = live.interval(calibration, forecast, track, each)
                low, high = (support.of(end) for end in ends)
                columns |= {f"{model.name}-lo-{each:g}": low, f"{model.name}-hi-{each:g}": high}
        every = {name: model.bounds.clip(array) for name, array in columns.items()}
        del keys["unique_id"]
        return {name: array.reshape(len(self.ids), -1) for name, array in (keys | every).items()}

    def read(self, rows: Arrivals, counts: Integers) -> States:
        """The states after several more rows of each series, of which none is judged.

        As `moved` with one after the other, in far less time.

        Args:
            rows: each after the last of its series, in order of time, id after id.
            counts: [ids] how many of them each series has.
        """
        served = self.served
        new = served.panel_of(self.ids, counts, rows)
        after = served.states(updated(self.model, new, silent=True))
        after["track"] = self.states["track"]
        return after

    def moved(self, rows: Arrivals) -> Moved:
        """The states after one more row of each series.

        A row is judged by the forecast that was made for it from the row before: up to the model's
        h rows ahead, and where columns of the future had been told up to it, if the model reads
        any.

        Args:
            rows: each after the last of its series.

        Raises:
            InputError: naming a row that is not on the calendar of its series.
        """
        served = self.served
        if len(self._alike) > 1:
            every = [
                part.moved(rows.chosen(place))
                for place, part in zip(self._alike, self._parts, strict=True)
            ]
            order = np.argsort(np.concatenate(self._alike))
            return Moved(*(np.concatenate(parts)[order] for parts in zip(*every, strict=True)))
        shape = (len(self.ids), served.targets)
        track = self.states["track"].copy()
        forecast, p_value = np.full(shape, np.nan), np.full(shape, np.nan)
        step = self._steps(rows.ds)
        judged = np.flatnonzero(rows.judge & (step <= served.model.h) & self._told(rows, step))
        if len(judged):
            part = self if len(judged) == len(self.ids) else self._part(judged)
            made, found = part.judged(rows.chosen(judged), step[judged])
            own = (len(judged), served.targets)
            track[judged] = found.track.reshape(own)
            forecast[judged] = made.point.reshape(own)
            p_value[judged] = found.p_value.reshape(own)
        moved = served.states(updated(self.model, self._panel(rows), silent=True))
        moved["track"] = track
        return Moved(moved, forecast, p_value)

    def judged(self, rows: Arrivals, step: Integers) -> tuple[Forecast, Judged]:
        """The forecasts that were made for rows, and how they compare.

        Args:
            rows: each after the last of its series.
            step: [ids] how many rows after it, from 1 to the model's h.
        """
        made = self._made(rows, step)
        step = np.repeat(step, self.served.targets)
        truth, track = rows.y.reshape(-1), self.states["track"].reshape(-1)
        panel, live = self.model.context.panel, self.served.intervals
        last = filled(panel)[panel.offsets[1:] - 1]
        calibration = self.model.calibration
        if live is None or calibration is None:
            after = with_errors(made, truth, last, track)
            return made, Judged(after, np.full(len(truth), np.nan))
        return made, live.judged(calibration, made, truth, last, track, step)

    def _made(self, rows: Arrivals, step: Integers) -> Forecast:
        """The forecasts of rows so many steps ahead, [ids x targets, 1]."""
        if not self.served.model.members.futr_exog and (step == 1).all():
            return self._next()
        _, forecast = self.model.ahead(None, self._announced(rows, step))
        return forecast.at(np.repeat(step, self.served.targets))

    def _next(self) -> Forecast:
        """The forecast of the next row of each series, made now where there is none yet."""
        found = self.served.made.get(self.ids, self.states)
        new = [place for place, made in enumerate(found) if made is None]
        if len(new) == len(found):
            return self.model.ahead()[1].first
        if new:
            ids = [self.ids[place] for place in new]
            forecast = Standing(self.served, ids, self.states[new]).model.ahead()[1]
            for number, place in enumerate(new):
                own = slice(number * self.served.targets, (number + 1) * self.served.targets)
                found[place] = forecast.first.chosen(own)
        return joined([made for made in found if made is not None])

    @cached_property
    def _alike(self) -> list[Integers]:
        """Places of the series that can be forecast and moved in one call."""
        return self.served.layout.alike(self.states["record"])

    @property
    def _parts(self) -> list[Standing]:
        """The series of each such call."""
        return [self._part(place) for place in self._alike]

    def _part(self, place: Integers) -> Standing:
        """The series at some places."""
        return Standing(self.served, [self.ids[each] for each in place], self.states[place])

    def _steps(self, ds: NDArray[Any]) -> Integers:
        """[ids] how many rows after the last one a row comes, from 1."""
        freq = self.served.model.freq
        if freq == IRREGULAR:
            return np.ones(len(ds), int)
        return steps_between(self.last_ds, ds, freq)

    def _told(self, rows: Arrivals, step: Integers) -> NDArray[np.bool_]:
        """[ids] whether all is known that a forecast of these rows needs."""
        names = self.served.model.members.futr_exog
        if not names or not rows.futr:
            return np.full(len(self.ids), not names)
        ahead = self._times_ahead(rows)
        return np.array(
            [
                all(name in told.get(each, ()) for each in times[:count] for name in names)
                for told, times, count in zip(rows.futr, ahead, step.tolist(), strict=True)
            ]
        )

    def _times_ahead(self, rows: Arrivals) -> list[list[int]]:
        """[ids, h] the times after the last one of each series, those of the rows among them."""
        own = self.served.model
        if own.freq == IRREGULAR:
            ds = rows.ds[:, None] + np.arange(own.h)
        else:
            ds = future_ds(self.last_ds, own.freq, own.h)
        found: list[list[int]] = ds.astype(np.int64).tolist()
        return found

    def _announced(self, rows: Arrivals, step: Integers) -> pd.DataFrame | None:
        """What had been told of the rows ahead, where the model reads such columns."""
        own, records = self.served.model, []
        if not own.members.futr_exog:
            return None
        for name, told, times, count in zip(
            self.ids, rows.futr, self._times_ahead(rows), step.tolist(), strict=True
        ):
            for place, ds in enumerate(times):
                # Rows after the one that came do not change its forecast: its columns stand in.
                columns = told[ds if place < count else times[count - 1]]
                key = {own.columns.unique_id: name, own.columns.ds: self.served.time(ds)}
                records.append(key | dict(columns))
        return pd.DataFrame(records)

    def _panel(self, rows: Arrivals) -> Panel:
        """The new rows, of one series per target."""
        count = self.served.targets
        return replace(
            self.model.context.panel,
            ids=np.repeat(np.asarray(self.ids), count),
            ds=np.repeat(rows.ds, count),
            y=rows.y.reshape(-1),
            offsets=np.arange(rows.y.size + 1),
            exog={
                name: np.repeat(rows.exog[:, place], count)
                for place, name in enumerate(self.served.exog)
            },
            static={},
        )
