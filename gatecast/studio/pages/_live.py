"""The pages of models that are served: what comes in, what comes next, and their versions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Request, UploadFile
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel

from gatecast._types import InputError
from gatecast.serving import store as service_store
from gatecast.serving.engine import (
    Comparison,
    ForecastRequest,
    NotFoundError,
    compare,
)
from gatecast.serving.http import IdRoute, forecast_events
from gatecast.studio import store
from gatecast.studio.pages._live_facts import (
    LISTED_SERIES,
    LiveModel,
    LiveSeries,
    found_series,
    live_model,
    live_models,
    live_series,
)
from gatecast.studio.pages.common import (
    Studio,
    ThisStudio,
    ThisVisitor,
    Visitor,
    back,
    page,
    still_known,
)
from gatecast.studio.views import Picture, live_picture

routes = APIRouter(route_class=IdRoute)

_MODEL_FILE = "model.gatecast"
_PREVIOUS, _FILE, _RUN = "previous", "file", "run:"


def live_path(model: str, part: str = "", **asked: str) -> str:
    """What follows `home` in the address of a page of a served model."""
    path = f"/live/{quote(model, safe='')}{part and f'/{part}'}"
    given = {name: value for name, value in asked.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def _readable(studio: ThisStudio, visitor: ThisVisitor, model: str) -> LiveModel:
    """The served model that a path names.

    Raises:
        HTTPException: if there is none, or the visitor's key is not for it.
    """
    visitor.require("read", model)
    try:
        return live_model(studio.service, model)
    except NotFoundError:
        words = f"No model named {model!r} is served here."
        raise HTTPException(HTTPStatus.NOT_FOUND, words) from None


ThisModel = Annotated[LiveModel, Depends(_readable)]


def _standing(studio: ThisStudio, model: ThisModel, series: str = "") -> LiveSeries | None:
    """The series that is asked for, else the first one; None if there is none at all.

    Raises:
        HTTPException: if there is none of that id.
    """
    name = series or next(iter(found_series(studio.service, model.name, "")), "")
    if not name:
        return None
    try:
        return live_series(studio.service, model.name, name)
    except NotFoundError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"{error}.") from None


class _Wanted(BaseModel):
    """The form about another version.

    Attributes:
        candidate: "previous", "file" or "run:" and the id of a run.
        act: "compare" or "serve".
        file: that was sent, if any.
    """

    candidate: str
    act: Literal["compare", "serve"]
    file: UploadFile | None = None


ThisSeries = Annotated[LiveSeries | None, Depends(_standing)]


@routes.get("/live")
def every_model(request: Request, studio: ThisStudio, visitor: ThisVisitor) -> Response:
    """All models that are served, and may be seen."""
    every = [each for each in live_models(studio.service) if visitor.allows("read", each.name)]
    return page(request, "live_models.html", models=every, live_path=live_path)


@routes.get("/live/{model}")
def one_model(
    request: Request,
    studio: ThisStudio,
    visitor: ThisVisitor,
    model: ThisModel,
    series: ThisSeries,
    find: str = "",
) -> Response:
    """A model: a series of it as it stands now, and its versions."""
    return _page(request, _Shown(studio, visitor, model, series, find))


@routes.get("/live/{model}/chart")  # noqa: FAST003 (the series is found in the model)
def chart(series: ThisSeries) -> JSONResponse:
    """The picture of a series, for Vega-Lite."""
    picture = _picture(series)
    if picture is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is nothing to draw yet.")
    return JSONResponse(picture.spec, headers={"cache-control": "no-store"})


@routes.get("/live/{model}/events")
def events(
    request: Request, studio: ThisStudio, model: ThisModel, series: ThisSeries
) -> StreamingResponse:
    """An event of the service after each observation of a series."""
    if series is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "This model has no series yet.")
    wanted = ForecastRequest(series.name)
    known = partial(still_known, request)
    stream = forecast_events(studio.service, model.name, wanted, known)
    return StreamingResponse(stream, media_type="text/event-stream")


@routes.post("/live/{model}/versions")
def change(
    request: Request,
    studio: ThisStudio,
    visitor: ThisVisitor,
    model: ThisModel,
    wanted: Annotated[_Wanted, Form(media_type="multipart/form-data")],
) -> Response:
    """Compare another version with the one that serves, or let it serve."""
    visitor.require("write", model.name)
    service, name = studio.service, model.name
    shown = _Shown(studio, visitor, model, _standing(studio, model), candidate=wanted.candidate)
    try:
        if wanted.act == "serve" and wanted.candidate == _PREVIOUS:
            service.versions.rollback(name)
        else:
            content = _content(shown, wanted)
            if wanted.act == "compare":
                found = compare(service.database, service.models, service.engine, name, content)
                return _page(request, shown, comparison=found)
            service.versions.prepare(name, content)
    except InputError as error:
        return _page(request, shown, problem=str(error))
    return back(request, f"{live_path(name)}#versions")


@dataclass(frozen=True)
class _Shown:
    """What the page of a model is about."""

    studio: Studio
    visitor: Visitor
    model: LiveModel
    series: LiveSeries | None
    find: str = ""
    candidate: str = ""


def _page(
    request: Request,
    shown: _Shown,
    *,
    comparison: Comparison | None = None,
    problem: str = "",
) -> Response:
    """The page of a model; a problem or a comparison is shown with its versions."""
    model, find = shown.model, shown.find
    found = found_series(shown.studio.service, model.name, find)
    return page(
        request,
        "live.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        model=model,
        series=shown.series,
        picture=_picture(shown.series),
        live_path=live_path,
        python=_python(request, shown),
        find=find,
        found=found[:LISTED_SERIES],
        found_count=len(found),
        candidates=_candidates(shown),
        candidate=shown.candidate,
        comparison=comparison,
        problem=problem,
        may_write=shown.visitor.allows("write", model.name),
    )


def _python(request: Request, shown: _Shown) -> str:
    """The lines that ask for the forecast of the series that is shown."""
    url = f"{request.url.scheme}://{request.url.netloc}"
    key = ', "gc_..."' if shown.visitor.key is not None else ""
    ids = [] if shown.series is None else [shown.series.name]
    return (
        "import gatecast\n\n"
        f"with gatecast.Client({url!r}{key}, model={shown.model.name!r}) as client:\n"
        f"    print(client.predict(ids={ids!r}, level=[80, 95]))"
    )


def _picture(series: LiveSeries | None) -> Picture | None:
    if series is None or series.arrived is None:
        return None
    return live_picture(series.name, series.arrived, series.ahead, series.label)


def _candidates(shown: _Shown) -> list[tuple[str, str]]:
    """Other versions to choose from, and how they are written: the one before, and own runs."""
    every = []
    if shown.model.previous is not None:
        every.append((_PREVIOUS, f"the version before, {shown.model.previous[:8]}"))
    with shown.studio.service.database.reading() as connection:
        for run in store.runs_of(connection, shown.visitor.owner):
            if run.state == "done" and _MODEL_FILE in store.names_of(connection, run.id):
                file = store.file_of(connection, run.file)
                name = "deleted data" if file is None else file.name
                every.append((f"{_RUN}{run.id}", f"your run {run.number}, on {name}"))
    return every


def _content(shown: _Shown, wanted: _Wanted) -> bytes:
    """The artefact of the version that a form names.

    Raises:
        InputError: if there is none.
    """
    content: bytes | None = None
    model, candidate = shown.model, wanted.candidate
    with shown.studio.service.database.reading() as connection:
        if candidate == _PREVIOUS and model.previous is not None:
            content = service_store.artefact(connection, model.name, model.previous)
        elif candidate.startswith(_RUN):
            run = store.run_of(connection, candidate.removeprefix(_RUN))
            if run is not None and run.owner == shown.visitor.owner:
                content = store.content_of(connection, run.id, _MODEL_FILE)
        elif candidate == _FILE and wanted.file is not None:
            content = wanted.file.file.read()
    if not content:
        raise InputError("choose a version first: the one before, one of your runs, or a file")
    return content
