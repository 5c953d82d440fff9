"""Runs that are shared by a link: to be looked at, and nothing else."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from gatecast.studio import store
from gatecast.studio.pages.common import ThisStudio
from gatecast.studio.pages.runs._result import result_page, result_routes
from gatecast.studio.store import Run

routes = APIRouter()


def shared_run(studio: ThisStudio, token: str) -> Run:
    """The run of a link.

    Raises:
        HTTPException: if there is none, or it is shared no longer.
    """
    with studio.service.database.reading() as connection:
        found = store.shared_run(connection, token)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such link, or it was withdrawn.")
    return found


@routes.get("/shared/{token}")
def show_shared(
    request: Request, studio: ThisStudio, run: Annotated[Run, Depends(shared_run)]
) -> Response:
    """What has come out of a run of somebody else."""
    return result_page(request, studio, run, f"/shared/{run.token}", shared=True)


results = result_routes("/shared/{token}", shared_run)
