"""What the library makes of a series by itself: its rows in order of time, one `update` each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from served_models import forecaster_of, served_as

from gatecast.data import to_panel
from gatecast.forecasting.intervals import Record, record_of
from gatecast.forecasting.online import on_history
from gatecast.serving._served import Served, States
from gatecast.serving._standing import Standing
from gatecast.serving.engine import NewRow, arrivals
from gatecast.serving.store import Observation


class PlainReplay:
    """A fresh model that reads the rows of one series, one by one, in order of time.

    Attributes:
        alone: the estimator of the library, at the end of these rows; None before it can forecast.
        state: the record of the service, moved on alone; None before it can forecast.
    """

    def __init__(
        self,
        kind: str,
        unique_id: str,
        rows: Sequence[NewRow] = (),
        futr: Mapping[int, Mapping[str, Any]] | None = None,
    ) -> None:
        self._futr = futr or {}
        self.served: Served = served_as(kind)
        self.kind, self.unique_id = kind, unique_id
        self.alone: Any = None
        self.state: States | None = self.served.fitted_state(unique_id)
        self._first: list[NewRow] = []
        if self.state is not None:
            self._begin(self.state)
        for row in sorted(rows, key=lambda row: row.ds):
            self.read(row)

    def read(self, row: NewRow) -> None:
        """The row after the last one."""
        if self.state is None:
            self._first.append(row)
            if len(self._first) == self.served.first_rows:
                self._begin(self._scaled_by_itself())
            return
        self.alone.update(self._frame([row]))
        logged = Observation(0, row.ds, 0, row.y, row.others, row.judge)
        standing = Standing(self.served, [self.unique_id], self.state)
        arrived = replace(arrivals(self.served, [logged]), futr=[self._futr])
        self.state = standing.moved(arrived).states

    def copy(self) -> PlainReplay:
        """One that stands where this one does."""
        other = copy(self)
        other.alone, other._first = copy(self.alone), [*self._first]
        return other

    @property
    def record(self) -> bytes:
        """Of the state that the library has reached."""
        return self.served.layout.pack(self.alone.model_).tobytes()

    @property
    def track(self) -> Record:
        assert self.state is not None
        return record_of(self.state["track"][0])

    def forecast(self, h: int | None = None) -> list[float]:
        """Of the library, from its state as it is stored; the same as without storing it."""
        model = self.alone.model_
        layout = self.served.layout
        stored = layout.unpack([self.unique_id], layout.pack(model))
        found: list[float] = stored.forecast(h)[model.name].tolist()
        assert found == pytest.approx(model.forecast(h)[model.name].tolist(), rel=1e-5)
        return found

    def _begin(self, state: States) -> None:
        self.state = state
        model = self.served.layout.unpack([self.unique_id], state["record"])
        self.alone = copy(forecaster_of(self.kind)).standing_at(model)

    def _scaled_by_itself(self) -> States:
        model = self.served.model
        panel = model.context.panel
        target = list(panel.targets) if len(panel.targets) > 1 else panel.targets[0]
        history = to_panel(
            self._frame(self._first), freq=model.freq, exog=panel.exog, target_col=target
        )
        # Weights in blocks as the service has them.
        return self.served.states(on_history(self.served.layout.shared, history))

    def _frame(self, rows: Sequence[NewRow]) -> pd.DataFrame:
        times = [self.served.time(row.ds) for row in rows]
        columns = {"unique_id": self.unique_id, "ds": times, "y": [row.y for row in rows]}
        names = [*self.served.model.context.panel.targets[1:], *self.served.exog]
        columns |= {name: [row.others.get(name) for row in rows] for name in names}
        return pd.DataFrame(columns)


class Replays:
    """Plain replays of one kind of model, each begun where an earlier one had the same rows."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._known: dict[str, list[tuple[list[NewRow], PlainReplay]]] = {}

    def of(self, unique_id: str, rows: Sequence[NewRow]) -> PlainReplay:
        ordered = sorted(rows, key=lambda row: row.ds)
        known = self._known.setdefault(unique_id, [([], PlainReplay(self._kind, unique_id))])
        # A row that came late stands before some that were read already.
        while ordered[: len(known[-1][0])] != known[-1][0]:
            known.pop()
        read, before = known[-1]
        replay = before.copy()
        for row in ordered[len(read) :]:
            replay.read(row)
        known.append((ordered, replay))
        return replay
