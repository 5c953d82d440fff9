"""`gatecast forecast`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import gatecast as gc
from gatecast._types import InputError
from gatecast.cli import _options as options


def forecast(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A .gatecast file.")],
    *,
    h: Annotated[
        int | None, typer.Option("--h", help="Rows to forecast; the model's own if not given.")
    ] = None,
    level: options.Level = "80,95",
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
    wanted = options.levels(level)
    gc.use_compilation_cache()
    found = gc.forecasting.load_model(model).forecast(h, wanted)
    if output:
        staged = output.with_name(f".{output.name}.partial")
        try:
            found.to_csv(staged, index=False)
            staged.replace(output)
        except OSError as error:
            raise InputError(f"{output}: cannot be written: {error.strerror}") from None
        finally:
            staged.unlink(missing_ok=True)
    if as_json:
        rows = json.loads(found.to_json(orient="records", date_format="iso"))
        sys.stdout.write(json.dumps(rows) + "\n")
    elif not quiet and not output:
        Console().print(found.round(3).to_string(index=False), highlight=False, markup=False)
