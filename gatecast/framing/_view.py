"""From a panel to the rows that a network reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gatecast._types import IRREGULAR, Floats, Integers, Panel
from gatecast.data import elapsed, filled, later_ds
from gatecast.framing._exogenous import Covariates
from gatecast.framing._framing import Framing
from gatecast.framing._rows import Rows, SampleRows
from gatecast.framing._smoothing import smoothed
from gatecast.framing._targets import first_target, first_target_rows, side_by_side
from gatecast.framing._windows import Windows
from gatecast.framing.effects import Effects
from gatecast.framing.scaling import Chain, years_of


@dataclass(frozen=True)
class View:
    """How the rows of a panel become what a network reads; holds what was fitted on training rows.

    Attributes:
        framing: look-back, horizon and level.
        scaler: of the targets, per series.
        covariates: of the other columns.
        decays: whether the time between observations is read, and state decays with it.
        step: the usual time between observations, where times are irregular.
        scaled: whether the output needs the scale of each series.
        bridges: whether a gap counts as an observation of the value before it.
        traits: [series, TRAITS] what suits each series, by its own past; None where it is not
            looked at.
        effects: of the columns, which are then taken out of the series and not read by the network.
    """

    framing: Framing
    scaler: Chain
    covariates: Covariates
    decays: bool = False
    step: Any = None
    scaled: bool = False
    bridges: bool = False
    traits: Floats | None = None
    effects: Effects | None = None

    @property
    def context_rows(self) -> int:
        """Rows of history that a forecast looks back on."""
        return self.framing.look_back + self.scaler.lag

    @property
    def kept_rows(self) -> int:
        """Rows to keep of a history: one more where the time before the first is read.

        The effects of columns may depend on rows before those that the networks read.
        """
        return self.context_rows + self.decays + (self.effects.reach if self.effects else 0)

    def rows(
        self,
        panel: Panel,
        train: Integers | None = None,
        *,
        masked: bool = False,
        level: Floats | None = None,
    ) -> Rows:
        """The rows of a panel.

        Args:
            panel: the series; rows after the last observation are still to be forecast.
            train: [series] hide all but so many leading rows of each series.
            masked: whether time steps can be empty.
            level: [series] the smoothed level before the first row, where it is known.
        """
        ids = first_target(panel)
        scaled = self.scaled_rows(panel)
        train = panel.lengths if train is None else train
        known = (panel.position < train[panel.series_of_row]) & ~np.isnan(scaled)
        targets = np.where(known & ~np.isnan(panel.y), scaled, np.nan)
        past = None if self.effects is not None else _single(self.covariates.past(ids))
        future = None
        if past is not None and past.shape[1] > self.covariates.past_only:
            future = past[:, self.covariates.past_only :]
        places = self._places(panel, ids, train) if masked else _Places()
        static = category = None
        if self.effects is None:
            static, category = self.covariates.static(ids), self.covariates.category(ids)
        scale = self.scaler.scale.reshape(-1, len(panel.targets)) if self.scaled else None
        by_series = any(array is not None for array in (static, category, scale, self.traits))
        return Rows(
            values=_single(side_by_side(panel, np.where(known, scaled, 0))),
            targets=_single(side_by_side(panel, targets)),
            past=past,
            future=future,
            observed=places.observed,
            position=places.position,
            remaining=places.remaining,
            elapsed=self._elapsed(panel),
            time=self._time(ids),
            level=self._level(panel, scaled, level),
            series=ids.series_of_row.astype(np.int32) if by_series else None,
            static=_single(static),
            category=None if category is None else category.astype(np.int32),
            scale=_single(scale),
            traits=_single(self.traits),
        )

    def sample_rows(self, rows: Rows, origin: Integers, ahead: int) -> SampleRows:
        """The rows around each origin, copied for each sample.

        What is not known at an origin is left out: exogenous columns that are known only up to the
        origin keep their last value, and the rows ahead count as observed, one step apart.

        Args:
            rows: as `rows` gives them.
            origin: [samples] rows of the first targets.
            ahead: rows from the origin on.

        Returns:
            [samples, look_back + ahead, ...].
        """
        look_back = self.framing.look_back
        steps = np.arange(-look_back, ahead)
        place = np.clip(origin[:, None] + steps, 0, len(rows.values) - 1)

        def around(array: Any) -> Any:
            return None if array is None else array[place]

        def of_series(array: Any) -> Any:
            return None if array is None else array[rows.series[origin - 1]]

        past, observed, position = around(rows.past), around(rows.observed), None
        since, time = around(rows.elapsed), around(rows.time)
        if past is not None:
            hist = self.covariates.past_only
            past[:, look_back:, :hist] = past[:, look_back - 1 : look_back, :hist]
        if observed is not None:
            observed[:, look_back:] = True
            position = rows.position[origin - 1][:, None] + steps.astype(np.int32) + 1
        if since is not None:
            apart = 1 if time is None else np.diff(time, axis=1)[:, look_back:]
            since[:, look_back + 1 :] = apart
        return SampleRows(
            values=around(rows.values),
            past=past,
            future=around(rows.future),
            observed=observed,
            position=position,
            elapsed=since,
            time=time,
            level=around(rows.level),
            static=of_series(rows.static),
            category=of_series(rows.category),
            scale=of_series(rows.scale),
            traits=of_series(rows.traits),
        )

    def effects_of(self, panel: Panel) -> Floats | None:
        """[rows] the effects of columns; None where none has any."""
        return self.effects.of(panel) if self.effects is not None and self.effects.some else None

    def scaled_rows(self, panel: Panel) -> Floats:
        """[rows] all rows of a panel as networks see them, gaps filled."""
        scaled = self.scaler.transform_rows(filled(panel), panel)
        effects = self.effects_of(panel)
        return scaled if effects is None else scaled - effects

    def in_units(
        self,
        scaled: Sequence[Floats],
        panel: Panel,
        windows: Windows,
        history: Floats,
        effects: Floats | None,
    ) -> list[Floats]:
        """Forecasts in the user's units.

        Args:
            scaled: of [windows, h] each.
            panel: the series, with what is known of the rows ahead.
            windows: over all targets' series.
            history: [windows, at least the scaler's lag] untransformed rows right before.
            effects: [rows] of the panel, from `effects_of`.
        """
        h, series = scaled[0].shape[1], windows.series
        years = self._years_ahead(panel, windows.origin, h)
        if self.effects is None or effects is None:
            return [self.scaler.inverse(each, series, history, years) for each in scaled]
        added = self.effects.ahead(panel, effects, windows, h)
        least = self.effects.least[series][:, None]
        return [
            np.maximum(self.scaler.inverse(each + added, series, history, years), least)
            for each in scaled
        ]

    def _years_ahead(self, panel: Panel, origin: Integers, h: int) -> Floats | None:
        """[samples, h] the times of the rows from each origin on; None if the scaler needs none."""
        if not self.scaler.timed:
            return None
        return years_of(later_ds(panel.ds[origin - 1][:, None], panel.freq, np.arange(1, h + 1)))

    def smoothed(self, panel: Panel, scaled: Floats, level: Floats | None = None) -> Floats:
        """[rows] the level after each row of scaled values; see `smoothed`."""
        observed = np.where(np.isnan(panel.y), np.nan, scaled)
        return smoothed(panel, observed, self.framing.smoothing, level)

    def _level(self, panel: Panel, scaled: Floats, level: Floats | None) -> Any:
        if self.framing.level != "smoothed":
            return None
        return _single(side_by_side(panel, np.nan_to_num(self.smoothed(panel, scaled, level))))

    def _elapsed(self, panel: Panel) -> Any:
        if not self.decays:
            return None
        return _single(elapsed(panel, self.step)[first_target_rows(panel)])

    def _time(self, ids: Panel) -> Any:
        if not self.decays or ids.freq != IRREGULAR:
            return None
        return _single((ids.ds - ids.ds[ids.offsets[:-1]][ids.series_of_row]) / self.step)

    def _places(self, panel: Panel, ids: Panel, train: Integers) -> _Places:
        any_target = ~np.isnan(side_by_side(panel, panel.y)).all(axis=1)
        # Rows that a forecast will fill in count as observed.
        last = np.maximum.reduceat(np.where(any_target, ids.position, -1), ids.offsets[:-1])
        ahead = ids.position > last[ids.series_of_row]
        ends = train[:: len(panel.targets)][ids.series_of_row]
        return _Places(
            any_target | ahead | self.bridges,
            (ids.position - self.scaler.lag).astype(np.int32),
            (ends - ids.position - 1).astype(np.int32),
        )


class _Places(NamedTuple):
    """Fields of `Rows` that say which time steps are empty."""

    observed: Any = None
    position: Any = None
    remaining: Any = None


def _single(array: Floats | None) -> Any:
    """In single precision, as networks compute."""
    return None if array is None else array.astype(np.float32)
