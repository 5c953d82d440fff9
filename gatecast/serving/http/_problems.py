"""Errors as problem details (RFC 9457): what is wrong, and nothing of how the service is built."""

from __future__ import annotations

import json
from concurrent.futures import TimeoutError as TooLateError
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from gatecast._types import InputError
from gatecast.serving.engine import (
    BusyError,
    NotFoundError,
    PreparingError,
    RowError,
    TooFewRowsError,
)
from gatecast.serving.store import StoreError, StoreFullError

_RETRY_SECONDS = 5


class ProblemError(Exception):
    """A request that is answered with a problem.

    Attributes:
        status: of HTTP.
        detail: what is wrong and what to do.
        headers: of the answer.
    """

    def __init__(
        self, status: HTTPStatus, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}


def problem(
    status: int, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """The answer: type, title, status and detail, and what else belongs to it."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    body = json.dumps(content | {"detail": detail} | more).encode()
    return Response(body, status, headers, media_type="application/problem+json")


def add_handlers(app: FastAPI) -> None:
    """Answer every error of an app with a problem."""
    app.add_exception_handler(ProblemError, _of_problem)
    app.add_exception_handler(InputError, _of_input)
    app.add_exception_handler(StoreError, _of_store)
    app.add_exception_handler(BusyError, _of_busy)
    app.add_exception_handler(TimeoutError, _of_time)
    app.add_exception_handler(TooLateError, _of_time)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_validation)


async def _of_problem(_request: Request, error: Exception) -> Response:
    own = cast("ProblemError", error)
    return problem(own.status, own.detail, own.headers)


async def _of_input(_request: Request, error: Exception) -> Response:
    detail = str(error)
    if isinstance(error, NotFoundError):
        return problem(HTTPStatus.NOT_FOUND, detail)
    if isinstance(error, TooFewRowsError | PreparingError):
        return problem(HTTPStatus.CONFLICT, detail)
    if isinstance(error, RowError):
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, row=error.row)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)


async def _of_store(_request: Request, error: Exception) -> Response:
    if isinstance(error, StoreFullError):
        return problem(HTTPStatus.INSUFFICIENT_STORAGE, f"{error}; reading still works")
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), _retry())


async def _of_busy(_request: Request, error: Exception) -> Response:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), _retry())


async def _of_time(_request: Request, _error: Exception) -> Response:
    detail = "the answer took too long; observations may have been taken, and can be sent again"
    return problem(HTTPStatus.GATEWAY_TIMEOUT, detail)


async def _of_http(_request: Request, error: Exception) -> Response:
    own = cast("HTTPException", error)
    return problem(own.status_code, str(own.detail), dict(own.headers or {}))


async def _of_validation(_request: Request, error: Exception) -> Response:
    first = cast("RequestValidationError", error).errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:])
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{place}: {first['msg']}")


def fault() -> Response:
    """The answer where the service itself went wrong."""
    detail = "a fault of the service; its log has more under this request id"
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def _retry() -> dict[str, str]:
    return {"Retry-After": str(_RETRY_SECONDS)}
