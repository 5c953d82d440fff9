"""`gatecast run`."""

from pathlib import Path
from typing import Annotated

import typer

import gatecast
from gatecast.cli import _options as options
from gatecast.cli._audit import Wanted, audit
from gatecast.cli._show import note


def run(  # noqa: PLR0913 (one parameter per option)
    data: options.Data,
    *,
    time: options.Time = None,
    target: options.Target = None,
    identifier: options.Identifier = None,
    freq: options.Freq = None,
    horizon: Annotated[
        int | None,
        typer.Option("--horizon", min=1, help="Rows to forecast; one season if not given."),
    ] = None,
    level: options.Level = "80,95",
    seeds: options.Seeds = 10,
    out: options.Out = Path("gatecast-report"),
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Run the audited experiment on your own data.

    Trains the tutorial's five framings and a tuned LSTM on the first two thirds of every series,
    judges them on the rest beside naive and statistical baselines, and forecasts beyond the last
    row.

    For example:

      gatecast run sales.csv

      gatecast run 'shops/*.parquet' --id shop --time day --target sales --horizon 14

      gatecast run "SELECT day, sum(sales) AS sales FROM 'sales.csv' GROUP BY day"
    """
    percentages = tuple(options.levels(level))
    frame = gatecast.read(data, id_col=identifier, time_col=time, target_col=target)
    columns = gatecast.data.Columns.of(frame)
    if None in (time, target, identifier):
        note(f"columns: {columns} (others with --time, --target, --id)", quiet=quiet)
    wanted = Wanted(
        out=out,
        label=columns.target_col,
        horizon=horizon,
        seeds=seeds,
        freq=freq,
        level=percentages,
        as_json=as_json,
        quiet=quiet,
    )
    audit(frame, wanted)
