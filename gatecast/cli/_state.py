"""`gatecast state`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatecast._lazy import lazy
from gatecast.cli import options
from gatecast.cli.options import grouped
from gatecast.cli.shared import count, emit, opened, progress, say

if TYPE_CHECKING:
    from gatecast.serving import store
else:
    store = lazy("gatecast.serving.store")

# Rows of a table between two signs of progress.
_SHOWN_EVERY = 200_000

state = typer.Typer(
    help="Move what a service knows out of its database, and into another.",
    epilog="Try: gatecast state export --state sqlite:///state.db backup",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def export_command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder.")],
    *,
    url: options.State,
    model: Annotated[
        str | None, typer.Option("--model", help="Only this model; all if not given.")
    ] = None,
    talk: options.Talk,
) -> None:
    """Write models, observations and states into a folder of Parquet files.

    The service may go on: the files hold one moment of it. The folder appears once it is complete.
    Keys are not written.

    For example:

      gatecast state export --state sqlite:///state.db backup

      gatecast state export --state postgresql://me@host/sales --model air backup
    """
    with opened(url) as database, progress(quiet=talk.quiet) as show:
        moved = store.export_state(database, folder, model, _teller(show))
    _tell(moved, folder, talk, "written to")


def import_command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What export has written.")],
    *,
    url: options.State,
    talk: options.Talk,
) -> None:
    """Read such a folder into a database of either kind, wholly or not at all.

    The database may hold other models; tables are made if there are none.

    For example:

      gatecast state import --state postgresql://me@host/sales backup
    """
    with opened(url) as database, progress(quiet=talk.quiet) as show:
        moved = store.import_state(database, folder, _teller(show))
    _tell(moved, folder, talk, "read from")


state.command("export")(grouped(export_command))
state.command("import")(grouped(import_command))


def _teller(show: Callable[[str], None]) -> Callable[[str, int], None]:
    """Shows a table when it is begun, and then from time to time."""
    shown: dict[str, int] = {}

    def told(table: str, rows: int) -> None:
        if table not in shown or rows - shown[table] >= _SHOWN_EVERY:
            shown[table] = rows
            show(f"{table}: {count(rows, 'row')}")

    return told


def _tell(moved: store.MovedState, folder: Path, talk: options.Talk, what: str) -> None:
    if talk.as_json:
        emit({"folder": str(folder), "models": moved.models, "rows": moved.rows})
    elif not talk.quiet:
        rows = moved.rows
        say(
            f"{count(len(moved.models), 'model')}, {count(rows['series'], 'series', 'series')} and "
            f"{count(rows['observations'], 'observation')} {what} {folder}"
        )
