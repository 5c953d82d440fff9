"""Which network is trained: chosen by what it sees of the data."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse, Response

from gatecast._types import InputError
from gatecast.studio.pages.common import (
    Studio,
    ThisFile,
    ThisStudio,
    ThisVisitor,
    back,
    page,
    spare_columns,
)
from gatecast.studio.pages.data._look import Known, known_of
from gatecast.studio.views import WAYS, Lesson, Way, lesson, single, stage, step_word
from gatecast.studio.work import usual_horizon

routes = APIRouter()

_USUAL = "time steps"
_MOST_LOOK_BACK = 60
"""Past rows that can be looked at one by one; a forecaster takes more."""

# The forms name settings so, for what is seen as for what is trained.
LookBack = Annotated[int | None, Query(alias="set.look_back", ge=1, le=_MOST_LOOK_BACK)]


@routes.get("/files/{file}/frame")
def frame(
    request: Request,
    studio: ThisStudio,
    visitor: ThisVisitor,
    file: ThisFile,
    *,
    kind: str = _USUAL,
    look_back: LookBack = None,
    series: int = 0,
    sample: int = 1,
) -> Response:
    """The ways to choose from; of one, what the network sees."""
    known = known_of(studio, file)
    if known is None:
        return back(request, f"/files/{file.id}")
    way = _way(kind)
    seen, problem = _lesson(studio, known, way, series, look_back)
    drawn: dict[str, Any] = {}
    if seen is not None:
        place = min(max(sample, 1), len(seen.samples)) - 1
        drawn = {"stage": stage(seen, place), "place": place}
    usual = {"horizon": usual_horizon(known.panel), "units": way.units, "epochs": way.epochs}
    return page(
        request,
        "frame.html",
        file=file,
        may_write=visitor.allows("write"),
        columns=spare_columns(studio.tables.of(file)),
        ways=WAYS,
        way=way,
        lesson=seen,
        problem=problem,
        look_back=1 if way.look_back == 1 else look_back or way.look_back,
        step=step_word(known.panel.freq),
        most=_MOST_LOOK_BACK,
        given={
            name: request.query_params.get(key, usual[name])
            for name, key in (
                ("horizon", "horizon"),
                ("units", "set.units"),
                ("epochs", "set.epochs"),
            )
        },
        series=series,
        name=str(known.panel.ids[series]),
        many=len(known.panel.ids) > 1,
        **drawn,
    )


@routes.get("/files/{file}/frame/lesson.json")
def lesson_json(
    studio: ThisStudio,
    file: ThisFile,
    kind: str,
    look_back: LookBack = None,
    series: int = 0,
) -> Response:
    """What the network sees, sample by sample."""
    known = known_of(studio, file)
    if known is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There are no rows to look at.")
    seen, problem = _lesson(studio, known, _way(kind), series, look_back)
    if seen is None:
        raise InputError(problem)
    return JSONResponse(asdict(seen))


def _way(kind: str) -> Way:
    if kind not in WAYS:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such network.")
    return WAYS[kind]


def _lesson(
    studio: Studio, known: Known, way: Way, series: int, look_back: int | None
) -> tuple[Lesson | None, str]:
    """What the network sees of a series, or why it sees nothing."""
    panel = single(known.panel, known.require(series))
    # One value is all there is to see where one goes in.
    asked = None if way.look_back == 1 else look_back
    try:
        # The thread of the engine is the one that may use JAX.
        found = studio.service.engine.call(lambda: lesson(panel, way, asked)).result()
    except InputError as error:
        return None, str(error)
    return found, ""
