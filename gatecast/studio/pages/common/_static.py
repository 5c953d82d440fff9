"""Styles and scripts, with the bundle that draws charts; they need no other host."""

from __future__ import annotations

import gzip
import hashlib
import threading
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException
from fastapi.responses import Response

from gatecast._lazy import lazy
from gatecast.studio.views import load_statistics

vl_convert = lazy("vl_convert")

routes = APIRouter()

VEGA = "vega.js"
_KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_KEPT = "public, max-age=31536000, immutable"
_SHOWN = 12
_BUNDLING = threading.Lock()


@routes.get("/static/{name}")
def static(name: str, accept_encoding: Annotated[str, Header()] = "") -> Response:
    """A file that belongs to the pages."""
    if name != VEGA and name not in _names():
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such file.")
    headers = {"cache-control": _KEPT, "vary": "accept-encoding"}
    zipped = "gzip" in accept_encoding
    if zipped:
        headers["content-encoding"] = "gzip"
    media = f"{_KINDS[name.rpartition('.')[2]]}; charset=utf-8"
    return Response(_zipped(name) if zipped else _content(name), headers=headers, media_type=media)


def static_url(name: str) -> str:
    """What follows `home` in the address of a file; another version has another one."""
    return f"/static/{name}?v={_version(name)}"


class Bundle:
    """Makes the bundle that draws charts, and loads what looks at data, before they are asked for.

    Both take seconds.
    """

    def __init__(self) -> None:
        self._thread = threading.Thread(target=_prepare, name="gatecast-vega")

    def open(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Wait until it is made."""
        self._thread.join()


def _prepare() -> None:
    _zipped(VEGA)
    load_statistics()


@cache
def _names() -> frozenset[str]:
    own = files("gatecast.studio.pages") / "static"
    return frozenset(each.name for each in own.iterdir() if each.is_file())


@cache
def _version(name: str) -> str:
    if name == VEGA:
        return version("vl-convert-python")
    return hashlib.sha256(_content(name)).hexdigest()[:_SHOWN]


def _content(name: str) -> bytes:
    return _bundle() if name == VEGA else _read(name)


@cache
def _read(name: str) -> bytes:
    return (files("gatecast.studio.pages") / "static" / name).read_bytes()


def _bundle() -> bytes:
    # Two requests at once must not both make it.
    with _BUNDLING:
        return _made()


@cache
def _made() -> bytes:
    made: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return made.encode()


@cache
def _zipped(name: str) -> bytes:
    return gzip.compress(_content(name), mtime=0)
