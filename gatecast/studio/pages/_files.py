"""The page of a file: what was understood, and how to say it better."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from gatecast.studio import store
from gatecast.studio.pages._page import ThisFile, ThisStudio, ThisVisitor, back, page
from gatecast.studio.pages._reading import Table, reading_of
from gatecast.studio.work import Plan, Reading, python_lines

routes = APIRouter()

_SHOWN = 2000


@routes.get("/files/{file}")
def show_file(
    request: Request, studio: ThisStudio, visitor: ThisVisitor, file: ThisFile
) -> Response:
    """What was understood of a file."""
    table = studio.tables.of(file)
    with studio.service.database.reading() as connection:
        runs = store.runs_of(connection, visitor.owner, file.id)
        ahead = {run.id: store.place_of(connection, run) for run in runs if run.active}
    return page(
        request,
        "file.html",
        file=file,
        table=table,
        top=_top(table),
        facts=_facts(table),
        runs=runs,
        ahead=ahead,
        lines=_lines(file.name, table.reading),
        may_write=visitor.allows("write"),
    )


@routes.post("/files/{file}/reading")
def change_reading(
    request: Request,
    studio: ThisStudio,
    file: ThisFile,
    time_col: Annotated[str, Form()] = "",
    target_col: Annotated[str, Form()] = "",
    id_col: Annotated[str, Form()] = "",
    wide: Annotated[bool, Form()] = False,
    freq: Annotated[str, Form()] = "",
) -> Response:
    """Say which columns are what."""
    step = int(freq) if freq.isdecimal() else freq.strip() or None
    reading = replace(
        reading_of(file.reading),
        time_col=time_col or None,
        target_col=None if wide else target_col or None,
        id_col=id_col or None,
        wide=wide,
        freq=step,
    )
    return _read_as(request, studio, file, reading)


@routes.post("/files/{file}/delete")
def delete_file(request: Request, studio: ThisStudio, file: ThisFile) -> Response:
    """Delete a file, with all its runs."""
    with studio.service.database.writing() as connection:
        for run in store.runs_of(connection, file.owner, file.id):
            store.drop_run(connection, run.id)
        store.drop_file(connection, file.id)
    studio.service.database.forget_deleted()
    studio.tables.forget(file)
    return back(request, "/")


def _read_as(request: Request, studio: ThisStudio, file: ThisFile, reading: Reading) -> Response:
    with studio.service.database.writing() as connection:
        store.set_reading(connection, file.id, asdict(reading))
    studio.tables.forget(file)
    return back(request, f"/files/{file.id}")


def _top(table: Table) -> dict[str, Any]:
    """The first rows as text."""
    rows = table.top.astype(object).where(table.top.notna(), "").astype(str)
    return {"names": table.names, "rows": rows.to_numpy().tolist()}


def _facts(table: Table) -> dict[str, Any]:
    """What kind of data this is, in a few numbers."""
    panel = table.panel
    if panel is None:
        return {}
    first, last = panel.ds.min(), panel.ds.max()
    return {
        "series": len(panel.ids),
        "rows": table.rows,
        "first": str(first)[:10] if panel.ds.dtype.kind == "M" else str(first),
        "last": str(last)[:10] if panel.ds.dtype.kind == "M" else str(last),
        "freq": str(panel.freq),
        "shortest": int(panel.lengths.min()),
        "longest": int(panel.lengths.max()),
    }


def _lines(name: str, reading: Reading) -> str:
    """The line of Python that reads the file as the page did."""
    return next(
        line
        for line in python_lines(Plan(name, reading, horizon=1, windows=0)).splitlines()
        if line.startswith("df = ")
    )
