"""Around every request: its id, its size, its time, its line in the log."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from starlette.requests import ClientDisconnect

from gatecast.serving.http._logs import log_fault, log_request
from gatecast.serving.http._problems import fault, problem
from gatecast.serving.http._service import Service
from gatecast.serving.store import Key

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Of the length of a body; Python reads no number of thousands of digits.
_DIGITS = 15
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    ),
)


# Who has asked hung up before the end of the request: no status of HTTP, but usual in logs.
_GONE = 499


class _TooLargeError(Exception):
    """The body is longer than it may be."""


class Around:
    """ASGI middleware: limits the body, names the request, counts and logs it.

    Args:
        app: the application.
        service: whose settings and metrics are used.
    """

    def __init__(self, app: App, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = dict(scope["headers"])
        asked = headers.get(b"x-request-id", b"")
        name = asked.decode() if _ID.fullmatch(asked) else secrets.token_hex(8)
        scope["gatecast.request_id"] = name
        status = 0

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = list(message.get("headers", ()))
                # A page may have a policy of its own.
                names = {header for header, _ in given}
                usual = [each for each in _HEADERS if each[0] not in names]
                message["headers"] = [*given, (b"x-request-id", name.encode()), *usual]
            await send(message)

        try:
            await self._limited(scope, receive, sending, headers)
        except ClientDisconnect:
            status = _GONE
        except Exception as error:
            log_fault(name, error)
            if status:
                # The answer has begun; the server breaks it off.
                raise
            await fault()(scope, receive, sending)
        finally:
            self._told(scope, status or 500, time.perf_counter() - began)

    async def _limited(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]
    ) -> None:
        limits = self._service.settings.limits
        usual = limits.artefact_bytes if scope["method"] == "PUT" else limits.body_bytes
        most = self._service.most_bytes.get(scope["path"], usual)
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > _DIGITS or int(length) > most:
            await _too_large(most)(scope, receive, send)
            return
        seen = 0

        async def receiving() -> MutableMapping[str, Any]:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise _TooLargeError
            return message

        try:
            await self._app(scope, receiving, send)
        except _TooLargeError:
            await _too_large(most)(scope, receive, send)

    def _told(self, scope: Scope, status: int, seconds: float) -> None:
        found = getattr(scope.get("route"), "path", None)
        # What is mounted has routes below its own path.
        route = "other" if found is None else f"{scope.get('root_path', '')}{found}"
        self._service.metrics.answered(route, scope["method"], status, seconds)
        if self._service.settings.log:
            key: Key | None = scope.get("gatecast.key")
            line = {
                "id": scope["gatecast.request_id"],
                "method": scope["method"],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "key": None if key is None else key.name,
            }
            log_request(line)


def _too_large(most: int) -> Any:
    return problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the body is longer than {most:,} bytes: send several requests",
        # What is still being sent is not read.
        {"Connection": "close"},
    )
