"""The page of a file: what was understood, and how to say it better."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel

from gatecast.data import Columns
from gatecast.studio import store
from gatecast.studio.pages.common import (
    Table,
    ThisFile,
    ThisStudio,
    ThisVisitor,
    back,
    page,
    reading_of,
    summary_of,
    top_of,
    unused_numbers,
)
from gatecast.studio.pages.data._mends import (
    Mend,
    mends_for,
    mends_of,
    plain_words,
    with_mend,
    without_mend,
)
from gatecast.studio.work import Plan, Reading, python_lines

routes = APIRouter()

_STEPS = (
    ("", "found by itself"),
    ("YS", "year"),
    ("QS", "quarter"),
    ("MS", "month"),
    ("W-MON", "week, from Monday"),
    ("D", "day"),
    ("B", "business day"),
    ("h", "hour"),
    ("15min", "15 minutes"),
    ("min", "minute"),
    ("s", "second"),
    ("irregular", "no fixed step"),
)
"""What `freq` may be, in words."""


@routes.get("/files/{file}")
def show_file(
    request: Request, studio: ThisStudio, visitor: ThisVisitor, file: ThisFile
) -> Response:
    """What was understood of a file."""
    table = studio.tables.of(file)
    mends = _mends(table)
    with studio.service.database.reading() as connection:
        runs = store.runs_of(connection, visitor.owner, file.id)
        ahead = {run.id: store.place_of(connection, run) for run in runs if run.active}
    return page(
        request,
        "file.html",
        file=file,
        table=table,
        top=top_of(table),
        found=table.columns or Columns(None, None, ""),
        roles=_roles(table),
        summary=summary_of(table),
        freqs=_freqs(table.reading),
        problem="" if table.problem is None else plain_words(table.problem, mends),
        mends=mends,
        mended=mends_of(table.reading),
        unused=unused_numbers(table),
        runs=runs,
        ahead=ahead,
        lines=_lines(file.name, table.reading),
        may_write=visitor.allows("write"),
    )


class Chosen(BaseModel):
    """The form that says which columns are what; what is empty is found."""

    time_col: str = ""
    target_col: str = ""
    id_col: str = ""
    freq: str = ""
    wide: bool = False


@routes.post("/files/{file}/reading")
def change_reading(
    request: Request, studio: ThisStudio, file: ThisFile, chosen: Annotated[Chosen, Form()]
) -> Response:
    """Say which columns are what."""
    freq = chosen.freq.strip()
    reading = replace(
        reading_of(file.reading),
        time_col=chosen.time_col or None,
        target_col=None if chosen.wide else chosen.target_col or None,
        id_col=chosen.id_col or None,
        wide=chosen.wide,
        freq=int(freq) if freq.isdecimal() else freq or None,
    )
    return _read_as(request, studio, file, reading)


@routes.post("/files/{file}/mend")
def mend(
    request: Request,
    studio: ThisStudio,
    file: ThisFile,
    name: Annotated[str, Form()],
    value: Annotated[str, Form()] = "",
) -> Response:
    """Do something about a problem, or (without a value) no longer."""
    reading, value = reading_of(file.reading), value.strip()
    changed = with_mend(reading, name, value) if value else without_mend(reading, name)
    return _read_as(request, studio, file, changed)


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


def _mends(table: Table) -> list[Mend]:
    if table.problem is None:
        return []
    return mends_for(table.problem, read=table.columns is not None)


def _roles(table: Table) -> dict[str, str]:
    """What a column was taken for, by its name."""
    columns = table.columns
    if columns is None or table.reading.wide:
        return {}
    taken = {columns.time_col: "when", columns.target_col: "to forecast", columns.id_col: "series"}
    return {name: role for name, role in taken.items() if name is not None}


def _freqs(reading: Reading) -> list[tuple[str, str]]:
    """Steps to choose from, with the one that was chosen."""
    chosen = "" if reading.freq is None else str(reading.freq)
    known = [value for value, _ in _STEPS]
    return [*_STEPS, *([(chosen, chosen)] if chosen not in known else [])]


def _lines(name: str, reading: Reading) -> str:
    """The line of Python that reads the file as the page did."""
    return next(
        line
        for line in python_lines(Plan(name, reading, horizon=1, windows=0)).splitlines()
        if line.startswith("df = ")
    )
