"""`gatecast key`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer

from gatecast._lazy import lazy
from gatecast.cli import options
from gatecast.cli.shared import emit, note, opened, say

store = lazy("gatecast.serving.store")

key = typer.Typer(
    help="Keys to a service: who may read or write which models.",
    epilog="Try: gatecast key add shop --can write",
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
)

_DAY_SECONDS = 86_400


@key.command()
def add(
    name: Annotated[str, typer.Argument(help="To list and revoke it by.")],
    *,
    can: Annotated[
        Literal["read", "write"], typer.Option(help="Forecasts only, or observations and models.")
    ] = "read",
    model: Annotated[
        list[str] | None, typer.Option(help="A model that it is valid for; all without.")
    ] = None,
    days: Annotated[float | None, typer.Option(min=0.001, help="It expires after these.")] = None,
    state: options.State = options.STATE,
    as_json: options.Json = False,
) -> None:
    """Make a key and print it, this once; only its hash is stored.

    For example:

      gatecast key add shop --can write --model air

      gatecast key add dashboard --days 90
    """
    expires = None if days is None else time.time() + days * _DAY_SECONDS
    with _database(state) as connection:
        made = store.add_key(connection, name, can, model or None, expires)
    if as_json:
        emit({"name": name, "key": made})
        return
    note("send it as `Authorization: Bearer KEY`; it is not shown again")
    say(made)


@key.command("list")
def list_keys(*, state: options.State = options.STATE, as_json: options.Json = False) -> None:
    """List the keys, without the keys themselves.

    For example:

      gatecast key list --state postgresql://me:secret@db/forecasts
    """
    with _database(state) as connection:
        found = store.keys(connection)
    if as_json:
        emit({"keys": [asdict(each) for each in found]})
        return
    if not found:
        say("no keys")
    for each in found:
        models = "all models" if each.models is None else ", ".join(each.models)
        end = "" if each.expires is None else f", until {_moment(each.expires)}"
        end = end if each.revoked is None else f", revoked {_moment(each.revoked)}"
        say(f"{each.name}: may {each.can} {models}{end}")


@key.command()
def revoke(
    name: Annotated[str, typer.Argument(help="As `gatecast key list` shows it.")],
    *,
    state: options.State = options.STATE,
) -> None:
    """Let a key open nothing from now on; a running service notices within a second.

    For example:

      gatecast key revoke shop
    """
    with _database(state) as connection:
        store.revoke_key(connection, name)
    say(f"{name} is revoked")


@contextmanager
def _database(url: str) -> Iterator[Any]:
    """A transaction in the database of the service."""
    with opened(url) as database:
        database.upgrade()
        with database.writing() as connection:
            yield connection


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
