"""A model ready to serve: what a series is to it, in the log and as a state."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import Floats, InputError, InputWarning, Integers, Panel
from gatecast.data import show_time, to_panel
from gatecast.data.calendar import daily_or_longer, even_step
from gatecast.forecasting import Model
from gatecast.forecasting.intervals import TRACK, LiveIntervals, new_track
from gatecast.forecasting.online import StateLayout, on_history
from gatecast.serving._made import Made

States: TypeAlias = NDArray[Any]
"""[ids] of `Served.dtype`: the record of each series, and how well it was forecast."""

Told: TypeAlias = Mapping[int, Mapping[str, Any]]
"""What is known of rows to come: time -> columns."""

# So many rows at least are needed to scale a new series, and so many seasons.
_FIRST_ROWS = 8
_FIRST_SEASONS = 2
_MOST_FIRST_ROWS = 60
# Categories that a message lists.
_SHOWN = 5


@dataclass(frozen=True)
class Arrivals:
    """New rows, one of each id.

    Attributes:
        ds: [ids] times, as the model's panel has them.
        y: [ids, targets] NaN where a target was not observed.
        exog: [ids, columns] in the order of `Served.exog`.
        judge: [ids] whether the row is compared with its forecast.
        futr: [ids] what had been told of the rows from the last one to this one, by time; empty
            where the model reads no columns of the future.
    """

    ds: NDArray[Any]
    y: Floats
    exog: Floats
    judge: NDArray[np.bool_]
    futr: Sequence[Told] = ()

    def chosen(self, place: Integers) -> Arrivals:
        """The rows at some places."""
        futr = [self.futr[each] for each in place] if self.futr else ()
        return Arrivals(self.ds[place], self.y[place], self.exog[place], self.judge[place], futr)


class Timed(Protocol):
    """A row of a request."""

    @property
    def unique_id(self) -> str:
        """Of its series."""

    @property
    def ds(self) -> int:
        """Nanoseconds since 1970, or an integer."""


@dataclass(frozen=True)
class Served:
    """One version of a model.

    Attributes:
        name: that it is served under.
        version: the checksum of its artefact.
        model: as it was loaded.
        adaptive: whether intervals learn from the truths that arrive.
    """

    name: str
    version: str
    model: Model
    adaptive: bool = True

    @cached_property
    def layout(self) -> StateLayout:
        """Of the records."""
        return StateLayout(self.model)

    @cached_property
    def intervals(self) -> LiveIntervals | None:
        """Of forecasts of up to the model's h; None where it has no calibration."""
        return self._tabulated(self.model.h)

    def intervals_of(self, h: int) -> LiveIntervals | None:
        """Of forecasts of up to `h` rows."""
        if h <= self.model.h:
            return self.intervals
        return self._tabulated(h)

    def _tabulated(self, h: int) -> LiveIntervals | None:
        calibration = self.model.calibration
        if calibration is None:
            return None
        return LiveIntervals.of(calibration, h, adaptive=self.adaptive)

    @cached_property
    def made(self) -> Made:
        """Forecasts of next rows, kept until these come."""
        return Made()

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """Of the state of one id."""
        return np.dtype([("record", self.layout.dtype), ("track", TRACK, (self.targets,))])

    @property
    def targets(self) -> int:
        """Columns that are forecast."""
        return len(self.model.context.panel.targets)

    @property
    def exog(self) -> tuple[str, ...]:
        """Exogenous columns that are read."""
        return tuple(self.model.context.panel.exog)

    def exog_value(self, name: str, value: float | str | None) -> float:
        """A value of an exogenous column as the model's panel has it: a number, NaN if missing.

        Raises:
            InputError: for a word that is no category of the column, or where there should be none.
        """
        words = self.model.context.panel.categories.get(name)
        if value is None:
            return np.nan
        if words is None:
            if isinstance(value, str):
                raise InputError(f"{name} is {value!r}, but the model was fitted on numbers")
            return float(value)
        if value not in words:
            known = ", ".join(map(repr, words[:_SHOWN]))
            more = "" if len(words) <= _SHOWN else ", ..."
            raise InputError(
                f"{name} is {value!r}, but the model was fitted on the categories {known}{more}"
            )
        return float(words.index(value))

    @property
    def dated(self) -> bool:
        """Whether times are timestamps, not integers."""
        return bool(self.model.context.panel.ds.dtype.kind == "M")

    @cached_property
    def even_step(self) -> int | None:
        """The calendar step in units of the log's times; None where steps differ, as months do."""
        return even_step(self.model.freq)

    @cached_property
    def daily(self) -> bool:
        """Whether a calendar step is a day or more."""
        return self.dated and daily_or_longer(self.model.freq)

    def time(self, ds: int) -> Any:
        """A time of the log as the model has it."""
        return np.int64(ds).astype(self.model.context.panel.ds.dtype)

    def named(self, row: Timed) -> str:
        """A row, in the words of a message."""
        return f"series {row.unique_id!r}: the row at {show_time(self.time(row.ds))}"

    @cached_property
    def fitted_ids(self) -> Mapping[str, int]:
        """The ids that the model was fitted on, and their place in `fitted_states`."""
        ids = self.model.context.panel.ids[:: self.targets].tolist()
        return {str(name): place for place, name in enumerate(ids)}

    @property
    def takes_any(self) -> bool:
        """Whether it forecasts series that it was not fitted on."""
        own = any(part.settings.scope == "local" for part in self.model.members.parts)
        return not (own or self.model.context.panel.static)

    def takes(self, unique_id: str) -> bool:
        """Whether it forecasts a series."""
        return self.takes_any or unique_id in self.fitted_ids

    @cached_property
    def fitted_states(self) -> States:
        """The state of each of these ids where the model ends."""
        return self.states(self.model)

    @cached_property
    def fitted_ends(self) -> Mapping[str, int]:
        """The last time of each of these ids that the model was fitted on."""
        last = self.layout.last_ds(self.fitted_states["record"]).astype(np.int64)
        return dict(zip(self.fitted_ids, last.tolist(), strict=True))

    def fitted_state(self, unique_id: str) -> States | None:
        """[1] the state of an id where the model ends, or None."""
        place = self.fitted_ids.get(unique_id)
        return None if place is None else self.fitted_states[place : place + 1]

    def fitted_value(self, unique_id: str, ds: int) -> float | None:
        """The first target at one of the last times that the model was fitted on, or None."""
        panel = self.model.context.panel
        number = self.fitted_ids[unique_id] * self.targets
        rows = slice(panel.offsets[number], panel.offsets[number + 1])
        found = np.flatnonzero(panel.ds[rows].astype(np.int64) == ds)
        return float(panel.y[rows][found[0]]) if len(found) else None

    def states_from(self, content: bytes) -> States:
        """[ids] states that were stored, end to end."""
        return np.frombuffer(content, self.dtype)

    @cached_property
    def first_rows(self) -> int:
        """Observations from which the state of a new series is made; it has none before."""
        seasons = min(_FIRST_SEASONS * self.model.season_length, _MOST_FIRST_ROWS)
        found = max(_FIRST_ROWS, seasons)
        for part in self.model.members.parts:
            found = max(found, part.view.scaler.lag + 1)
            if part.settings.framing.shape == "window" and not part.masked:
                found = max(found, part.view.kept_rows)
        return found

    def first_states(self, ids: Sequence[str], rows: Arrivals) -> States:
        """[ids] the states of new series after their first rows.

        Each is the same, bit for bit, whichever others are with it.

        Args:
            ids: sorted.
            rows: `first_rows` of each id, in order of time, id after id.

        Raises:
            InputError: where the model takes no new series.
        """
        counts = np.full(len(ids), self.first_rows)
        return self.states(on_history(self.layout.shared, self.panel_of(ids, counts, rows)))

    def panel_of(self, ids: Sequence[str], counts: Integers, rows: Arrivals) -> Panel:
        """Rows of some series as a panel, steps between them that were left out included.

        Args:
            ids: sorted.
            counts: [ids] how many rows each has.
            rows: in order of time, id after id.
        """
        panel = self.model.context.panel
        columns = {"unique_id": np.repeat(np.asarray(ids, object), counts), "ds": rows.ds}
        columns |= {name: rows.y[:, place] for place, name in enumerate(panel.targets)}
        columns |= {name: rows.exog[:, place] for place, name in enumerate(self.exog)}
        target = panel.targets[0] if self.targets == 1 else panel.targets
        with warnings.catch_warnings():
            # Gaps and constant values are no news to who sends row by row.
            warnings.simplefilter("ignore", InputWarning)
            found = to_panel(
                pd.DataFrame(columns), target_col=target, freq=self.model.freq, exog=self.exog
            )
        return replace(found, categories=panel.categories)

    def states(self, model: Model) -> States:
        """The state of each id of a model with the same weights, with nothing judged."""
        records = self.layout.pack(model)
        states = np.zeros(len(records), self.dtype)
        states["record"], states["track"] = records, new_track(len(records))[:, None]
        return states
