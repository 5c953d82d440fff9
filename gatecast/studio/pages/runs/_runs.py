"""Runs: begun, followed, cancelled, shared, served and deleted."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from gatecast._types import InputError
from gatecast.serving.engine import check_name
from gatecast.studio import store
from gatecast.studio.pages.common import (
    Studio,
    ThisFile,
    ThisRun,
    ThisStudio,
    ThisVisitor,
    Visitor,
    back,
    page,
    reading_of,
)
from gatecast.studio.pages.runs._result import result_page
from gatecast.studio.pages.runs._standing import Standing, standing_of
from gatecast.studio.store import Run
from gatecast.studio.work import COLUMN_SETTINGS, Plan

routes = APIRouter()

_LOOK_SECONDS = 0.5
_TOKEN_BYTES = 24
_SETTING, _COLUMN = "set.", "column."
_ARTEFACT = "model.gatecast"


@routes.post("/files/{file}/runs")
async def begin_run(
    request: Request, studio: ThisStudio, visitor: ThisVisitor, file: ThisFile
) -> Response:
    """Let a run wait for its turn.

    The form has `kind` ("auto" if it is missing), `horizon`, `level` and `windows`, where they are
    not to be found; settings of the forecaster as `set.NAME`, each as JSON or as plain text; and
    columns that may help as `column.NAME`, each with the setting that lists it, one of
    `COLUMN_SETTINGS`.
    """
    plan = _plan(file, [(name, str(value)) for name, value in (await request.form()).multi_items()])
    own = await run_in_threadpool(_put, studio, visitor, file, plan)
    return back(request, f"/runs/{own}")


@routes.get("/runs/{run}")
def show_run(request: Request, studio: ThisStudio, run: ThisRun) -> Response:
    """How far a run is, or what has come out of it."""
    return run_page(request, studio, run)


@routes.get("/runs/{run}/events")
async def run_events(request: Request, studio: ThisStudio, run: ThisRun) -> Response:
    """How far a run is, whenever that has changed (server-sent events), until it ends."""
    headers = {"x-accel-buffering": "no"}
    stream = _events(request, studio, run.id)
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


@routes.post("/runs/{run}/cancel")
def cancel(request: Request, studio: ThisStudio, run: ThisRun) -> Response:
    """Let a run end, whether it waits or works."""
    with studio.service.database.writing() as connection:
        store.stop_run(connection, run.id)
    return back(request, f"/runs/{run.id}")


@routes.post("/runs/{run}/again")
def again(request: Request, studio: ThisStudio, visitor: ThisVisitor, run: ThisRun) -> Response:
    """Let the same run wait for its turn again."""
    own = _queued(studio, visitor, run.file, run.plan)
    return back(request, f"/runs/{own}")


@routes.post("/runs/{run}/delete")
def delete(request: Request, studio: ThisStudio, run: ThisRun) -> Response:
    """Delete a run and all that came out of it; one that works ends."""
    with studio.service.database.writing() as connection:
        store.drop_run(connection, run.id)
    request.app.state.what_if.forget(run.id)
    studio.service.database.forget_deleted()
    return back(request, "/")


@routes.post("/runs/{run}/share")
def share(
    request: Request,
    studio: ThisStudio,
    run: ThisRun,
    *,
    withdraw: Annotated[bool, Form()] = False,
) -> Response:
    """Let anybody who has a link look at a run, or no longer."""
    token = None if withdraw else run.token or secrets.token_urlsafe(_TOKEN_BYTES)
    with studio.service.database.writing() as connection:
        store.share_run(connection, run.id, token)
    return back(request, f"/runs/{run.id}#share")


@routes.post("/runs/{run}/serve")
def serve(
    request: Request,
    studio: ThisStudio,
    visitor: ThisVisitor,
    run: ThisRun,
    name: Annotated[str, Form()],
) -> Response:
    """Let the model of a run serve under a name."""
    name = name.strip()
    check_name(name)
    if "/" in name:
        raise InputError("The name of a model has no '/': choose another one.")
    visitor.require("write", name)
    with studio.service.database.reading() as connection:
        content = store.content_of(connection, run.id, _ARTEFACT)
    if content is None:
        raise InputError("This run has no model to serve.")
    studio.service.versions.prepare(name, content)
    return back(request, f"/live/{name}")


def run_page(request: Request, studio: Studio, run: Run) -> Response:
    """The page of a run, for its owner."""
    if run.state == "done":
        return result_page(request, studio, run, f"/runs/{run.id}")
    with studio.service.database.reading() as connection:
        ahead = store.place_of(connection, run) if run.active else 0
    standing = standing_of(run, ahead)
    return page(
        request, "run.html", run=run, plan=Plan.from_json(run.plan), standing=asdict(standing)
    )


async def _events(request: Request, studio: Studio, own: str) -> AsyncIterator[str]:
    last = ""
    while not studio.service.stopping.is_set() and not await request.is_disconnected():
        standing = await run_in_threadpool(_standing, studio, own)
        if standing is None:
            break
        told = json.dumps(asdict(standing))
        if told != last:
            last = told
            yield f"data: {told}\n\n"
        if not standing.active:
            return
        await asyncio.sleep(_LOOK_SECONDS)
    yield "event: gone\ndata: {}\n\n"


def _standing(studio: Studio, own: str) -> Standing | None:
    with studio.service.database.reading() as connection:
        run = store.run_of(connection, own)
        if run is None:
            return None
        ahead = store.place_of(connection, run) if run.state == "waiting" else 0
    return standing_of(run, ahead)


def _plan(file: ThisFile, form: list[tuple[str, str]]) -> Plan:
    """The plan of a form.

    Raises:
        InputError: naming what cannot be read.
    """
    given = {name: value.strip() for name, value in form if value.strip()}
    settings = {
        name.removeprefix(_SETTING): _value(value)
        for name, value in given.items()
        if name.startswith(_SETTING)
    }
    settings |= _columns(given)
    levels = [_number("level", value) for name, value in form if name == "level" and value.strip()]
    plan = Plan(file.name, reading_of(file.reading), given.get("kind", "auto"), settings)  # type: ignore[arg-type]
    if "horizon" in given:
        plan = replace(plan, horizon=int(_number("horizon", given["horizon"])))
    if "windows" in given:
        plan = replace(plan, windows=int(_number("windows", given["windows"])))
    whole = tuple(int(each) if each.is_integer() else each for each in levels)
    return replace(plan, levels=whole) if levels else plan


def _columns(given: Mapping[str, str]) -> dict[str, list[str]]:
    """The columns of a form by the setting that lists them."""
    found: dict[str, list[str]] = {}
    for name, kind in given.items():
        if name.startswith(_COLUMN):
            if kind not in COLUMN_SETTINGS:
                known = ", ".join(COLUMN_SETTINGS)
                raise InputError(f"{name} must be one of {known}, got {kind!r}")
            found.setdefault(kind, []).append(name.removeprefix(_COLUMN))
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{name} must be a number, got {text!r}") from None


def _put(studio: Studio, visitor: Visitor, file: ThisFile, plan: Plan) -> str:
    problem = studio.tables.of(file).problem
    if problem is not None:
        raise InputError(f"Something is in the way of a forecast: {problem}")
    return _queued(studio, visitor, file.id, plan.to_json())


def _queued(studio: Studio, visitor: Visitor, file: str, plan: str) -> str:
    with studio.service.database.writing() as connection:
        if store.waiting_of(connection, visitor.owner) >= studio.settings.waiting:
            raise InputError(
                f"{studio.settings.waiting} of your runs wait already: cancel one, or let them end."
            )
        own = store.put_run(connection, visitor.owner, file, plan)
    studio.queue.added()
    return own
