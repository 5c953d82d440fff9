"""What the library makes of a series by itself: its rows in order of time, one `update` each."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from served_models import forecaster_of, served_as

from gatecast.data import to_panel
from gatecast.forecasting.intervals import Record, record_of
from gatecast.forecasting.online import on_history
from gatecast.serving._served import Served, Standing, States
from gatecast.serving.engine import NewRow, arrivals
from gatecast.serving.store import Observation


class PlainReplay:
    """A fresh model that reads the rows of one series, one by one, in order of time.

    Attributes:
        alone: the estimator of the library, at the end of these rows; None before it can forecast.
        state: the record of the service, moved on alone; None before it can forecast.
    """

    def __init__(
        self, kind: str, unique_id: str, rows: Iterable[NewRow], *, adaptive: bool = True
    ) -> None:
        self.served: Served = served_as(kind, adaptive=adaptive)
        self.unique_id = unique_id
        self.alone: Any = None
        self.state: States | None = self.served.fitted_state(unique_id)
        ordered = sorted(rows, key=lambda row: row.ds)
        layout = self.served.layout
        if self.state is None and len(ordered) >= self.served.first_rows:
            first, ordered = ordered[: self.served.first_rows], ordered[self.served.first_rows :]
            model = self.served.model
            panel = model.context.panel
            history = to_panel(
                self._frame(first), freq=model.freq, exog=panel.exog,
                target_col=list(panel.targets) if len(panel.targets) > 1 else panel.targets[0],
            )  # fmt: skip
            # The same weights in blocks of the same size; the series are its own.
            self.state = self.served.states(on_history(layout.shared, history))
        if self.state is None:
            return
        self.alone = forecaster_of(kind).standing_at(
            layout.unpack([unique_id], self.state["record"])
        )
        for row in ordered:
            self.alone.update(self._frame([row]))
            arrived = arrivals(self.served, [_logged(row)])
            self.state = Standing(self.served, [unique_id], self.state).moved(arrived).states

    @property
    def record(self) -> bytes:
        """Of the state that the library has reached."""
        return self.served.layout.pack(self.alone.model_).tobytes()

    @property
    def track(self) -> Record:
        assert self.state is not None
        return record_of(self.state["track"][0])

    def forecast(self, h: int = 3, level: Iterable[float] = ()) -> list[dict[str, Any]]:
        return self.alone.predict(h, level=list(level)).drop(columns="unique_id").to_dict("records")

    def _frame(self, rows: list[NewRow]) -> pd.DataFrame:
        times = [self.served.time(row.ds) for row in rows]
        columns = {"unique_id": self.unique_id, "ds": times, "y": [row.y for row in rows]}
        names = [*self.served.model.context.panel.targets[1:], *self.served.exog]
        columns |= {name: [row.others.get(name) for row in rows] for name in names}
        return pd.DataFrame(columns)


def _logged(row: NewRow) -> Observation:
    return Observation(0, row.ds, 0, row.y, row.others, row.judge)
