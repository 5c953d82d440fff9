"""Routes that take observations."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import lru_cache
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json
from starlette.datastructures import QueryParams
from starlette.responses import Response

from gatecast._types import InputError
from gatecast.serving._served import Served
from gatecast.serving.engine import ForecastAnswer, Once, Outcome
from gatecast.serving.http._bodies import (
    ARROW,
    CSV,
    JSON,
    NDJSON,
    Body,
    body_of,
    check_id,
    futures_of,
    rows_of,
)
from gatecast.serving.http._problems import ProblemError
from gatecast.serving.http._security import allowed
from gatecast.serving.http._service import service_of, shown_ds
from gatecast.serving.http.routes import _answers as answers
from gatecast.serving.http.routes._forecasts import answer_json
from gatecast.serving.http.routes._routing import IdRoute, ahead_of, router
from gatecast.serving.store import Key

routes = router("observations", "write")

_ROW = {
    "type": "object",
    "properties": {
        "unique_id": {"type": "string"},
        "ds": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        "y": {"type": "number"},
    },
    "required": ["ds"],
}
_SCHEMA = {
    "type": "object",
    "properties": {
        "observations": {"type": "array", "items": _ROW},
        "futr": {"type": "array", "items": _ROW},
        "forecast": {"type": "boolean"},
    },
    "required": ["observations"],
}
_ONCE = "Idempotency-Key"
_LONGEST_ONCE = 255
_BODY: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": _ONCE,
            "description": "any text; what is sent again with it is not carried out again",
            "schema": {"type": "string", "minLength": 1, "maxLength": _LONGEST_ONCE},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": _SCHEMA},
            NDJSON: {"schema": {"type": "string"}},
            CSV: {"schema": {"type": "string"}},
            ARROW: {"schema": {"type": "string", "format": "binary"}},
        },
    },
}


class _Wanted(BaseModel):
    """What a request wants besides storing its rows."""

    model_config = ConfigDict(frozen=True)

    h: answers.H = None
    level: answers.Levels = ()
    forecast: bool = Field(default=False, description="return the new forecast of each series")
    judge: bool = Field(
        default=True, description="compare the rows with their forecasts; not for history"
    )
    anomaly_level: float = Field(
        default=99.0, gt=0, lt=100, description="a row is an anomaly beyond this interval, percent"
    )


Asked = Annotated[_Wanted, Query()]


class _StraightRoute(IdRoute):
    """A route whose handler reads what `Asked` declares by itself.

    Its requests come most often, and are short. FastAPI would look for each parameter of each of
    them, which takes as long as all the rest.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """From a request to its answer."""
        check, endpoint = allowed("write"), self.endpoint

        async def handle(request: Request) -> Response:
            await check(request)
            wanted = _read(request.scope["query_string"])
            found: Response = await endpoint(request, **request.path_params, wanted=wanted)
            return found

        return handle


@lru_cache(maxsize=256)
def _read(query: bytes) -> _Wanted:
    given = QueryParams(query)
    values: dict[str, Any] = dict(given) | {"level": given.getlist("level")}
    try:
        return _Wanted.model_validate(values)
    except ValidationError as error:
        places = [{**each, "loc": ("query", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(places) from None


routes.route_class = _StraightRoute


@routes.post(
    "/v1/models/{model}/series/{unique_id}/observations",
    openapi_extra=_BODY,
    response_model=answers.TakenOfOne,
)
async def observe_one(
    request: Request, model: answers.ModelName, unique_id: answers.SeriesId, wanted: Asked
) -> Response:
    """Take rows of one series; the answer comes once they are durable."""
    taken = await _observe(request, model, wanted, check_id(unique_id))
    # That of the series, if there is one, stands beside what became of its rows.
    for made in taken.pop("forecasts", ()):
        taken |= {name: value for name, value in made.items() if name != "unique_id"}
    return _answer(taken)


@routes.post(
    "/v1/models/{model}/observations", openapi_extra=_BODY, response_model=answers.TakenOfMany
)
async def observe_many(request: Request, model: answers.ModelName, wanted: Asked) -> Response:
    """Take rows of any series, as JSON, NDJSON, CSV or an Arrow stream."""
    return _answer(await _observe(request, model, wanted, None))


async def _observe(
    request: Request, model: str, wanted: _Wanted, unique_id: str | None
) -> dict[str, Any]:
    service = service_of(request)
    limits = service.settings.limits
    ahead = ahead_of(limits, wanted.h, wanted.level)
    served = await service.served(model)
    content = await request.body()
    body = body_of(content, request.headers.get("content-type", ""), limits)
    forecast = wanted.forecast or _asks(body)
    rows = rows_of(served, body.rows, unique_id)
    futr = futures_of(served, body.futr, unique_id)
    if not rows and not futr:
        raise InputError("there are no rows in the body: give observations with ds and y")
    if not wanted.judge:
        rows = [replace(row, judge=False) for row in rows]
    ids = sorted({row.unique_id for row in rows}.union(futr)) if forecast else []
    asked = [ahead.of(name) for name in ids]
    outcome = await service.answer(
        service.engine.observe(model, rows, asked, futr, _once(request, model, content))
    )
    taken = {
        "accepted": outcome.accepted,
        "corrected": outcome.corrected,
        "duplicates": outcome.duplicates,
        "futr": outcome.futr,
        "rows": _rows(served, outcome, wanted),
    }
    if forecast:
        taken |= _forecasts(served, ids, outcome.forecasts)
    return taken


def _once(request: Request, model: str, content: bytes) -> Once | None:
    """What tells a request that is sent again, as the IETF's draft of the header has it."""
    given = request.headers.get(_ONCE)
    if given is None:
        return None
    given = given.strip().strip('"')
    if not (0 < len(given) <= _LONGEST_ONCE and given.isascii() and given.isprintable()):
        raise ProblemError(
            HTTPStatus.BAD_REQUEST, f"{_ONCE} needs 1 to {_LONGEST_ONCE} characters of ASCII"
        )
    key: Key | None = request.scope.get("gatecast.key")
    asked = [
        request.scope.get("raw_path") or request.scope["path"].encode(),
        request.scope["query_string"],
        request.headers.get("content-type", "").encode(),
        content,
    ]
    return Once(
        _hash(*map(str.encode, ("" if key is None else key.name, model, given))), _hash(*asked)
    )


def _hash(*parts: bytes) -> str:
    found = hashlib.sha256()
    for part in parts:
        # With its length: parts that run together would be the same.
        found.update(b"%d:" % len(part) + part)
    return found.hexdigest()


def _asks(body: Body) -> bool:
    """Whether a body asks for forecasts."""
    asked = body.more.get("forecast", False)
    if not isinstance(asked, bool):
        raise InputError("forecast must be true or false")
    return asked


def _rows(served: Served, outcome: Outcome, wanted: _Wanted) -> list[dict[str, Any]]:
    limit = 1 - wanted.anomaly_level / 100
    return [
        {
            "unique_id": name,
            "ds": shown_ds(served, row.ds),
            "forecast": row.forecast,
            "p_value": row.p_value,
            "anomaly": None if row.p_value is None else row.p_value < limit,
        }
        for name, row in zip(outcome.ids, outcome.rows, strict=True)
    ]


def _answer(taken: dict[str, Any]) -> Response:
    return Response(to_json(taken), media_type=JSON)


def _forecasts(
    served: Served, ids: Sequence[str], found: Sequence[ForecastAnswer | InputError]
) -> dict[str, Any]:
    every = [answer_json(served, each) for each in found if isinstance(each, ForecastAnswer)]
    pending = {
        name: str(each)
        for name, each in zip(ids, found, strict=True)
        if isinstance(each, InputError)
    }
    return {"forecasts": every} | ({"pending": pending} if pending else {})
