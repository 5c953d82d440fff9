"""Routes about the models that are served."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Query, Request
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from gatecast._types import InputError
from gatecast.serving import store
from gatecast.serving.engine import Comparison, NotFoundError, compare
from gatecast.serving.http._bodies import check_id
from gatecast.serving.http._security import sees
from gatecast.serving.http._service import Service, service_of
from gatecast.serving.http.routes import _answers as answers
from gatecast.serving.http.routes._forecasts import record_json
from gatecast.serving.http.routes._routing import router
from gatecast.serving.store import ServedVersions

routes = router("models", "read")


writing = router("models", "write")

_ARTEFACT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@routes.get("/v1/models", response_model=answers.ModelList)
async def list_models(request: Request) -> dict[str, Any]:
    """All models that are served."""
    listed = await run_in_threadpool(_listed, service_of(request))
    return {"models": [each for each in listed if sees(request, each["name"])]}


def _listed(service: Service) -> list[dict[str, Any]]:
    with service.database.reading() as connection:
        return [_shown(service, connection, each) for each in store.models(connection)]


def _shown(service: Service, connection: Connection, versions: ServedVersions) -> dict[str, Any]:
    served = service.models.version(connection, versions.name, versions.version)
    calibration = served.model.calibration
    return {
        "name": versions.name,
        "version": versions.version,
        "previous": versions.previous,
        "h": served.model.h,
        "freq": served.model.freq,
        "targets": list(served.model.context.panel.targets),
        "columns": list(served.exog),
        "skill": {} if calibration is None else calibration.skill,
        "series": store.count_series(connection, versions.name),
        "record": record_json(service.record(connection, served)),
    }


@routes.get("/v1/models/{model}", response_model=answers.ModelInfo)
async def model_info(request: Request, model: answers.ModelName) -> dict[str, Any]:
    """One model, and how far a version that is being prepared is."""
    service = service_of(request)
    await service.served(model)
    return await run_in_threadpool(_info, service, model)


def _info(service: Service, model: str) -> dict[str, Any]:
    with service.database.reading() as connection:
        versions = store.versions_of(connection, model)
        if versions is None:
            raise NotFoundError(f"no model is named {model!r}")
        found = _shown(service, connection, versions)
    preparation = service.versions.progress(model)
    return found | {"preparation": None if preparation is None else asdict(preparation)}


@writing.put(
    "/v1/models/{model}",
    openapi_extra=_ARTEFACT,
    status_code=202,
    response_model=answers.Preparation | answers.Comparison,
)
async def put_model(
    request: Request,
    model: answers.ModelName,
    *,
    dry_run: Annotated[
        bool, Query(description="only compare it with the version that serves, on recent truths")
    ] = False,
) -> Any:
    """Let an artefact serve: it first reads the stored history, while the one before serves."""
    service = service_of(request)
    name = check_id(model)
    content = await request.body()
    if not content:
        raise InputError("the body is empty: send the bytes of a saved model")
    if dry_run:
        found = await run_in_threadpool(
            compare, service.database, service.models, service.engine, name, content
        )
        return _compared(found)
    return asdict(await run_in_threadpool(service.versions.prepare, name, content))


@writing.post("/v1/models/{model}/rollback", status_code=202, response_model=answers.Preparation)
async def rollback(request: Request, model: answers.ModelName) -> dict[str, Any]:
    """Let the version before serve again, once it has read what has arrived since."""
    service = service_of(request)
    return asdict(await run_in_threadpool(service.versions.rollback, model))


def _compared(found: Comparison) -> dict[str, Any]:
    return {
        "series": found.series,
        "truths": found.truths,
        "serving": {"version": found.serving} | record_json(found.serving_record),
        "candidate": {"version": found.candidate} | record_json(found.candidate_record),
    }
