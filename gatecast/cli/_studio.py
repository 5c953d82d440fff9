"""`gatecast studio`."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer

from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast.cli import options
from gatecast.cli.shared import (
    STUDIO,
    check_loopback,
    compile_lstm,
    is_loopback,
    note,
    opened,
    studio_addon,
)

serving = lazy("gatecast.serving")
store = lazy("gatecast.studio.store")

_TOKEN_BYTES = 24


def studio(
    data: Annotated[
        Path | None, typer.Argument(metavar="DATA", help="A file to begin with.")
    ] = None,
    *,
    listen: options.Listen,
    state: options.State = options.STATE,
    auth: Annotated[
        bool | None,
        typer.Option("--auth/--no-auth", help="Ask for keys; if not said, except on this machine."),
    ] = None,
    databases: Annotated[
        bool,
        typer.Option(
            "--databases", help="Let visitors copy PostgreSQL tables, from any host they name."
        ),
    ] = False,
) -> None:
    """Open a page on which to look at data, forecast them and understand the result.

    No model is needed; those that the database holds are served as well. Stop with Ctrl-C: files
    and runs are kept, and a run that works goes on when the studio is started again.

    For example:

      gatecast studio

      gatecast studio sales.csv

      gatecast studio --host 0.0.0.0 --state postgresql://me:secret@db/forecasts
    """
    auth = not is_loopback(listen.host) if auth is None else auth
    check_loopback(listen.host, auth=auth)
    addons = studio_addon(databases=databases)
    settings = serving.ServeSettings(state=state, auth=auth, log=not listen.quiet, addons=addons)
    compile_lstm(quiet=listen.quiet)
    serving.check(settings)
    path = STUDIO if data is None else f"{STUDIO}/open/{_brought(data, state)}"
    opens = {"The studio" if data is None else f"The studio, with {data.name}": path}
    serving.run(settings, serving.Address(listen.host, listen.port, opens=opens), tell=note)


def _brought(data: Path, state: str) -> str:
    """Store a file for the visitor who comes with a token; return it."""
    if not data.is_file():
        raise InputError(f"{data}: there is no such file")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with opened(state) as database, database.writing() as connection, data.open("rb") as file:
        store.drop_unclaimed(connection)
        store.put_file(connection, store.unclaimed(token), data.name, file)
    return token
