"""The studio on the app of the service."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from gatecast.serving.http import Service
from gatecast.studio.pages._routers import ROUTERS
from gatecast.studio.pages.common import ERROR_PAGES, Bundle, Guard, Studio, StudioSettings, Tables
from gatecast.studio.queue import Queue
from gatecast.studio.work import WhatIf

HOME = "/studio"


def add_studio(app: FastAPI, **settings: Any) -> None:
    """Add the studio to the app of a service, at /studio.

    Its routes are those of an app of their own, so that what goes wrong is a page, not a problem
    of the service; their paths do not begin with /studio.

    Args:
        app: as `gatecast.serving.create_app` makes it.
        **settings: those of `StudioSettings`.
    """
    service: Service = app.state.service
    own = StudioSettings(**settings)
    pages = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        exception_handlers=ERROR_PAGES,
        middleware=[Middleware(Guard, auth=service.settings.auth)],
    )
    pages.state.service, pages.state.gate = service, app.state.gate
    queue = Queue(service.database, own.seconds)
    pages.state.what_if = WhatIf()
    service.companions += [Bundle(), queue, pages.state.what_if]
    pages.state.studio = Studio(service, app.state.gate, own, queue, Tables(service.database))
    for router in ROUTERS:
        pages.include_router(router)
    service.most_bytes[f"{HOME}/files"] = own.upload_bytes
    app.mount(HOME, pages)
