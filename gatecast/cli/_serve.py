"""`gatecast serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast.cli import options
from gatecast.cli.shared import STUDIO, check_loopback, compile_lstm, note, studio_addon

serving = lazy("gatecast.serving")

_ENDING = ".gatecast"


def serve(
    models: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=]MODEL...", help="Saved models; named as their files are."),
    ] = None,
    *,
    listen: options.Listen,
    state: options.State = options.STATE,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes; more than one needs PostgreSQL.")
    ] = 1,
    auth: Annotated[
        bool, typer.Option(help="Ask for keys; without them on this machine only.")
    ] = True,
    adapt: Annotated[
        bool, typer.Option(help="Let intervals learn from the truths that arrive.")
    ] = True,
    studio: Annotated[
        bool, typer.Option("--studio", help="Add the studio, at /studio; no model is needed.")
    ] = False,
) -> None:
    """Serve models over HTTP: observations in, forecasts out, nothing lost.

    What has arrived is kept in a database, and with it the state of every series. Stop with Ctrl-C:
    what was acknowledged is kept.

    For example:

      gatecast serve sales.gatecast --no-auth

      gatecast key add shop --can write

      gatecast serve air=sales.gatecast --state postgresql://me:secret@db/forecasts --workers 4
    """
    named = dict(_named(each) for each in models or [])
    check_loopback(listen.host, auth=auth)
    settings = serving.ServeSettings(
        state=state,
        models=named,
        auth=auth,
        adaptive=adapt,
        log=not listen.quiet,
        addons=studio_addon() if studio else {},
    )
    compile_lstm(quiet=listen.quiet)
    serving.check(settings, workers)
    opens = {"The studio": STUDIO} if studio else {}
    serving.run(settings, serving.Address(listen.host, listen.port, workers, opens), tell=note)


def _named(given: str) -> tuple[str, Path]:
    """The name and the file of a model."""
    name, equals, path = given.rpartition("=")
    file = Path(path)
    if not file.is_file():
        raise InputError(f"{path}: there is no such file")
    name = name if equals else file.name.removesuffix(_ENDING)
    if not name or not name.isprintable() or "/" in name:
        raise InputError(f"{given!r}: a model cannot be named {name!r}")
    return name, file
