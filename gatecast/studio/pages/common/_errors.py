"""What goes wrong, as a page."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from gatecast._types import InputError
from gatecast.serving.engine import BusyError, NotFoundError
from gatecast.serving.http import ProblemError
from gatecast.serving.store import StoreError, StoreFullError
from gatecast.studio.pages.common._guard import HEADERS
from gatecast.studio.pages.common._page import LoginError, page

_TITLES = {
    HTTPStatus.NOT_FOUND: "Nothing is here",
    HTTPStatus.FORBIDDEN: "This is not allowed",
    HTTPStatus.UNPROCESSABLE_ENTITY: "This cannot be used as it is",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "This is too large",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many at a time",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not now",
}


def error_page(request: Request, status: int, words: str) -> Response:
    """The page that says what went wrong and what to do."""
    title = _TITLES.get(HTTPStatus(status), "Something went wrong")
    return page(request, "error.html", status=status, title=title, words=words)


async def _of_login(request: Request, _error: Exception) -> Response:
    home = request.scope.get("root_path", "")
    asked = request.scope["path"].removeprefix(home) if request.method == "GET" else ""
    return RedirectResponse(f"{home}/login?to={quote(asked)}", HTTPStatus.SEE_OTHER)


async def _of_http(request: Request, error: Exception) -> Response:
    own = cast("HTTPException", error)
    words = str(own.detail)
    if words == HTTPStatus(own.status_code).phrase:
        words = "The address is wrong, or what was here has been deleted."
    return error_page(request, own.status_code, words)


async def _of_problem(request: Request, error: Exception) -> Response:
    own = cast("ProblemError", error)
    return error_page(request, own.status, own.detail)


async def _of_input(request: Request, error: Exception) -> Response:
    missing = isinstance(error, NotFoundError)
    status = HTTPStatus.NOT_FOUND if missing else HTTPStatus.UNPROCESSABLE_ENTITY
    return error_page(request, status, str(error))


async def _of_validation(request: Request, error: Exception) -> Response:
    first = cast("RequestValidationError", error).errors()[0]
    name = first["loc"][-1] if first["loc"] else "the form"
    return error_page(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}: {first['msg']}")


async def _of_store(request: Request, error: Exception) -> Response:
    full = isinstance(error, StoreFullError)
    status = HTTPStatus.INSUFFICIENT_STORAGE if full else HTTPStatus.SERVICE_UNAVAILABLE
    return error_page(request, status, f"{error}; try again in a moment")


async def _of_busy(request: Request, error: Exception) -> Response:
    return error_page(request, HTTPStatus.SERVICE_UNAVAILABLE, str(error))


async def _of_fault(request: Request, _error: Exception) -> Response:
    words = "This is a fault of the studio, not yours; the log of the service has more."
    answer = error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR, words)
    # It is answered outside the guard.
    answer.raw_headers.extend(HEADERS)
    return answer


ERROR_PAGES: dict[int | type[Exception], Any] = {
    LoginError: _of_login,
    HTTPException: _of_http,
    ProblemError: _of_problem,
    InputError: _of_input,
    RequestValidationError: _of_validation,
    StoreError: _of_store,
    BusyError: _of_busy,
    Exception: _of_fault,
}
