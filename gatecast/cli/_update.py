"""`gatecast update`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import gatecast
from gatecast.cli import options
from gatecast.cli._files import refuse_unwritable_file
from gatecast.cli._lock import changing
from gatecast.cli._show import count, emit, moment, say, warm_up
from gatecast.cli._source import read_for


def update(
    model: options.Model,
    new: Annotated[
        str, typer.Argument(metavar="NEW", help="The rows that follow, in the same columns.")
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="MODEL", help="Write this file; else MODEL itself."),
    ] = None,
    talk: options.Talk,
) -> None:
    """Let a model see new rows, without training.

    Its forecasts begin after the last row seen. Weights and scalers stay as they are. Of several
    updates of one file at the same time, each waits for the one before.

    For example:

      gatecast update sales.gatecast today.csv

      gatecast update sales.gatecast today.csv -o tomorrow.gatecast
    """
    target = model if out is None else out
    refuse_unwritable_file(target, "--out")
    warm_up(quiet=talk.quiet)
    with changing(target, quiet=talk.quiet) as check_unchanged:
        forecaster = gatecast.load(model)
        source = read_for(forecaster, new)
        forecaster.update(source.frame)
        check_unchanged()
        forecaster.save(target)
    rows, series = len(source.seen), source.seen[source.id_col].nunique()
    until = moment(forecaster.model_.context.panel.ds.max())
    if talk.as_json:
        emit({"model": str(target), "rows": rows, "series": series, "until": until})
    elif not talk.quiet:
        say(
            f"{target} has seen {count(rows, 'new row')} of {count(series, 'series', 'series')}, "
            f"up to {until}"
        )
