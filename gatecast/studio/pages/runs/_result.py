"""What a run found: the page, its pictures, its files, and what would be if."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from gatecast._types import InputError
from gatecast.studio import store
from gatecast.studio.pages.common import Studio, ThisStudio, page, run_of
from gatecast.studio.store import Run
from gatecast.studio.views import (
    Course,
    Picture,
    Subject,
    ahead_picture,
    forecast_picture,
    gates_picture,
    kept_picture,
    looked_picture,
    past_picture,
    scores_picture,
    what_if_picture,
)

_SERIES_OF_A_PAGE = 50
_MOST_CHOICES = 200
_FILES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "forecast.xlsx": ("Excel", "the forecast and its test, a sheet each"),
        "forecast.csv": ("CSV", "the forecast as a table of text"),
        "forecast.png": ("PNG", "the forecast as a picture for a document"),
        "forecast.svg": ("SVG", "the same, sharp at any size"),
        "report.html": ("Report", "a page about the test that works without a network"),
        "model.gatecast": ("Model", "what was trained, for Python, the shell or a service"),
        "future.csv": ("Known ahead", "what the forecast was told of the days to come"),
    }
)
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        ".csv": "text/csv; charset=utf-8",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".png": "image/png",
        ".svg": "image/svg+xml",
    }
)


@dataclass(frozen=True)
class Shown:
    """A finished run, as it is shown.

    Attributes:
        run: the run.
        result: as `gatecast.studio.work` wrote it.
        courses: series -> what is drawn of it.
        series: the one that is shown.
    """

    run: Run
    result: Mapping[str, Any]
    courses: Mapping[str, Any]
    series: str

    @property
    def course(self) -> Course:
        """Of the series that is shown."""
        return Course.from_json(self.courses[self.series])

    @property
    def subject(self) -> Subject:
        """What the pictures of the series are about."""
        data = self.result["data"]
        return Subject(data["label"], data["step"], self.series if data["series"] > 1 else "")

    def picture(self, name: str) -> Picture | None:
        """One that can be drawn; None if there is none of this name."""
        draw = self._drawn_by().get(name)
        return None if draw is None else draw()

    @property
    def pictures(self) -> dict[str, Picture]:
        """All that can be drawn, by name."""
        found = {name: draw() for name, draw in self._drawn_by().items()}
        return {name: picture for name, picture in found.items() if picture is not None}

    def _drawn_by(self) -> dict[str, Callable[[], Picture | None]]:
        result, memory = self.result, self.result["memory"]
        course, subject = self.course, self.subject
        every = replace(subject, series="")
        found: dict[str, Callable[[], Picture | None]] = {
            "forecast": lambda: forecast_picture(course, subject),
            "past": lambda: past_picture(course, subject),
            "looked": lambda: looked_picture(memory["by_lag"], memory["effective"], every),
            "kept": lambda: kept_picture(memory["half_lives"], every),
            "gates": lambda: gates_picture(memory["times"], memory["gates"], every),
        }
        known = [score for score in result["scores"] if score["error"] is not None]
        if known:
            metric, steps = result["ranked_by"], result["by_horizon"]
            names, errors = [each["name"] for each in known], [each["error"] for each in known]
            ours, simple = steps["model"], steps.get("baseline", [])
            found["scores"] = lambda: scores_picture(names, errors, metric, every)
            found["ahead"] = lambda: ahead_picture(ours, simple, metric, every)
        return found


def shown_of(studio: Studio, run: Run, series: str = "") -> Shown:
    """A finished run, with one of its series.

    Raises:
        HTTPException: if it has no result, or there is no such series to draw.
    """
    with studio.service.database.reading() as connection:
        texts = [
            store.content_of(connection, run.id, name) for name in ("result.json", "pictures.json")
        ]
    if None in texts:
        raise HTTPException(HTTPStatus.NOT_FOUND, "This run has no result.")
    result, courses = (json.loads(text or b"") for text in texts)
    chosen = series or next(iter(courses))
    if chosen not in courses:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no picture of the series {chosen!r}.")
    return Shown(run, result, courses, chosen)


def result_page(
    request: Request, studio: Studio, run: Run, base: str, *, shared: bool = False
) -> Response:
    """The page of a finished run.

    Args:
        request: whose query may name a `series`, the `page` of the table, a `find` in the names of
            series, and other values of what is known ahead.
        studio: that the run is in.
        run: whose page.
        base: the address of the run below `home`: "/runs/ID" or "/shared/TOKEN".
        shared: whether it is somebody else's, who shares it: nothing can be changed.
    """
    asked = request.query_params
    shown = shown_of(studio, run, asked.get("series", ""))
    changes = _changes(shown.result["known_ahead"], asked)
    return page(
        request,
        "result.html",
        run=run,
        base=base,
        shared=shared,
        result=shown.result,
        pictures=shown.pictures,
        series=shown.series,
        choices=list(shown.courses)[:_MOST_CHOICES],
        listed=_listed(shown, asked),
        query=urlencode({"series": shown.series}),
        forecast=_table(shown.course),
        files=[(name, *_FILES[name]) for name in _FILES if name in shown.result["files"]],
        changes=changes,
        change_query=urlencode({"series": shown.series} | _written(shown, changes)),
    )


def result_routes(prefix: str, found: Callable[..., Run]) -> APIRouter:
    """The pictures and files of the runs that a path names.

    Args:
        prefix: of the paths, with the parameters of `found`.
        found: a dependency that finds the run, or raises.
    """
    routes = APIRouter(prefix=prefix)
    That = Annotated[Run, Depends(found)]  # noqa: N806 (a type)

    @routes.get("/pictures/{name}.json")
    def picture(studio: ThisStudio, run: That, name: str, series: str = "") -> Response:
        """The specification of a chart."""
        drawn = shown_of(studio, run, series).picture(name)
        if drawn is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such picture.")
        return JSONResponse(drawn.spec, headers={"cache-control": "private, max-age=3600"})

    @routes.get("/files/{name}")
    def file(studio: ThisStudio, run: That, name: str) -> Response:
        """A file to take away."""
        with studio.service.database.reading() as connection:
            if name not in _FILES or name not in store.names_of(connection, run.id):
                raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such file.")

        def parts() -> Any:
            with studio.service.database.reading() as connection:
                yield from store.parts_of(connection, run.id, name)

        kind = _KINDS.get(Path(name).suffix, "application/octet-stream")
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
        return StreamingResponse(parts(), media_type=kind, headers=headers)

    @routes.get("/what-if.json")
    def what_if(request: Request, studio: ThisStudio, run: That, series: str = "") -> Response:
        """The chart of the forecast if other values were known ahead."""
        shown = shown_of(studio, run, series)
        changes = _changes(shown.result["known_ahead"], request.query_params)
        if not changes:
            raise InputError("say which value to change")

        def fetch(name: str, path: Path) -> None:
            with studio.service.database.reading() as connection:
                store.write_content(connection, run.id, name, path)

        found = request.app.state.what_if.ask(run.id, fetch, shown.series, changes)
        words = " and ".join(f"{name} at {_text(value)}" for name, value in changes.items())
        drawn = what_if_picture(shown.course, found, words, shown.subject)
        return JSONResponse(drawn.spec | {"usermeta": {"finding": drawn.finding, "alt": drawn.alt}})

    return routes


routes = result_routes("/runs/{run}", run_of)


def _changes(known: list[dict[str, Any]], asked: Mapping[str, str]) -> dict[str, float | str]:
    """The values that were asked for and are not those planned.

    Raises:
        InputError: naming one that is no number or none of the choices.
    """
    found: dict[str, float | str] = {}
    for place, column in enumerate(known):
        text = asked.get(f"if{place}", "").strip()
        if not text:
            continue
        name = column["column"]
        if "choices" in column:
            if text not in column["choices"]:
                raise InputError(f"{name} was never {text!r} in your data: choose another value")
            found[name] = text
            continue
        try:
            number = float(text.replace(",", "."))
        except ValueError:
            raise InputError(f"{name}: {text!r} is no number") from None
        if not abs(number) < float("inf"):
            raise InputError(f"{name}: {text!r} is no number")
        found[name] = number
    return found


def _written(shown: Shown, changes: Mapping[str, float | str]) -> dict[str, str]:
    """The changes as the fields of the form."""
    names = [column["column"] for column in shown.result["known_ahead"]]
    return {f"if{names.index(name)}": _text(value) for name, value in changes.items()}


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _listed(shown: Shown, asked: Mapping[str, str]) -> dict[str, Any]:
    """A page of the table of series, those that fail worst first."""
    find = asked.get("find", "").strip()
    rows = [row for row in shown.result["series"] if find.lower() in row["series"].lower()]
    pages = max(-(-len(rows) // _SERIES_OF_A_PAGE), 1)
    text = asked.get("page", "1")
    number = min(max(int(text) if text.isdecimal() else 1, 1), pages)
    first = (number - 1) * _SERIES_OF_A_PAGE
    return {
        "rows": rows[first : first + _SERIES_OF_A_PAGE],
        "find": find,
        "total": len(rows),
        "page": number,
        "pages": pages,
    }


def _table(course: Course) -> list[tuple[Any, ...]]:
    """The forecast as rows: the time, the forecast, and the ends of each band."""
    ends = [column for band in course.bands for column in (band.low, band.high)]
    times = [str(each).removesuffix("T00:00:00").replace("T", " ") for each in course.ahead.ds]
    return list(zip(times, course.ahead.values, *ends, strict=True))
