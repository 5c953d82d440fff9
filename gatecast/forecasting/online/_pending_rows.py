"""Rows that have arrived since the last row of a panel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecast._types import Floats, Panel
from gatecast.data import extend, later_ds


class PendingRows:
    """Rows that follow those of a panel, one calendar step after the other.

    Args:
        known: the panel.
        skipped: [series] steps between its last row and the first of these, 0 if None.
    """

    def __init__(self, known: Panel, skipped: Any = None) -> None:
        self._known = known
        self._skipped = np.zeros(len(known.ids), int) if skipped is None else skipped
        self._rows: list[Floats] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, rows: Floats) -> None:
        """Append rows, [rows, series], NaN where nothing was observed."""
        self._rows += list(rows)

    def panel(self) -> Panel | None:
        """Each series from its first to its last observation; None if there is none."""
        observed = self._observed()
        if not observed.any():
            return None
        later = np.maximum.accumulate(observed[:, ::-1], axis=1)[:, ::-1]
        inside = np.maximum.accumulate(observed, axis=1) & later
        seen = inside.any(axis=1)
        return replace(
            self._known,
            ids=self._known.ids[seen],
            ds=self.following(len(self)).ds.reshape(inside.shape)[inside],
            y=np.transpose(self._rows)[inside],
            offsets=np.concatenate([[0], np.cumsum(inside.sum(axis=1)[seen])]),
            static={name: values[seen] for name, values in self._known.static.items()},
        )

    def following(self, count: int) -> Panel:
        """The next `count` rows of each series, from the first pending one on; `y` is NaN."""
        ahead = extend(self._known, int(self._skipped.max()) + count)
        place = ahead.position - (self._known.lengths + self._skipped)[ahead.series_of_row]
        inside = (place >= 0) & (place < count)
        offsets = np.arange(len(self._known.ids) + 1) * count
        return replace(ahead, ds=ahead.ds[inside], y=ahead.y[inside], offsets=offsets)

    def next_ds(self, count: int) -> NDArray[Any]:
        """[series, count] the times of the rows that come after the pending ones."""
        last = self._known.ds[self._known.offsets[1:] - 1][:, None]
        steps = self._skipped[:, None] + len(self) + np.arange(1, count + 1)
        return later_ds(last, self._known.freq, steps)

    def after(self, known: Panel) -> PendingRows:
        """What is left once `panel()` was appended to the known rows: empty steps to skip."""
        observed = self._observed()
        silent = observed[:, ::-1].argmax(axis=1)
        skipped = np.where(observed.any(axis=1), silent, self._skipped + len(self))
        return PendingRows(known, skipped)

    def _observed(self) -> Any:
        """[series, rows] whether any target was observed."""
        targets = len(self._known.targets)
        any_target = ~np.isnan(self._rows).reshape(len(self), -1, targets).all(axis=2)
        return np.repeat(any_target, targets, axis=1).T
