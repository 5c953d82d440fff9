"""Showing a key, and taking it back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from gatecast.serving import store as service_store
from gatecast.studio import store
from gatecast.studio.pages.common import ThisStudio, back, new_cookie, page

routes = APIRouter()

# Of all visitors together: a key cannot be guessed, but nobody should keep the database busy.
_TRIES_PER_SECOND = 5.0


@routes.get("/login")
def show_login(request: Request, to: str = "") -> Response:
    """The page that asks for a key."""
    return page(request, "login.html", to=_inside(to), problem="")


@routes.post("/login")
def login(
    request: Request,
    studio: ThisStudio,
    key: Annotated[str, Form()],
    to: Annotated[str, Form()] = "",
) -> Response:
    """Remember that a visitor has shown a key."""
    studio.gate.admit("studio login", _TRIES_PER_SECOND)
    with studio.service.database.reading() as connection:
        found = service_store.key_of(connection, key.strip())
    if found is None or not found.valid:
        problem = "This key is not known, has expired or was revoked."
        status = HTTPStatus.UNAUTHORIZED
        return page(request, "login.html", status=status, to=_inside(to), problem=problem)
    with studio.service.database.writing() as connection:
        store.put_visitor(connection, store.hash_of(new_cookie(request.scope)), found.name)
    return back(request, _inside(to))


@routes.post("/logout")
def logout(request: Request, studio: ThisStudio) -> Response:
    """Forget which key a visitor has shown; files and runs stay with the key."""
    with studio.service.database.writing() as connection:
        store.drop_visitor(connection, store.hash_of(request.scope["gatecast.cookie"]))
    new_cookie(request.scope)
    return back(request, "/login")


def _inside(to: str) -> str:
    """A path of the studio; never one that leads elsewhere."""
    return to if to.startswith("/") and not to.startswith("//") and "\\" not in to else "/"
