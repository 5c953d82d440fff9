"""The app: routes, and what is opened before the first request and closed after the last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from pkgutil import resolve_name

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from gatecast.serving.http._docs import add_docs
from gatecast.serving.http._middleware import Around
from gatecast.serving.http._problems import add_handlers
from gatecast.serving.http._security import Gate
from gatecast.serving.http._service import Service
from gatecast.serving.http._settings import ServeSettings
from gatecast.serving.http.routes import ROUTERS


def create_app(settings: ServeSettings) -> FastAPI:
    """The service as an ASGI app; its database is opened when it starts.

    Raises:
        InputError: for a state URL that cannot be used.
    """
    service = Service.of(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(service.open, asyncio.get_running_loop())
        async with AsyncExitStack() as stack:
            stack.push_async_callback(run_in_threadpool, service.close)
            for companion in service.companions:
                await run_in_threadpool(companion.open)
                stack.push_async_callback(run_in_threadpool, companion.close)
            yield
            service.stopping.set()

    app = FastAPI(
        title="Gatecast",
        description="Forecasts that see each observation once.",
        version=version("gatecast"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.service, app.state.gate = service, Gate()
    add_handlers(app)
    app.add_middleware(Around, service=service)
    for router in ROUTERS:
        app.include_router(router)
    add_docs(app)
    for name, options in settings.addons.items():
        resolve_name(name)(app, **options)
    return app
