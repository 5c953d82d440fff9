"""The entry point: commands, and errors in one line."""

from __future__ import annotations

import os
import re
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from gc import get_threshold, set_threshold
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

import gatecast
from gatecast._types import InputError, InputWarning
from gatecast.cli._backtest import backtest
from gatecast.cli._demo import demo
from gatecast.cli._export import export
from gatecast.cli._fit import fit
from gatecast.cli._forecast import forecast
from gatecast.cli._inspect import inspect
from gatecast.cli._key import key
from gatecast.cli._run import run
from gatecast.cli._serve import serve
from gatecast.cli._state import state
from gatecast.cli._studio import studio
from gatecast.cli._tune import tune
from gatecast.cli._update import update
from gatecast.cli.options import grouped
from gatecast.cli.shared import NobodyReadsError, Output, note

_FILES = {"futr": "--future", "static": "--static"}
# New objects between two searches for garbage, instead of Python's 700.
_SELDOM = 50_000
_OUR_FAULT, _USER_INPUT, _INTERRUPTED = 1, 2, 130
# What a shell reports of the usual tools when whoever read their output has left.
_NOBODY_READS = 128 + 13

app = typer.Typer(
    help="LSTM forecasting: honest, fast, accurate, alive and ready to run.",
    epilog="Try: gatecast demo",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (demo, run, fit, forecast, update, backtest, tune, inspect, export, serve, studio):
    app.command()(grouped(command))
app.add_typer(key, name="key")
app.add_typer(state, name="state")


@app.callback(invoke_without_command=True)
def _without_command(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Print it and stop.")] = False,
) -> None:
    if version:
        typer.echo(gatecast.__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line; exit with 0, 1 (our fault) or 2 (the user's input)."""
    output: Any = Output(sys.stdout)
    with warnings.catch_warnings(), _seldom_collecting(), redirect_stdout(output):
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", InputWarning)
        warnings.showwarning = _note
        sys.exit(_run())


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """What is loaded stays: to look through it for garbage again and again takes long."""
    usual = get_threshold()
    set_threshold(_SELDOM, *usual[1:])
    try:
        yield
    finally:
        set_threshold(*usual)


def _run() -> int:
    try:
        # Typer makes Ctrl-C an exit of its own.
        code = int(app(standalone_mode=False) or 0)
        sys.stdout.flush()
        return _fail("stopped", code) if code == _INTERRUPTED else code
    except NobodyReadsError:
        return _NOBODY_READS
    except InputError as error:
        for words in getattr(error, "__notes__", ()):
            note(f"{_as_options(words)} (others with --time, --target, --id)")
        return _fail(_as_options(str(error)), _USER_INPUT)
    except TyperException as error:
        return _fail(f"{error.format_message()} (see gatecast --help)", _USER_INPUT)
    except Exception as error:  # noqa: BLE001 (the last resort before the user)
        if os.environ.get("GATECAST_DEBUG"):
            traceback.print_exc()
        words = " ".join(str(error).split())
        return _fail(
            f"this is a fault of gatecast, please report it: {type(error).__name__}: {words} "
            "(GATECAST_DEBUG=1 shows where)",
            _OUR_FAULT,
        )


def _as_options(words: str) -> str:
    """The keywords of Python in the words of the shell."""
    words = words.replace("predict(df=...)", "gatecast forecast --data")
    words = words.replace("model=...", "--as")
    words = words.replace("wide=True", "--wide").replace("give it as sql=...", "add --sql")
    words = words.replace("freq='irregular'", "--freq irregular")
    words = re.sub(r"\b(futr|static)_df\b", lambda found: _FILES[found[1]], words)
    words = re.sub(r"\b(date_order|first_year|repeated)='?(\w+)'?", _as_option, words)
    return re.sub(r"\b(id|time|target)_col\b", r"--\1", words)


def _as_option(found: re.Match[str]) -> str:
    return f"--{found[1].replace('_', '-')} {found[2]}"


def _fail(words: str, code: int) -> int:
    note(f"error: {' '.join(words.split())}")
    return code


def _note(message: Warning | str, *_: Any, **__: Any) -> None:
    note(f"note: {' '.join(_as_options(str(message)).split())}")
