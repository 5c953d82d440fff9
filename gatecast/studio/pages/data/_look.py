"""What kind of data a file holds, in words and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from gatecast._types import Panel
from gatecast.studio.pages.common import Studio, ThisFile, ThisStudio, back, page
from gatecast.studio.store import StoredFile
from gatecast.studio.views import (
    Column,
    Picture,
    Series,
    Wanted,
    autocorrelation_picture,
    course_picture,
    gaps_picture,
    glance,
    one_series,
    outliers_picture,
    overview,
    seasons_picture,
)

routes = APIRouter()

_PICTURES: Mapping[str, tuple[str, Callable[[Series], Picture | None]]] = MappingProxyType(
    {
        "course": ("In the course of time", course_picture),
        "seasons": ("Season over season", seasons_picture),
        "autocorrelation": ("What the past tells", autocorrelation_picture),
        "gaps": ("What is missing", gaps_picture),
        "outliers": ("What stands out", outliers_picture),
    }
)
_HEADS: Mapping[Column, str] = MappingProxyType(
    {
        "name": "Series",
        "rows": "Rows",
        "first": "From",
        "last": "To",
        "mean": "Average",
        "lowest": "Lowest",
        "highest": "Highest",
        "varies": "Varies by",
        "zeros": "Zeros",
        "missing": "Missing",
    }
)


@dataclass(frozen=True)
class Known:
    """The rows of a file that can be used.

    Attributes:
        panel: its series.
        label: the name of what is forecast.
    """

    panel: Panel
    label: str

    def require(self, series: int) -> int:
        """The number of a series.

        Raises:
            HTTPException: if there is none.
        """
        if not 0 <= series < len(self.panel.ids):
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such series in this file.")
        return series


def known_of(studio: Studio, file: StoredFile) -> Known | None:
    """The rows of a file; None where a problem has to be mended first."""
    table = studio.tables.of(file)
    if table.panel is None or table.columns is None:
        return None
    return Known(table.panel, table.columns.target_col)


@routes.get("/files/{file}/look")
def look(
    request: Request,
    studio: ThisStudio,
    file: ThisFile,
    wanted: Annotated[Wanted, Depends()],
    series: int = 0,
) -> Response:
    """One glance, all series in a table, and one of them in pictures."""
    known = known_of(studio, file)
    if known is None:
        return back(request, f"/files/{file.id}")
    own = one_series(known.panel, known.require(series), known.label)
    drawn = {name: (head, draw(own)) for name, (head, draw) in _PICTURES.items()}
    return page(
        request,
        "look.html",
        file=file,
        glance=glance(known.panel),
        table=overview(known.panel, wanted),
        heads=_HEADS,
        wanted=wanted,
        series=series,
        name=own.name,
        pictures={name: each for name, each in drawn.items() if each[1] is not None},
    )


@routes.get("/files/{file}/look/{picture}.json")
def spec(studio: ThisStudio, file: ThisFile, picture: str, series: int = 0) -> Response:
    """What draws a picture of a series."""
    known = known_of(studio, file)
    if known is None or picture not in _PICTURES:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such picture.")
    own = one_series(known.panel, known.require(series), known.label)
    drawn = _PICTURES[picture][1](own)
    content: dict[str, Any] = {} if drawn is None else drawn.spec
    return JSONResponse(content, HTTPStatus.OK if content else HTTPStatus.NOT_FOUND)
