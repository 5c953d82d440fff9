"""Routes about single series: where they stand, what they were, and their end."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from gatecast._types import InputError
from gatecast.forecasting.intervals import record_of
from gatecast.serving import store
from gatecast.serving._served import Served
from gatecast.serving.engine import BusyError, ForecastRequest, NotFoundError, Stand, stands_of
from gatecast.serving.http._bodies import check_id
from gatecast.serving.http._security import holds
from gatecast.serving.http._service import Service, service_of, shown_ds
from gatecast.serving.http.routes import _answers as answers
from gatecast.serving.http.routes._forecasts import answer_json, record_json
from gatecast.serving.http.routes._routing import AskedAhead, router

routes = router("series", "read")
writing = router("series", "write")

# Another worker may have taken rows: its state is looked at so often.
_POLL_SECONDS = 1.0
_KEEP_ALIVE_SECONDS = 15.0
_MOST_LISTED = 1000


@routes.get("/v1/models/{model}/series", response_model=answers.SeriesList)
async def list_series(
    request: Request,
    model: answers.ModelName,
    after: Annotated[str, Query(description="only ids after this one")] = "",
    limit: Annotated[int, Query(ge=1, le=_MOST_LISTED)] = 100,
) -> dict[str, Any]:
    """The ids that have observations, or that the model was fitted on; sorted."""
    service = service_of(request)
    served = await service.served(model)

    def look() -> list[str]:
        with service.database.reading() as connection:
            return sorted({*store.ids_of(connection, model), *served.fitted_ids})

    later = [name for name in await run_in_threadpool(look) if name > after]
    more = len(later) > limit
    return {"series": later[:limit], "next": later[limit - 1] if more else None}


@routes.get("/v1/models/{model}/series/{unique_id}", response_model=answers.SeriesInfo)
async def series_info(
    request: Request, model: answers.ModelName, unique_id: answers.SeriesId
) -> dict[str, Any]:
    """Where a series stands, and how well it was forecast."""
    service = service_of(request)
    name = check_id(unique_id)
    served = await service.served(model)
    return await run_in_threadpool(_info, service, served, name)


@routes.get("/v1/models/{model}/series/{unique_id}/history", response_model=answers.History)
async def history(
    request: Request,
    model: answers.ModelName,
    unique_id: answers.SeriesId,
    last: Annotated[int, Query(ge=1, description="only so many of the latest rows")] = 100,
) -> dict[str, Any]:
    """What came, and what had been forecast for it."""
    service = service_of(request)
    name = check_id(unique_id)
    if last > service.settings.limits.history:
        raise InputError(f"last is {last:,}, at most {service.settings.limits.history:,} are given")
    served = await service.served(model)
    return await run_in_threadpool(_history, service, served, name, last)


@routes.get("/v1/models/{model}/series/{unique_id}/events", response_class=StreamingResponse)
async def events(
    request: Request,
    model: answers.ModelName,
    unique_id: answers.SeriesId,
    ahead: AskedAhead,
) -> StreamingResponse:
    """The forecast now, and the new one after each observation, as server-sent events."""
    service = service_of(request)
    name = check_id(unique_id)
    served = await service.served(model)
    await run_in_threadpool(_position, service, served, name)
    stream = forecast_events(service, model, ahead.of(name), partial(holds, request))
    return StreamingResponse(stream, media_type="text/event-stream")


@writing.delete("/v1/models/{model}/series/{unique_id}", status_code=204)
async def delete_series(
    request: Request, model: answers.ModelName, unique_id: answers.SeriesId
) -> Response:
    """Delete a series with all its observations."""
    service = service_of(request)
    name = check_id(unique_id)
    await service.served(model)
    await service.answer(service.engine.call(lambda: _delete(service, model, name)))
    return Response(status_code=204)


def _known(connection: Connection, served: Served, name: str) -> Stand | InputError:
    """Where a series stands, or why it has no state yet.

    Raises:
        NotFoundError: if there is none of that id.
    """
    found = stands_of(connection, served, [name])[name]
    if isinstance(found, NotFoundError):
        raise found
    return found


def _info(service: Service, served: Served, name: str) -> dict[str, Any]:
    with service.database.reading() as connection:
        found = _known(connection, served, name)
        number = store.numbers_of(connection, served.name, [name]).get(name)
        bounds = None if number is None else store.bounds_of(connection, number)
        stored = None
        if number is not None:
            stored = store.states_of(connection, [number], served.version).get(number)
    observed = 0 if stored is None else stored.observed
    needed = 0 if isinstance(found, Stand) else served.first_rows - observed
    track = (found.state if isinstance(found, Stand) else served.fitted_states[:0])["track"]
    last = stored.ds if stored is not None else served.fitted_ends.get(name)
    return {
        "unique_id": name,
        "model_version": served.version,
        "rows": observed,
        "first": None if bounds is None else shown_ds(served, bounds[0]),
        "last": None if last is None else shown_ds(served, last),
        "needed": needed,
        **record_json(record_of(track.reshape(-1))),
    }


def _history(service: Service, served: Served, name: str, last: int) -> dict[str, Any]:
    with service.database.reading() as connection:
        _known(connection, served, name)
        number = store.numbers_of(connection, served.name, [name]).get(name)
        rows = [] if number is None else store.observations_of(connection, number, last=last)
    return {
        "unique_id": name,
        "observations": [
            {
                "ds": shown_ds(served, row.ds),
                "y": row.y,
                "others": row.others,
                "revision": row.revision,
                "forecast": row.forecast,
                "p_value": row.p_value,
                "model_version": row.version,
                "arrived": row.arrived,
            }
            for row in rows
        ],
    }


def _position(service: Service, served: Served, name: str) -> tuple[str, int]:
    """What a forecast depends on: the version, and the rows that were read."""
    with service.database.reading() as connection:
        found = _known(connection, served, name)
    return served.version, found.position if isinstance(found, Stand) else -1


def _delete(service: Service, model: str, name: str) -> None:
    with service.database.writing() as connection:
        number = store.numbers_of(connection, model, [name]).get(name)
        if number is None or not store.lock_series(connection, [number]):
            raise NotFoundError(f"model {model!r} has no observations of a series {name!r}")
        store.drop_series(connection, number)


async def forecast_events(
    service: Service,
    model: str,
    wanted: ForecastRequest,
    holds: Callable[[], Awaitable[bool]],
) -> AsyncIterator[str]:
    """Server-sent events: the forecast of a series now, and after each of its observations.

    The id of an event is `position_id` of where the series stands. They end when the client leaves,
    may no more, the series is deleted or the service stops.

    Args:
        service: with the model.
        model: its name.
        wanted: the series, and how far to forecast it.
        holds: whether the client may still be told.
    """
    name = wanted.unique_id
    told: tuple[str, int] | None = None
    quiet = 0.0
    while not service.stopping.is_set():
        data = None
        try:
            if not await holds():
                return
            served = await service.served(model)
            now = await run_in_threadpool(_position, service, served, name)
            if now != told and now[1] >= 0:
                (found,) = await service.answer(service.engine.forecast(model, [wanted]))
                told = now
                if not isinstance(found, InputError):
                    data = json.dumps(answer_json(served, found))
        except NotFoundError:
            # It was deleted.
            return
        except (store.StoreError, BusyError, TimeoutError):
            # This may pass; the client gets the next forecast later.
            pass
        if data is not None and told is not None:
            yield f"id: {told[0]}-{told[1]}\nevent: forecast\ndata: {data}\n\n"
            quiet = 0.0
        elif quiet >= _KEEP_ALIVE_SECONDS:
            yield ": still here\n\n"
            quiet = 0.0
        quiet += await service.woken((model, name), _POLL_SECONDS)
