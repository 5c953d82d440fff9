"""Around every page: who asks, from where, and what the page may load."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "gatecast_visitor"
_BYTES = 32
_AGE_SECONDS = 365 * 24 * 3600
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
)
HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    # Without a referrer of its own, a browser would not say where a form comes from.
    (b"referrer-policy", b"same-origin"),
)


class Guard:
    """ASGI middleware of the studio.

    A visitor is known by a cookie, which is set when something is first sent: so a page that is
    reached from another site, to which a browser sends no cookie, does not replace it.

    Args:
        app: the pages.
        auth: whether a key is asked for. Without one, only who names this machine is answered:
            a name of another site that leads here would let its pages in.
    """

    def __init__(self, app: App, *, auth: bool) -> None:
        self._app = app
        self._auth = auth

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        cookie = _cookie(headers.get(b"cookie", ""))
        new = not cookie and scope["method"] == "POST"
        scope["gatecast.cookie"] = cookie or (secrets.token_urlsafe(_BYTES) if new else "")
        scope["gatecast.set_cookie"] = new

        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                more = [*HEADERS]
                if scope["gatecast.set_cookie"]:
                    more.append((b"set-cookie", _set_cookie(scope).encode()))
                message["headers"] = [*message.get("headers", ()), *more]
            await send(message)

        refused = self._refused(scope["method"], headers)
        if refused:
            scope["gatecast.set_cookie"] = False
            answer = PlainTextResponse(refused, HTTPStatus.FORBIDDEN)
            await answer(scope, receive, sending)
            return
        await self._app(scope, receive, sending)

    def _refused(self, method: str, headers: MutableMapping[bytes, str]) -> str:
        """Why a request is not answered; empty if it is."""
        host = headers.get(b"host", "")
        if not self._auth and urlsplit(f"//{host}").hostname not in _LOOPBACK:
            return f"This studio asks for no key, so it answers on this machine only, not {host}."
        origin = headers.get(b"origin")
        if method == "POST" and origin is not None and urlsplit(origin).netloc != host:
            return "This form was sent from another site."
        return ""


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _set_cookie(scope: Scope) -> str:
    cookie = SimpleCookie({COOKIE: scope["gatecast.cookie"]})
    cookie[COOKIE] |= {
        "httponly": True,
        "samesite": "Strict",
        "path": scope.get("root_path") or "/",
        "max-age": _AGE_SECONDS,
    }
    if scope["scheme"] == "https":
        cookie[COOKIE]["secure"] = True
    return cookie[COOKIE].OutputString()


def new_cookie(scope: Scope) -> str:
    """Give a visitor another cookie with the answer; return it."""
    scope["gatecast.cookie"] = secrets.token_urlsafe(_BYTES)
    scope["gatecast.set_cookie"] = True
    return str(scope["gatecast.cookie"])
