"""Routes about the models that are served."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool

from gatecast.serving import store
from gatecast.serving.http import _answers as answers
from gatecast.serving.http._security import allowed
from gatecast.serving.http._service import Service, service_of

routes = APIRouter(
    tags=["models"], dependencies=[Depends(allowed("read"))], responses=answers.PROBLEMS
)


@routes.get("/v1/models", response_model=answers.ModelList)
async def list_models(request: Request) -> dict[str, Any]:
    """All models that are served."""
    return await run_in_threadpool(_listed, service_of(request))


def _listed(service: Service) -> dict[str, Any]:
    with service.database.reading() as connection:
        every = []
        for versions in store.models(connection):
            served = service.models.version(connection, versions.name, versions.version)
            calibration = served.model.calibration
            every.append(
                {
                    "name": versions.name,
                    "version": versions.version,
                    "previous": versions.previous,
                    "h": served.model.h,
                    "freq": served.model.freq,
                    "targets": list(served.model.context.panel.targets),
                    "columns": list(served.exog),
                    "skill": {} if calibration is None else calibration.skill,
                    "series": store.count_series(connection, versions.name),
                }
            )
    return {"models": every}
