"""`gatecast state`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast.cli import options
from gatecast.cli.options import grouped
from gatecast.cli.shared import count, emit, note, opened, progress, say

if TYPE_CHECKING:
    from gatecast.serving import store
else:
    store = lazy("gatecast.serving.store")

serving = lazy("gatecast.serving")

# Rows of a table between two signs of progress.
_SHOWN_EVERY = 200_000

state = typer.Typer(
    help="Move what a service knows into another database, or under a new version.",
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


def replay_command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Its name in the service.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The .gatecast file to come.")],
    *,
    url: options.State,
    work: Annotated[
        Path | None,
        typer.Option(
            "--work", metavar="FOLDER", help="Keeps what is done: a rerun does what is missing."
        ),
    ] = None,
    adapt: Annotated[
        bool, typer.Option(help="As the service was started: intervals learn from truths.")
    ] = True,
    cluster: options.Cluster,
    talk: options.Talk,
) -> None:
    """Let a new version of a model read all observations ahead, while the service goes on.

    The service is given the version after that, by PUT /v1/models/MODEL, and reads only what has
    come since. What it forecasts is the same either way.

    For example:

      gatecast state replay air new.gatecast --state sqlite:///state.db

      gatecast state replay air new.gatecast --state postgresql://me@host/air --ray auto --work job
    """
    cluster.refuse()
    if cluster.ray not in (None, "local") and work is None:
        raise InputError("a cluster needs a folder that all its machines share: give --work")
    content = _content_of(new)
    with opened(url) as database:
        done = serving.replay_state(
            database,
            model,
            content,
            work=work,
            address=cluster.ray,
            workers=cluster.workers,
            adaptive=adapt,
            verbose=False if talk.quiet else None,
        )
    if talk.as_json:
        emit(asdict(done))
    elif not talk.quiet:
        say(
            f"version {done.version} of model {model!r} has read {count(done.rows, 'observation')} "
            f"of {count(done.series, 'series', 'series')}"
        )
        for failure in done.failed:
            note(f"note: {failure.unique_id!r} was left out: {failure.error}")
        say(f"let it serve: PUT /v1/models/{model} with {new}")


def _content_of(path: Path) -> bytes:
    """The content of a saved model."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


state.command("export")(grouped(export_command))
state.command("import")(grouped(import_command))
state.command("replay")(grouped(replay_command))


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
