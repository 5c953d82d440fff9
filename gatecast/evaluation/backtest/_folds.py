"""Cutting a panel into windows: what is known at each cutoff, and the rows to forecast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import Integers, Panel
from gatecast.data import extend, filled, head, in_words, to_frame
from gatecast.evaluation.backtest._plan import WindowPlan


@dataclass(frozen=True)
class Fold:
    """One window of every series that is long enough for it.

    Attributes:
        panel: the series, cut after the window: later rows are not even here.
        known: [series] leading rows up to the cutoff.
    """

    panel: Panel
    known: Integers

    @property
    def cutoffs(self) -> NDArray[Any]:
        """[series] the last time that is known."""
        last: NDArray[Any] = self.panel.ds[self.panel.offsets[:-1] + self.known - 1]
        return last

    @property
    def delays(self) -> Integers:
        """[series] calendar steps from the last observation to the cutoff, 0 unless in a gap."""
        observed = self._is_known & ~np.isnan(self.panel.y)
        reached = np.where(observed, self.panel.position + 1, 0)
        return self.known - np.maximum.reduceat(reached, self.panel.offsets[:-1])

    def history(self) -> pd.DataFrame:
        """What is known: `unique_id`, `ds`, `y` and exogenous columns; gaps have no row."""
        exog = list(self.panel.exog)
        rows = frame_of(self.panel, exog)[self._is_known]
        return rows.dropna(subset=["y", *exog], how="all", ignore_index=True)

    def future(self, exog: Sequence[str]) -> pd.DataFrame:
        """`unique_id`, `ds` and the named columns of all rows after the last observation.

        In a gap without a row, a column keeps its last value. The frame goes on after the last row
        by as many rows as the longest delay of a series; there, too, columns keep their last value.
        """
        extra = int(self.delays.max())
        panel = extend(self.panel, extra) if extra else self.panel
        frame = frame_of(panel, exog).assign(
            **{name: in_words(panel, name, filled(panel, panel.exog[name])) for name in exog}
        )
        rows = frame[panel.position >= (self.known - self.delays)[panel.series_of_row]]
        return rows.drop(columns="y").reset_index(drop=True)

    def window(self) -> pd.DataFrame:
        """The rows to forecast: `unique_id`, `ds`, `cutoff`, `horizon` (from 1) and `y`."""
        series = self.panel.series_of_row
        frame = to_frame(self.panel)[["unique_id", "ds", "y"]]
        frame.insert(2, "cutoff", self.cutoffs[series])
        frame.insert(3, "horizon", self.panel.position - self.known[series] + 1)
        return frame[~self._is_known]

    @property
    def _is_known(self) -> NDArray[np.bool_]:
        return self.panel.position < self.known[self.panel.series_of_row]


@dataclass(frozen=True)
class Folds:
    """The windows of a backtest, the earliest first.

    Attributes:
        panel: the whole series.
        ends: [folds, series] leading rows known in each; 0 where a series is too short.
        h: rows of a window.
    """

    panel: Panel
    ends: Integers
    h: int

    def __len__(self) -> int:
        return len(self.ends)

    def __iter__(self) -> Iterator[Fold]:
        for known in self.ends:
            used = known > 0
            yield Fold(_leading(self.panel, np.where(used, known + self.h, 0)), known[used])

    def window(self) -> pd.DataFrame:
        """The rows to forecast in all windows."""
        return pd.concat([fold.window() for fold in self], ignore_index=True)


def separate(panel: Panel) -> Panel:
    """Each target of a series as a series of its own, for all that knows only one target."""
    if len(panel.targets) == 1:
        return panel
    # The targets of a series stand behind each other.
    targets = np.resize(panel.targets, len(panel.ids))
    ids = np.array([f"{name} ({target})" for name, target in zip(panel.ids, targets, strict=True)])
    return replace(panel, ids=ids, targets=("y",))


def fold_ends(panel: Panel, windows: WindowPlan) -> Integers:
    """The ends of all windows, as `WindowPlan.ends` has them.

    Raises:
        InputError: no series is long enough.

    Warns:
        InputWarning: some series are too short for some windows.
    """
    longest = int(panel.lengths.argmax())
    windows.refuse_short(panel.ids[longest], int(panel.lengths[longest]))
    short = np.flatnonzero(panel.lengths < windows.needed)
    windows.warn_about_short([(panel.ids[i], int(panel.lengths[i])) for i in short], len(short))
    return windows.ends(panel)


def _leading(panel: Panel, lengths: Integers) -> Panel:
    """The leading `lengths` [series] rows of each series; one with 0 is left out."""
    cut, used = head(panel, lengths), lengths > 0
    return replace(
        cut,
        ids=cut.ids[used],
        offsets=np.append(0, cut.offsets[1:][used]),
        static={name: values[used] for name, values in cut.static.items()},
    )


def frame_of(panel: Panel, exog: Sequence[str]) -> pd.DataFrame:
    """The calendar rows of a panel with the named exogenous columns."""
    frame = to_frame(panel)[["unique_id", "ds", "y"]]
    return frame.assign(**{name: in_words(panel, name) for name in exog})
