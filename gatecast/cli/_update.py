"""`gatecast update`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import gatecast
from gatecast.cli import options
from gatecast.cli.shared import (
    changing,
    count,
    emit,
    moment,
    read_new,
    refuse_unwritable_file,
    say,
    warm_up,
)


def update(
    model: options.Model,
    *,
    new: options.NewData,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="MODEL", help="Write this file; else MODEL itself."),
    ] = None,
    talk: options.Talk,
) -> None:
    """Let a model see new rows, without training.

    Its forecasts begin after the last row seen. Weights and scalers stay as they are. Rows that it
    has seen before are passed over; of the table of a database they are not even read, so this may
    run as often as you like. Of several updates of one file at the same time, each waits for the
    one before.

    For example:

      gatecast update sales.gatecast today.csv

      gatecast update sales.gatecast 'postgresql://user@host/shop?table=sales'

      gatecast update sales.gatecast today.csv -o tomorrow.gatecast
    """
    target = model if out is None else out
    refuse_unwritable_file(target, "--out")
    warm_up(quiet=talk.quiet)
    with changing(target, quiet=talk.quiet):
        forecaster = gatecast.forecasting.load(model)
        found = forecaster.update(read_new(forecaster, new).frame).grown_
        if found.rows or target != model:
            forecaster.save(target)
    series = len(found.new.ids) // len(found.new.targets)
    until = moment(forecaster.model_.context.panel.ds.max())
    if talk.as_json:
        skipped = {"repeated": found.repeated, "unchecked": found.unchecked}
        emit({"model": str(target), "rows": found.rows, "series": series, "until": until} | skipped)
    elif not talk.quiet:
        say(
            f"{target} has seen {count(found.rows, 'new row')} of "
            f"{count(series, 'series', 'series')}, up to {until}"
        )
        if found.repeated:
            say(f"passed over {count(found.repeated, 'row')} with the values it has seen")
        if found.unchecked:
            say(
                f"passed over {count(found.unchecked, 'row')} from before the oldest it keeps, "
                "without comparing them"
            )
