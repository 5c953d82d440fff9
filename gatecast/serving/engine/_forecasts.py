"""Forecasts of the series of a model, from their states alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from gatecast._types import InputError
from gatecast.forecasting.intervals import Record, record_of
from gatecast.serving import store
from gatecast.serving._served import Served, States
from gatecast.serving._standing import Standing
from gatecast.serving.engine._errors import NotFoundError, TooFewRowsError
from gatecast.serving.engine._models import close_names
from gatecast.serving.store import StoredState


@dataclass(frozen=True)
class ForecastRequest:
    """What is to be forecast of a series.

    Attributes:
        unique_id: of the series.
        h: rows, the model's own number if None.
        level: of intervals, in percent.
    """

    unique_id: str
    h: int | None = None
    level: tuple[float, ...] = ()


@dataclass(frozen=True)
class ForecastAnswer:
    """A forecast, and how far it may be trusted.

    Attributes:
        unique_id: of the series.
        rows: one record per row (and target): "ds", the forecast and the ends of intervals.
        model_version: that made it.
        as_of: time of the last row that was read.
        record: coverage and skill of the forecasts of this series so far.
    """

    unique_id: str
    rows: tuple[Mapping[str, Any], ...]
    model_version: str
    as_of: Any
    record: Record


@dataclass(frozen=True)
class Stand:
    """Where a series stands.

    Attributes:
        number: in the database, None before its first observation there.
        position: rows of the log that it has read.
        state: [1] after them.
    """

    number: int | None
    position: int
    state: States


def forecasts(
    connection: Connection, served: Served, requests: Sequence[ForecastRequest]
) -> list[ForecastAnswer | InputError]:
    """Answer requests, those of the same kind together.

    The answer for a series is the same, bit for bit, whichever others are asked for with it.

    Args:
        connection: in a transaction.
        served: the version that serves.
        requests: in any order.

    Returns:
        The answer to each, or why there is none.
    """
    stands = stands_of(connection, served, sorted({each.unique_id for each in requests}))
    return forecasts_from(connection, served, stands, requests)


def forecasts_from(
    connection: Connection | None,
    served: Served,
    stands: Mapping[str, Stand | InputError],
    requests: Sequence[ForecastRequest],
) -> list[ForecastAnswer | InputError]:
    """As `forecasts`, where it is known where the series stand.

    Without columns of the future, nothing is read from the database.
    """
    answers: dict[ForecastRequest, ForecastAnswer | InputError] = {}
    kinds: dict[tuple[int | None, tuple[float, ...]], dict[str, Stand]] = {}
    for each in requests:
        stand = stands[each.unique_id]
        if isinstance(stand, Stand):
            kinds.setdefault((each.h, each.level), {})[each.unique_id] = stand
        else:
            answers[each] = stand
    for (h, level), some in kinds.items():
        # A series without its columns of the future must not spoil the others.
        groups = [some] if not served.model.members.futr_exog else [{k: v} for k, v in some.items()]
        for group in groups:
            answers |= _answered(connection, served, group, h, level)
    return [answers[each] for each in requests]


def stands_of(
    connection: Connection, served: Served, ids: Sequence[str]
) -> dict[str, Stand | InputError]:
    """Where some series stand, or why they have no state."""
    numbers = store.numbers_of(connection, served.name, ids)
    states = store.states_of(connection, numbers.values(), served.version)
    found: dict[str, Stand | InputError] = {}
    for name in ids:
        number = numbers.get(name)
        stand = stand_at(served, name, number, None if number is None else states.get(number))
        if stand is None:
            known = [*served.fitted_ids, *store.ids_of(connection, served.name)]
            stand = NotFoundError(
                f"model {served.name!r} has no series {name!r}{close_names(name, known)}"
            )
        found[name] = stand
    return found


def stand_at(
    served: Served, unique_id: str, number: int | None, stored: StoredState | None
) -> Stand | InputError | None:
    """Where a series stands, or why it has no state; None where nothing is known of it.

    Args:
        served: the model.
        unique_id: of the series.
        number: of it in the database, if it has one.
        stored: what the database has of it under this version.
    """
    if stored is not None and stored.state is not None:
        return Stand(number, stored.position, served.states_from(stored.state))
    if stored is not None:
        return too_few_rows(served, unique_id, stored.observed)
    fitted = served.fitted_state(unique_id)
    return None if fitted is None else Stand(number, 0, fitted)


def too_few_rows(served: Served, unique_id: str, rows: int) -> TooFewRowsError:
    """That a series has so few rows that it cannot be forecast."""
    return TooFewRowsError(
        f"series {unique_id!r} has {rows} rows, but a first forecast needs {served.first_rows}"
    )


def _answered(
    connection: Connection | None,
    served: Served,
    stands: Mapping[str, Stand],
    h: int | None,
    level: tuple[float, ...],
) -> dict[ForecastRequest, ForecastAnswer | InputError]:
    """Forecasts of the same kind for some series."""
    ids = sorted(stands)
    states = served.states_from(b"".join(stands[name].state.tobytes() for name in ids))
    standing = Standing(served, ids, states)
    requests = [ForecastRequest(name, h, level) for name in ids]
    try:
        columns = standing.forecast(h, level, _future(connection, served, stands, standing))
    except InputError as error:
        return dict.fromkeys(requests, error)
    rows = _records(columns)
    return {
        request: ForecastAnswer(
            request.unique_id,
            rows[place],
            served.version,
            standing.last_ds[place],
            record_of(states["track"][place]),
        )
        for place, request in enumerate(requests)
    }


def _records(columns: Mapping[str, NDArray[Any]]) -> list[tuple[dict[str, Any], ...]]:
    """[ids] one record a row, of columns [ids, rows]."""
    values = [
        _texts(column) if column.dtype.kind == "M" else column.tolist()
        for column in columns.values()
    ]
    return [
        tuple(dict(zip(columns, row, strict=True)) for row in zip(*own, strict=True))
        for own in zip(*values, strict=True)
    ]


def _texts(ds: NDArray[Any]) -> list[list[str]]:
    """[ids, rows] dates as text, with a time of day where not all of an id are at midnight."""
    found: list[list[str]] = [[] for _ in ds]
    left = np.arange(len(ds))
    for unit in ("D", "s", "ns"):
        rounded = ds[left].astype(f"datetime64[{unit}]")
        fits = (ds[left] == rounded).all(axis=1)
        for place, texts in zip(left[fits], rounded[fits].astype(str).tolist(), strict=True):
            found[place] = texts
        left = left[~fits]
        if not len(left):
            break
    return found


def _future(
    connection: Connection | None, served: Served, stands: Mapping[str, Stand], standing: Standing
) -> pd.DataFrame | None:
    """What has been told of the rows ahead, where the model reads such columns."""
    if connection is None or not served.model.members.futr_exog:
        return None
    columns = served.model.columns
    rows: list[dict[str, Any]] = []
    for name, last in zip(standing.ids, standing.last_ds, strict=True):
        number = stands[name].number
        told = (
            {}
            if number is None
            else store.futures_of(connection, number, int(last.astype(np.int64)))
        )
        if not told:
            raise InputError(
                f"series {name!r}: the model reads {', '.join(served.model.members.futr_exog)} of "
                "the rows ahead, and nothing is stored of them: send these columns as futr"
            )
        rows += [
            {columns.unique_id: name, columns.ds: served.time(ds)} | values
            for ds, values in told.items()
        ]
    names = [columns.unique_id, columns.ds, *served.model.members.futr_exog]
    return pd.DataFrame(rows, columns=names)
