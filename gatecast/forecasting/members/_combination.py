"""The combined forecast of parts with different settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.forecasting.members._forecast import Forecast, MemberForecast, mean_of
from gatecast.forecasting.members._from_windows import ahead, combined_from_windows, one_step
from gatecast.forecasting.members._kinds import Finish, Kinds, Support
from gatecast.forecasting.members._masking import can_mask
from gatecast.forecasting.members._members import Members
from gatecast.forecasting.members._own_past import OWN_ROWS, OwnPast, Reach
from gatecast.forecasting.members._state import (
    NOTHING,
    PartState,
    every_window,
    level_before,
    memory_before,
)
from gatecast.framing import PLAIN, Windows, first_target, last_windows, of_every_target
from gatecast.network import Point


@dataclass(frozen=True)
class Combination:
    """The mean over parts of the median (or mean) over each one's members.

    Attributes:
        parts: at least one.
        kinds: what kind of numbers each series holds; None where it is not looked at.
    """

    parts: tuple[Members, ...]
    kinds: Kinds | None = None

    @property
    def name(self) -> str:
        """The column of its forecasts: LSTM, GRU, RNN or DENSE."""
        return self.parts[0].settings.architecture.cell.upper()

    @property
    def kept_rows(self) -> int:
        """Rows of history that have to be kept to forecast from."""
        return self.look_back if self.kinds is None else max(self.look_back, OWN_ROWS)

    @property
    def look_back(self) -> int:
        """Those of them that the networks need."""
        return max(part.view.kept_rows for part in self.parts)

    @property
    def one_origin(self) -> bool:
        """Whether a call can forecast from one origin of each series only."""
        return any(part.one_origin for part in self.parts)

    @property
    def exog(self) -> tuple[str, ...]:
        """The exogenous columns that are read."""
        named = [name for part in self.parts for name in part.settings.exogenous.columns]
        return tuple(dict.fromkeys(named))

    @property
    def futr_exog(self) -> tuple[str, ...]:
        """The columns that have to be known over the horizon."""
        named = [name for part in self.parts for name in part.settings.exogenous.futr]
        return tuple(dict.fromkeys(named))

    @property
    def effects(self) -> tuple[str, ...]:
        """The columns and calendar features whose effects are looked at."""
        named = [
            name
            for part in self.parts
            if part.part.effects is not None
            for name in (*part.settings.exogenous.columns, *part.settings.exogenous.calendar)
        ]
        return tuple(dict.fromkeys(named))

    @property
    def static(self) -> tuple[str, ...]:
        """The static columns that are read."""
        named: list[str] = []
        for part in self.parts:
            known = part.view.covariates
            read = (*known.static_center, *known.categories)
            named += read if part.part.effects is None else part.part.static
        return tuple(dict.fromkeys(named))

    @property
    def exog_categories(self) -> dict[str, tuple[str, ...]]:
        """Exogenous column of text -> the categories seen in training."""
        parts = (part.view.covariates.exog_categories for part in self.parts)
        return {name: known for own in parts for name, known in own.items()}

    @property
    def relative(self) -> bool:
        """Whether every part works on logarithms."""
        return all("log" in part.settings.scaler for part in self.parts)

    @property
    def distributional(self) -> bool:
        """Whether every part forecasts a distribution."""
        return not any(isinstance(part.settings.output, Point) for part in self.parts)

    def draws(self, h: int) -> bool:
        """Whether distributions are fed back to forecast so many rows."""
        horizon = min(part.settings.framing.horizon for part in self.parts)
        return self.distributional and h > horizon

    def of(self, kept: Sequence[int]) -> Combination:
        """Some of the parts."""
        return replace(self, parts=tuple(self.parts[part] for part in kept))

    def in_blocks(self, samples: int) -> Combination:
        """The same networks, with as many samples in each call, and always with the same program.

        A network that can pass over empty steps does so whether there are any or not: else whether
        one series has some would decide on the program, and the last bits, of all.
        """
        parts = tuple(
            replace(
                part,
                block=samples,
                masked=can_mask(part.settings, trained_with_mask=part.masked),
            )
            for part in self.parts
        )
        return replace(self, parts=parts)

    def support(self, panel: Panel) -> Support:
        """What the ends of intervals can be: from zero where the window level bounds forecasts so.

        Args:
            panel: the last rows of each series.
        """
        floor = np.full(len(panel.ids), -np.inf)
        if self.parts[0].settings.framing.level == "seasonal":
            read = panel.position >= (panel.lengths - self.look_back)[panel.series_of_row]
            known = np.where(read, panel.y, np.nan)
            floor[np.fmin.reduceat(known, panel.offsets[:-1]) >= 0] = 0
        whole = np.zeros(len(floor), bool) if self.kinds is None else self.kinds.whole
        return Support(floor, whole)

    @property
    def finishes(self) -> bool:
        """Whether forecasts are more than the means of what parts forecast."""
        return self.kinds is not None and bool(
            (self.kinds.kind != PLAIN).any() or self.parts[0].part.metric == "rmse"
        )

    def finish(self, panel: Panel, windows: Windows) -> Finish | None:
        """What makes forecasts those of the kinds of the series; None where nothing does.

        Args:
            panel: the series; rows after the origins are not read.
            windows: over the series of all targets.
        """
        if self.kinds is None or not self.finishes:
            return None
        framing, place = self.parts[0].settings.framing, self.kinds.special(windows)
        special = windows.where(place)
        reach = Reach.of(framing, self.kept_rows)
        return Finish(
            metric=self.parts[0].part.metric,
            place=place,
            kind=self.kinds.kind[special.series],
            share=self.kinds.share[special.series],
            past=OwnPast.of(panel, special, reach) if len(place) else None,
        )

    def forecast(
        self, panel: Panel, windows: Windows, h: int, states: Sequence[PartState] = ()
    ) -> Forecast:
        """The `h` rows that follow some windows.

        Args:
            panel: the series, with what is known of the rows ahead.
            windows: over `first_target(panel)`; one of each id in order where `one_origin`.
            h: rows to forecast.
            states: of each part, where the panel holds the last rows of each series only.
        """
        found = mean_of(self.by_part(panel, windows, h, states))
        finish = self.finish(panel, of_every_target(panel, windows))
        return found if finish is None else finish.of(found)

    def by_part(
        self, panel: Panel, windows: Windows, h: int, states: Sequence[PartState] = ()
    ) -> list[Forecast]:
        """As `forecast`, of each part alone."""
        states = states or [NOTHING] * len(self.parts)
        return [
            combined_from_windows(part, panel, windows, h, state)
            for part, state in zip(self.parts, states, strict=True)
        ]

    def one_step(self, panel: Panel, newest: Integers | None = None) -> Floats:
        """[rows] every row forecast one step ahead; NaN where a part has no forecast.

        Args:
            panel: the series.
            newest: [series] forecast only so many last rows of each series; None forecasts all.
        """
        if not self.finishes:
            return self.combined([one_step(part, panel, newest) for part in self.parts])
        windows = every_window(self.parts[0], panel)
        if newest is not None:
            ids, targets = first_target(panel), len(panel.targets)
            first = ids.offsets[1:] - newest[::targets]
            windows = windows.where(windows.origin >= first[windows.series])
        forecasts = np.full(panel.rows, np.nan)
        own = of_every_target(panel, windows)
        forecasts[own.origin] = self.forecast(panel, windows, 1).point[:, 0]
        return forecasts

    def ahead(self, panel: Panel, h: int, rows: Integers | None = None) -> Floats:
        """[series, h] what follows the first `rows` of each series, or all of them."""
        if not self.finishes:
            return self.combined([ahead(part, panel, h, rows) for part in self.parts])
        known = None if rows is None else rows[:: len(panel.targets)]
        return self.forecast(panel, last_windows(first_target(panel), known), h).point

    def states(self, panel: Panel, tail: Panel) -> list[PartState]:
        """The state of each part before the last rows of a panel.

        Args:
            panel: the series.
            tail: their last rows, from `gatecast.data.tail`.
        """
        before = panel.offsets[1:] - tail.lengths - 1
        windows = last_windows(first_target(panel))
        return [
            PartState(
                memory_before(part, panel, windows) if part.settings.stateful else [],
                level_before(part, panel, before, None),
            )
            for part in self.parts
        ]

    def combined(self, points: Sequence[Floats]) -> Floats:
        """One forecast [...] from the points of each part's members [members, ...]."""
        forecasts = [
            MemberForecast(members, None).combined(part.settings.combine)
            for part, members in zip(self.parts, points, strict=True)
        ]
        return mean_of(forecasts).point
