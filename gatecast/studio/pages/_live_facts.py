"""What a page shows of a served model and of one of its series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from gatecast._types import Freq
from gatecast._wording import count
from gatecast.forecasting.intervals import Record, record_of
from gatecast.serving import store
from gatecast.serving.engine import (
    ForecastAnswer,
    ForecastRequest,
    NotFoundError,
    Served,
    Stand,
    stands_of,
)
from gatecast.serving.http import Service, shown_ds
from gatecast.serving.store import Observation, Preparation
from gatecast.studio.views import Ahead, Arrived, step_word

SHOWN_ROWS = 120
LISTED_SERIES = 200
_TABLE_ROWS = 12
# A row is unusual if an error as large as that of its forecast is rarer than this.
_UNUSUAL = 0.01
_LEVELS = (80.0, 95.0)
_KEYS = {"ds", "target"}


@dataclass(frozen=True)
class LiveModel:
    """A model that is served.

    Attributes:
        name: of it.
        version: that serves.
        previous: that served before, or None.
        h: rows that it forecasts.
        freq: its calendar step.
        series: how many there are.
        record: how well its forecasts were, over all of them.
        preparation: of the version that was prepared last, or None.
    """

    name: str
    version: str
    previous: str | None
    h: int
    freq: Freq
    series: int
    record: Record
    preparation: Preparation | None

    @property
    def words(self) -> str:
        """What it does, in one sentence."""
        step = step_word(self.freq)
        return f"{self.series:,} series, a value each {step}, {count(self.h, step)} ahead."

    @property
    def changing(self) -> bool:
        """Whether another version is on its way to serve."""
        return self.preparation is not None and self.preparation.state == "replaying"


@dataclass(frozen=True)
class LiveSeries:
    """A series of a served model, now.

    Attributes:
        name: its id.
        at: where it stands: the id of the event that led here.
        label: name of the values.
        arrived: its newest rows, or None if there are none.
        ahead: what comes next, or None.
        why_not: why nothing is forecast; empty if it is.
        record: how well its forecasts were.
        newest: the last rows, the newest first.
        next: the forecast, row by row.
    """

    name: str
    at: str
    label: str
    arrived: Arrived | None
    ahead: Ahead | None
    why_not: str
    record: Record
    newest: Sequence[Mapping[str, Any]]
    next: Sequence[Mapping[str, Any]]


def live_models(service: Service) -> list[LiveModel]:
    """All models that are served."""
    with service.database.reading() as connection:
        return [_model(service, connection, each) for each in store.models(connection)]


def live_model(service: Service, name: str) -> LiveModel:
    """One model that is served.

    Raises:
        NotFoundError: if there is none of that name.
    """
    with service.database.reading() as connection:
        versions = store.versions_of(connection, name)
        if versions is None:
            raise NotFoundError(f"no model is named {name!r}")
        return _model(service, connection, versions)


def _model(service: Service, connection: Connection, versions: store.ServedVersions) -> LiveModel:
    served = service.models.version(connection, versions.name, versions.version)
    return LiveModel(
        versions.name,
        versions.version,
        versions.previous,
        served.model.h,
        served.model.freq,
        len(_ids(connection, served)),
        service.record(connection, served),
        store.preparation_of(connection, versions.name),
    )


def found_series(service: Service, name: str, words: str) -> list[str]:
    """The ids of a model that have some words in them, sorted."""
    with service.database.reading() as connection:
        ids = _ids(connection, service.models.serving(connection, name))
    return [each for each in ids if words.casefold() in each.casefold()]


def _ids(connection: Connection, served: Served) -> list[str]:
    return sorted({*store.ids_of(connection, served.name), *served.fitted_ids})


def live_series(service: Service, model: str, name: str) -> LiveSeries:
    """A series as it stands now.

    Raises:
        NotFoundError: if there is none of that id, or no such model.
    """
    with service.database.reading() as connection:
        served = service.models.serving(connection, model)
        stand = stands_of(connection, served, [name])[name]
        if isinstance(stand, NotFoundError):
            raise stand
        number = store.numbers_of(connection, model, [name]).get(name)
        rows = []
        if number is not None:
            rows = store.observations_of(connection, number, last=SHOWN_ROWS)
    answer, why_not = (
        _forecast(service, model, name) if isinstance(stand, Stand) else (None, str(stand))
    )
    arrived = _arrived(served, name, rows)
    position = stand.position if isinstance(stand, Stand) else -1
    label = served.model.context.panel.targets[0]
    track = (stand.state if isinstance(stand, Stand) else served.fitted_states[:0])["track"]
    return LiveSeries(
        name,
        f"{served.version}-{position}",
        label,
        arrived,
        None if answer is None else _ahead(served, answer),
        why_not,
        record_of(track.reshape(-1)),
        [_row(served, row) for row in rows[: -_TABLE_ROWS - 1 : -1]],
        [] if answer is None else _next(served, answer),
    )


def _forecast(service: Service, model: str, name: str) -> tuple[ForecastAnswer | None, str]:
    """The forecast of a series, with intervals where the model has them, or why there is none."""
    wanted = [ForecastRequest(name, level=_LEVELS), ForecastRequest(name)]
    found = service.engine.forecast(model, wanted).result(service.settings.limits.seconds)
    answer = next((each for each in found if isinstance(each, ForecastAnswer)), None)
    return answer, "" if answer is not None else str(found[-1])


def _ahead(served: Served, answer: ForecastAnswer) -> Ahead:
    rows = _of_first_target(served, answer)
    name = _column(answer)
    kind = "datetime64[ns]" if served.dated else "int64"
    columns = {
        key: np.array([row[key] for row in rows], float) for key in rows[0] if key not in _KEYS
    }
    bounds = {
        level: (columns[f"{name}-lo-{level:g}"], columns[f"{name}-hi-{level:g}"])
        for level in _LEVELS
        if f"{name}-lo-{level:g}" in columns
    }
    return Ahead(np.array([row["ds"] for row in rows], kind), columns[name], bounds)


def _next(served: Served, answer: ForecastAnswer) -> list[dict[str, Any]]:
    name, widest = _column(answer), f"{max(_LEVELS):g}"
    return [
        {
            "ds": str(row["ds"]).replace("T", " "),
            "value": row[name],
            "low": row.get(f"{name}-lo-{widest}"),
            "high": row.get(f"{name}-hi-{widest}"),
        }
        for row in _of_first_target(served, answer)
    ]


def _column(answer: ForecastAnswer) -> str:
    """The column of the forecast: of the version that made it, which may have changed just now."""
    return next(key for key in answer.rows[0] if key not in _KEYS)


def _of_first_target(served: Served, answer: ForecastAnswer) -> list[Mapping[str, Any]]:
    first = served.model.context.panel.targets[0]
    return [row for row in answer.rows if row.get("target", first) == first]


def _arrived(served: Served, name: str, rows: Sequence[Observation]) -> Arrived | None:
    """The newest rows of the log, after the rows that the model was fitted on and keeps."""
    before_ds, before = _fitted_rows(served, name, rows[0].ds if rows else None)
    ds = [*before_ds, *(row.ds for row in rows)]
    if not ds:
        return None
    nothing = [np.nan] * len(before)
    return Arrived(
        np.array(ds, np.int64).astype(served.model.context.panel.ds.dtype)[-SHOWN_ROWS:],
        np.array([*before, *(row.y for row in rows)], float)[-SHOWN_ROWS:],
        np.array([*nothing, *(row.forecast for row in rows)], float)[-SHOWN_ROWS:],
        np.array([*(False for _ in before), *map(_is_unusual, rows)], bool)[-SHOWN_ROWS:],
    )


def _fitted_rows(served: Served, name: str, until: int | None) -> tuple[list[int], list[float]]:
    """The rows of a series that the model keeps, before some time."""
    place = served.fitted_ids.get(name)
    if place is None:
        return [], []
    panel = served.model.context.panel
    number = place * served.targets
    rows = slice(panel.offsets[number], panel.offsets[number + 1])
    ds, y = panel.ds[rows].astype(np.int64), panel.y[rows]
    early = np.ones(len(ds), bool) if until is None else ds < until
    return ds[early].tolist(), y[early].tolist()


def _row(served: Served, row: Observation) -> dict[str, Any]:
    return {
        "ds": str(shown_ds(served, row.ds)).replace("T", " "),
        "y": row.y,
        "forecast": row.forecast,
        "unusual": _is_unusual(row),
        "corrected": row.revision > 0,
        "arrived": row.arrived,
    }


def _is_unusual(row: Observation) -> bool:
    return row.p_value is not None and row.p_value < _UNUSUAL
