"""`gatecast forecast`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import gatecast as gc
from gatecast._types import InputError
from gatecast.cli import _options as options

if TYPE_CHECKING:
    import pandas as pd


def forecast(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A .gatecast file.")],
    *,
    h: Annotated[
        int | None,
        typer.Option("--h", min=1, help="Rows to forecast; the model's own if not given."),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(
            "--level", help="Coverage of the intervals in percent; 80,95 if the model has them."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write a CSV file here.")
    ] = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Forecast beyond the last row with a saved model.

    For example:

      gatecast forecast demo-report/model.gatecast

      gatecast forecast model.gatecast --h 24 --level 90 -o forecast.csv

      gatecast forecast model.gatecast --json
    """
    asked = None if level is None else options.levels(level)
    gc.use_compilation_cache()
    loaded = gc.forecasting.load_model(model)
    usual = [80, 95] if loaded.calibration else []
    found = loaded.forecast(h, usual if asked is None else asked)
    if output:
        _write(found, output)
    if as_json:
        sys.stdout.write(json.dumps(gc.data.to_records(found)) + "\n")
    elif not quiet and not output:
        typer.echo(found.to_string(index=False, float_format="{:,.6g}".format))


def _write(found: pd.DataFrame, output: Path) -> None:
    """Write the rows; the file appears whole or not at all."""
    if output.is_dir():
        raise InputError(f"{output} is a folder: give --output a file")
    staged = output.with_name(f".{output.name}.partial")
    try:
        found.to_csv(staged, index=False)
        staged.replace(output)
    except OSError as error:
        raise InputError(f"{output}: cannot be written: {error.strerror or error}") from None
    finally:
        staged.unlink(missing_ok=True)
