"""What all pages share: the templates, who asks, and the file or run that a path names."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool

from gatecast._wording import METRIC_NAMES, number, percent, skill
from gatecast.serving import store as service_store
from gatecast.serving.http import Gate, Service
from gatecast.serving.store import Key, Permission
from gatecast.studio import store
from gatecast.studio.pages.common._reading import Tables
from gatecast.studio.pages.common._settings import StudioSettings
from gatecast.studio.pages.common._static import static_url
from gatecast.studio.pages.common._words import duration_words, kind_words, size_words, time_words
from gatecast.studio.queue import Queue
from gatecast.studio.store import Run, StoredFile

Kept = TypeVar("Kept", StoredFile, Run)


@dataclass(frozen=True)
class Studio:
    """What the pages work with.

    Attributes:
        service: the service that they stand on.
        gate: counts the requests of a key.
        settings: what visitors may do.
        queue: lets runs work.
        tables: the files that were read lately.
    """

    service: Service
    gate: Gate
    settings: StudioSettings
    queue: Queue
    tables: Tables


@dataclass(frozen=True)
class Visitor:
    """Who asks.

    Attributes:
        owner: of the files and runs that are seen: a key, or a browser where no key is asked for.
        key: that was shown, or None.
    """

    owner: str
    key: Key | None = None

    def allows(self, permission: Permission, model: str | None = None) -> bool:
        """Whether something may be done; on this machine without keys all may."""
        return self.key is None or self.key.allows(permission, model)

    def require(self, permission: Permission, model: str | None = None) -> None:
        """Raise unless something may be done.

        Raises:
            HTTPException: naming the key.
        """
        if not self.allows(permission, model):
            what = permission if model is None else f"{permission} the model {model!r}"
            name = "" if self.key is None else self.key.name
            raise HTTPException(HTTPStatus.FORBIDDEN, f"The key {name!r} may not {what}.")


class LoginError(Exception):
    """A key has to be shown first."""


def studio_of(request: Request) -> Studio:
    """The studio behind a request."""
    found: Studio = request.app.state.studio
    return found


def this_visitor(request: Request) -> Visitor:
    """Who asks.

    Raises:
        LoginError: if keys are asked for and none is known that is valid.
        HTTPException: if a key may not do what is asked: what is sent needs one that may write.
    """
    studio = studio_of(request)
    if not studio.service.settings.auth:
        return Visitor(store.hash_of(request.scope["gatecast.cookie"]))
    key = _valid_key(request)
    if key is None:
        raise LoginError
    request.scope["gatecast.key"] = key
    studio.gate.admit(key.name, studio.service.settings.limits.per_second)
    visitor = Visitor(f"key:{key.name}", key)
    if request.method == "POST":
        visitor.require("write")
    return visitor


async def still_known(request: Request) -> bool:
    """Whether the visitor of a page that stays open may still see it."""
    if not studio_of(request).service.settings.auth:
        return True
    return await run_in_threadpool(_valid_key, request) is not None


def _valid_key(request: Request) -> Key | None:
    """The key that the visitor has shown, while it is valid."""
    with studio_of(request).service.database.reading() as connection:
        name = store.key_of_visitor(connection, store.hash_of(request.scope["gatecast.cookie"]))
        key = None if name is None else service_store.key_named(connection, name)
    return key if key is not None and key.valid else None


ThisStudio = Annotated[Studio, Depends(studio_of)]
ThisVisitor = Annotated[Visitor, Depends(this_visitor)]


def file_of(studio: ThisStudio, visitor: ThisVisitor, file: str) -> StoredFile:
    """The visitor's file that a path names.

    Raises:
        HTTPException: if there is none.
    """
    with studio.service.database.reading() as connection:
        found = store.file_of(connection, file)
    return _own(found, visitor, "file")


def run_of(studio: ThisStudio, visitor: ThisVisitor, run: str) -> Run:
    """The visitor's run that a path names.

    Raises:
        HTTPException: if there is none.
    """
    with studio.service.database.reading() as connection:
        found = store.run_of(connection, run)
    return _own(found, visitor, "run")


def _own(found: Kept | None, visitor: Visitor, what: str) -> Kept:
    """What is the visitor's; of what is another's, no more is told than of what is not there."""
    if found is None or found.owner != visitor.owner:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no such {what}, or it is not yours.")
    return found


ThisFile = Annotated[StoredFile, Depends(file_of)]
ThisRun = Annotated[Run, Depends(run_of)]


def back(request: Request, path: str) -> RedirectResponse:
    """To another page of the studio, after something was sent."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}", HTTPStatus.SEE_OTHER)


def page(
    request: Request, template: str, *, status: int = HTTPStatus.OK, **values: Any
) -> HTMLResponse:
    """The page of a template; every name and value in it is escaped.

    Besides `values`, a template has `home` (the path of the studio), `here` (the path that was
    asked for, without it), `origin` (what stands before `home` in an address), `auth` (whether keys
    are asked for) and `key` (the name of the visitor's key, or None).
    """
    scope = request.scope
    home = scope.get("root_path", "")
    content = ENVIRONMENT.get_template(template).render(
        home=home,
        here=scope["path"].removeprefix(home),
        origin=f"{request.url.scheme}://{request.url.netloc}",
        auth=studio_of(request).service.settings.auth,
        key=None if scope.get("gatecast.key") is None else scope["gatecast.key"].name,
        **values,
    )
    return HTMLResponse(content, status)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("gatecast.studio.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number,
        "skill": skill,
        "percent": percent,
        "metric": METRIC_NAMES.__getitem__,
        "size": size_words,
        "moment": time_words,
        "duration": duration_words,
        "kind": kind_words,
    }
    environment.globals |= {"static": static_url}
    return environment


ENVIRONMENT = _environment()
