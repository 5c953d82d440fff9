"""Runs side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response

from gatecast._types import InputError
from gatecast._wording import METRIC_NAMES, number, percent
from gatecast.studio import store
from gatecast.studio.pages.common import (
    Studio,
    ThisStudio,
    ThisVisitor,
    duration_words,
    kind_words,
    page,
    run_of,
)
from gatecast.studio.store import Run
from gatecast.studio.work import Plan

routes = APIRouter()

_FEWEST, _MOST = 2, 6
_NONE = "\N{EN DASH}"


@dataclass(frozen=True)
class Row:
    """One line of the comparison.

    Attributes:
        name: what it is about.
        cells: of each run, in words.
        best: the run with the lowest value, where that is to be told.
    """

    name: str
    cells: Sequence[str]
    best: int | None = None

    @property
    def differs(self) -> bool:
        """Whether the runs differ in it."""
        return len(set(self.cells)) > 1


@dataclass(frozen=True)
class Side:
    """A run that is compared."""

    run: Run
    plan: Plan
    result: Mapping[str, Any]

    @property
    def score(self) -> Mapping[str, Any]:
        """The errors of its forecast in the test; empty without one."""
        rows = self.result.get("scores", ())
        return next((row for row in rows if row["kind"] == "model"), {})


@routes.get("/compare")
def compare(
    request: Request,
    studio: ThisStudio,
    visitor: ThisVisitor,
    run: Annotated[list[str], Query(default_factory=list)],
) -> Response:
    """Finished runs side by side, with their differences marked."""
    chosen = list(dict.fromkeys(run))
    if not _FEWEST <= len(chosen) <= _MOST:
        raise InputError(f"Choose {_FEWEST} to {_MOST} runs to compare, not {len(chosen)}.")
    sides = [_side(studio, run_of(studio, visitor, each)) for each in chosen]
    return page(
        request,
        "compare.html",
        runs=[side.run for side in sides],
        rows=_rows(sides),
        comparable=len({side.run.file for side in sides}) == 1,
    )


def _side(studio: Studio, run: Run) -> Side:
    with studio.service.database.reading() as connection:
        content = store.content_of(connection, run.id, "result.json")
    if content is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"Run {run.number} has no result.")
    return Side(run, Plan.from_json(run.plan), json.loads(content))


def _rows(sides: Sequence[Side]) -> list[Row]:
    metrics = {side.result.get("ranked_by") for side in sides} - {None}
    same_data = len({side.run.file for side in sides}) == 1
    return [
        Row("Data", [side.plan.source for side in sides]),
        Row("What is forecast", [str(side.result["data"]["label"]) for side in sides]),
        Row("How", [kind_words(side.run) for side in sides]),
        Row("Rows ahead", [str(side.result["plan"]["horizon"]) for side in sides]),
        *_settings(sides),
        Row("Verdict", [str(side.result["verdict"]["headline"]) for side in sides]),
        *(_errors(sides, str(metric), marked=same_data) for metric in sorted(metrics, key=str)),
        *_held(sides),
        Row("Looks back on", [f"{side.result['memory']['effective']} rows" for side in sides]),
        Row("Time taken", [_taken(side.run) for side in sides]),
    ]


def _settings(sides: Sequence[Side]) -> list[Row]:
    names = dict.fromkeys(name for side in sides for name in side.plan.settings)
    return [Row(name, [_shown(side.plan.settings.get(name)) for side in sides]) for name in names]


def _held(sides: Sequence[Side]) -> list[Row]:
    """Which share of the values the intervals held in the test."""
    every = [side.score.get("held", {}) for side in sides]
    levels = dict.fromkeys(level for held in every for level in held)
    return [
        Row(f"{level} % band held", [percent(h[level]) if level in h else _NONE for h in every])
        for level in levels
    ]


def _errors(sides: Sequence[Side], metric: str, *, marked: bool) -> Row:
    values = [
        side.score.get("error") if side.result.get("ranked_by") == metric else None
        for side in sides
    ]
    known = [value for value in values if value is not None]
    best = values.index(min(known)) if marked and len(set(known)) > 1 else None
    cells = [_NONE if value is None else number(value) for value in values]
    return Row(f"Error in the test, {METRIC_NAMES.get(metric, metric)}", cells, best)


def _taken(run: Run) -> str:
    return (
        _NONE if run.began is None or run.ended is None else duration_words(run.ended - run.began)
    )


def _shown(value: Any) -> str:
    return "as usual" if value is None else str(value)
