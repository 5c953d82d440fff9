"""The first page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gatecast.studio import store
from gatecast.studio.pages._page import ThisStudio, ThisVisitor, page

routes = APIRouter()


@routes.get("/")
def start(request: Request, studio: ThisStudio, visitor: ThisVisitor) -> Response:
    """Where data come in, and what is there already."""
    with studio.service.database.reading() as connection:
        files = store.files_of(connection, visitor.owner)
        runs = store.runs_of(connection, visitor.owner)
        waiting = {run.id: store.place_of(connection, run) for run in runs if run.active}
    return page(
        request,
        "start.html",
        files=files,
        runs=runs,
        waiting=waiting,
        names={file.id: file.name for file in files},
        settings=studio.settings,
        may_write=visitor.allows("write"),
    )
