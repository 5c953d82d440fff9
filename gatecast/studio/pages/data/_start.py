"""The first page, and the ways by which data come in."""

from __future__ import annotations

import io
from importlib.resources import files
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import Response
from sqlalchemy import Connection

from gatecast._types import InputError
from gatecast.studio import store
from gatecast.studio.pages.common import (
    Studio,
    ThisStudio,
    ThisVisitor,
    Visitor,
    back,
    new_cookie,
    page,
    size_words,
    this_visitor,
)
from gatecast.studio.pages.data._database_table import copied

routes = APIRouter()

_EXAMPLE = "airline-passengers.csv"
_MOST_NAME = 120


@routes.get("/")
def start(request: Request, studio: ThisStudio, visitor: ThisVisitor) -> Response:
    """Where data come in, and what is there already."""
    with studio.service.database.reading() as connection:
        given = store.files_of(connection, visitor.owner)
        runs = store.runs_of(connection, visitor.owner)
        ahead = {run.id: store.place_of(connection, run) for run in runs if run.active}
    return page(
        request,
        "start.html",
        files=given,
        runs=runs,
        ahead=ahead,
        names={file.id: file.name for file in given},
        settings=studio.settings,
        may_write=visitor.allows("write"),
    )


@routes.post("/files")
def upload(
    request: Request, studio: ThisStudio, visitor: ThisVisitor, file: UploadFile
) -> Response:
    """Keep a file; it is written to the disk while it arrives."""
    if not file.filename:
        raise InputError("No file was chosen: choose one, or paste a table.")
    return _kept(request, studio, visitor, _name(file.filename), file.file)


@routes.post("/paste")
def paste(
    request: Request, studio: ThisStudio, visitor: ThisVisitor, text: Annotated[str, Form()]
) -> Response:
    """Keep a table that was pasted, from a spreadsheet or as text."""
    if not text.strip():
        raise InputError("Nothing was pasted: copy the cells with their headings, and paste them.")
    return _kept(request, studio, visitor, "pasted.csv", io.BytesIO(text.encode()))


@routes.post("/example")
def example(request: Request, studio: ThisStudio, visitor: ThisVisitor) -> Response:
    """Keep the example that comes with the package."""
    content = (files("gatecast.data") / _EXAMPLE).read_bytes()
    return _kept(request, studio, visitor, _EXAMPLE, io.BytesIO(content))


@routes.post("/table")
def table(
    request: Request, studio: ThisStudio, visitor: ThisVisitor, address: Annotated[str, Form()]
) -> Response:
    """Keep a table of PostgreSQL as it is now."""
    if not studio.settings.databases:
        raise InputError("This studio reads no tables of databases.")
    with copied(address, studio.settings.upload_bytes) as (name, source):
        return _kept(request, studio, visitor, f"{_name(name)}.csv", source)


@routes.get("/open/{token}")
def open_file(request: Request, studio: ThisStudio, token: str) -> Response:
    """Take a file that was named when the studio was started; the first who comes has it."""
    if not studio.service.settings.auth and not request.scope["gatecast.cookie"]:
        new_cookie(request.scope)
    visitor = this_visitor(request)
    with studio.service.database.writing() as connection:
        found = store.claim_files(connection, token, visitor.owner)
    return back(request, f"/files/{found[0].id}" if found else "/")


def _kept(
    request: Request, studio: Studio, visitor: Visitor, name: str, source: BinaryIO
) -> Response:
    with studio.service.database.writing() as connection:
        own = store.put_file(connection, visitor.owner, name, source)
        _check_room(connection, studio, visitor)
    return back(request, f"/files/{own}")


def _check_room(connection: Connection, studio: Studio, visitor: Visitor) -> None:
    """Raise if the files of a visitor are too much; what was written is undone.

    Raises:
        InputError: saying what to do.
    """
    most = studio.settings.visitor_bytes
    if store.bytes_of(connection, visitor.owner) > most:
        raise InputError(
            f"Your files would take more than {size_words(most)} together: delete some first."
        )


def _name(given: str) -> str:
    """The name of a file without its folders, whichever machine it comes from."""
    name = PurePosixPath(PureWindowsPath(given).name).name
    name = "".join(letter for letter in name if letter.isprintable())
    stem, dot, ending = name.rpartition(".")
    return f"{stem[:_MOST_NAME]}{dot}{ending[:_MOST_NAME]}" or "table.csv"
