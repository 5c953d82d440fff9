"""Routes for those who run the service: is it alive, is it ready, what does it do."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from gatecast.serving import store
from gatecast.serving.http._problems import ProblemError
from gatecast.serving.http._security import allowed, sees_all
from gatecast.serving.http._service import Service, service_of
from gatecast.serving.http.routes import _answers as answers

routes = APIRouter(tags=["health"])


@routes.get("/healthz")
async def healthz() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "alive"}


@routes.get("/readyz", responses={503: answers.PROBLEMS[503]})
async def readyz(request: Request) -> dict[str, str]:
    """Whether models are loaded and the database can be read."""
    service = service_of(request)
    if not service.ready:
        raise ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE, "models are being loaded", {"Retry-After": "1"}
        )
    await run_in_threadpool(_read, service)
    return {"status": "ready"}


@routes.get(
    "/metrics",
    dependencies=[Depends(allowed("read")), Depends(sees_all)],
    response_class=Response,
    responses=answers.PROBLEMS,
)
async def metrics(request: Request) -> Response:
    """Figures of this worker for Prometheus."""
    service = service_of(request)
    page = await run_in_threadpool(_page, service)
    return Response(page, media_type="text/plain; version=0.0.4")


def _page(service: Service) -> bytes:
    with service.database.reading() as connection:
        every = [service.models.serving(connection, each.name) for each in store.models(connection)]
        records = {served.name: service.record(connection, served) for served in every}
    return service.metrics.page(service.engine.waiting, records)


def _read(service: Service) -> None:
    with service.database.reading():
        pass
