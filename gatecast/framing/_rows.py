"""What samples are gathered from: the rows of a panel as a network sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from gatecast._types import IRREGULAR, Floats, Integers, Panel
from gatecast.data import elapsed
from gatecast.framing._exogenous import Covariates
from gatecast.framing._framing import Framing
from gatecast.framing._targets import lead_rows, leads, side_by_side
from gatecast.framing._windows import filled
from gatecast.framing.scaling import Chain

Rows: TypeAlias = dict[str, Any]
"""Arrays by name, over the rows of the first target's series and, per series, over those series:

- `values` [rows, targets] scaled, gaps bridged; `targets` the same with NaN where nothing was
  observed or is to be known;
- `past` [rows, columns], `future` [rows, columns] exogenous columns, where there are any;
- `position`, `remaining` [rows] scaled rows of the series before and after a row, and `observed`
  [rows], where steps can be empty;
- `elapsed` [rows] steps since the observation before, where memory decays, and `time` [rows]
  since the first row, where times are irregular;
- `level` [rows, targets] smoothed, where the framing asks for it;
- `series` [rows]; `static`, `category` [series, columns]; `scale` [series, targets].
"""


@dataclass(frozen=True)
class View:
    """How the rows of a panel become what a network sees; all that was learnt from training rows.

    Attributes:
        framing: look-back, horizon and level.
        scaler: of the targets, per series.
        covariates: of the other columns.
        decays: whether the time between observations is seen.
        step: the usual time between observations, where times are irregular.
        scaled: whether the output needs the scale of each series.
        bridges: whether a gap counts as an observation of the value before it.
    """

    framing: Framing
    scaler: Chain
    covariates: Covariates
    decays: bool = False
    step: Any = None
    scaled: bool = False
    bridges: bool = False

    @property
    def context_rows(self) -> int:
        """Rows of history that a forecast looks back on."""
        return self.framing.look_back + self.scaler.lag

    @property
    def kept_rows(self) -> int:
        """Rows to keep of a history: one more where the time before the first is seen."""
        return self.context_rows + self.decays

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
            panel: the series; rows after the last observation are yet to be forecast.
            train: [series] hide what comes after so many leading rows of each series.
            masked: whether steps can be empty.
            level: [series] the smoothed level before the first row, where it is known.
        """
        lead = leads(panel)
        scaled = self.scaler.transform_rows(filled(panel), panel)
        train = panel.lengths if train is None else train
        known = (panel.position < train[panel.series_of_row]) & ~np.isnan(scaled)
        values = np.where(known, scaled, 0)
        targets = np.where(known & ~np.isnan(panel.y), scaled, np.nan)
        rows: Rows = {
            "values": side_by_side(panel, values).astype(np.float32),
            "targets": side_by_side(panel, targets).astype(np.float32),
        }
        past = self.covariates.past(lead)
        if past is not None:
            rows["past"] = past.astype(np.float32)
            if past.shape[1] > self.covariates.past_only:
                rows["future"] = rows["past"][:, self.covariates.past_only :]
        if masked:
            rows |= self._places(panel, lead, train)
        if self.decays:
            rows |= self._times(panel, lead)
        if self.framing.level == "smoothed":
            smooth = self.smoothed(panel, np.where(np.isnan(panel.y), np.nan, scaled), level)
            rows["level"] = side_by_side(panel, np.nan_to_num(smooth)).astype(np.float32)
        return rows | self._by_series(panel, lead)

    def smoothed(self, panel: Panel, scaled: Floats, level: Floats | None = None) -> Floats:
        """[rows] level after each row: level += smoothing * (value - level), from the first value.

        Simple exponential smoothing (Brown 1959). Rows without a value leave it as it is; before
        the first value it is NaN.
        """
        series = panel.series_of_row
        values = pd.Series(scaled)
        if level is not None:
            # A row before the first one that holds the level so far.
            values = pd.concat([pd.Series(level), values], ignore_index=True)
            series = np.concatenate([np.arange(len(level)), series])
        smooth = values.groupby(series).ewm(
            alpha=self.framing.smoothing, adjust=False, ignore_na=True
        )
        found: Floats = smooth.mean().droplevel(0).sort_index().to_numpy()
        return found[len(values) - panel.rows :]

    def _places(self, panel: Panel, lead: Panel, train: Integers) -> Rows:
        any_target = ~np.isnan(side_by_side(panel, panel.y)).all(axis=1)
        # What a forecast is to fill in counts as observed.
        last = pd.Series(np.where(any_target, lead.position, -1)).groupby(lead.series_of_row).max()
        ahead = lead.position > last.to_numpy()[lead.series_of_row]
        ends = train[:: len(panel.targets)][lead.series_of_row]
        return {
            "observed": any_target | ahead | self.bridges,
            "position": (lead.position - self.scaler.lag).astype(np.int32),
            "remaining": (ends - lead.position - 1).astype(np.int32),
        }

    def _times(self, panel: Panel, lead: Panel) -> Rows:
        since = elapsed(panel, self.step)[lead_rows(panel)]
        times: Rows = {"elapsed": since.astype(np.float32)}
        if lead.freq == IRREGULAR:
            time = (lead.ds - lead.ds[lead.offsets[:-1]][lead.series_of_row]) / self.step
            times["time"] = time.astype(np.float32)
        return times

    def _by_series(self, panel: Panel, lead: Panel) -> Rows:
        found: Rows = {
            "static": self.covariates.static(lead),
            "category": self.covariates.category(lead),
            "scale": self.scaler.scale.reshape(-1, len(panel.targets)) if self.scaled else None,
        }
        by_series = {
            name: array.astype(np.int32 if name == "category" else np.float32)
            for name, array in found.items()
            if array is not None
        }
        return by_series and by_series | {"series": lead.series_of_row.astype(np.int32)}


BY_SERIES = ("static", "category", "scale")
"""The arrays of `Rows` that have one row per series."""


def stretches(view: View, rows: Rows, origin: Integers, ahead: int) -> Rows:
    """The rows around each origin, each sample with rows of its own that it can write on.

    What an origin cannot know is left out: exogenous columns known up to the origin only keep
    their last values, and the rows ahead count as observed, each one step after the other.

    Args:
        view: that made the rows.
        rows: as `View.rows` gives them.
        origin: [samples].
        ahead: rows from the origin on.

    Returns:
        The same names, [samples, look_back + ahead, ...] each, or [samples, ...] where one value
        stands for a series.
    """
    look_back = view.framing.look_back
    steps = np.arange(-look_back, ahead)
    place = np.clip(origin[:, None] + steps, 0, len(rows["values"]) - 1)
    own: Rows = {
        name: array[place]
        for name, array in rows.items()
        if name not in (*BY_SERIES, "targets", "remaining", "series")
    }
    own |= {name: rows[name][rows["series"][origin - 1]] for name in BY_SERIES if name in rows}
    if "past" in own:
        hist = view.covariates.past_only
        own["past"][:, look_back:, :hist] = own["past"][:, look_back - 1 : look_back, :hist]
    if "observed" in own:
        own["observed"][:, look_back:] = True
        own["position"] = rows["position"][origin - 1][:, None] + steps.astype(np.int32) + 1
    if "elapsed" in own:
        apart = np.diff(own["time"], axis=1)[:, look_back:] if "time" in own else 1
        own["elapsed"][:, look_back + 1 :] = apart
    return own
