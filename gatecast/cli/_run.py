"""`gatecast run`."""

from pathlib import Path
from typing import Annotated

import typer

import gatecast
from gatecast.cli import options
from gatecast.cli._audit import Wanted, audit
from gatecast.cli._source import tell_columns

_QUICK_SEEDS = 3


def run(
    data: options.Data,
    *,
    columns: options.Columns,
    horizon: Annotated[
        int | None,
        typer.Option("--horizon", min=1, help="Rows to forecast; one season if not given."),
    ] = None,
    level: options.Level = "80,95",
    seeds: options.Seeds = 10,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="At most 3 seeds, and the LSTM as it is pre-trained."),
    ] = False,
    out: options.Out = Path("gatecast-report"),
    talk: options.Talk,
) -> None:
    """Run the audited experiment on your own data.

    Trains the tutorial's five networks and an LSTM that needs no settings on the first two thirds
    of every series, judges them on the rest beside naive and statistical forecasts, says which to
    use, and forecasts beyond the last row. Ctrl-C ends it with a report of what was found so far.

    For example:

      gatecast run sales.csv

      gatecast run sales.csv --quick -o first-look

      gatecast run 'shops/*.parquet' --id shop --time day --target sales --horizon 14

      gatecast run --sql "SELECT day, sum(y) AS y FROM 'sales.csv' GROUP BY day"
    """
    percentages = tuple(options.levels(level))
    frame = gatecast.read(
        **data.keywords,
        id_col=columns.identifier,
        time_col=columns.time,
        target_col=columns.target,
    )
    tell_columns(frame, columns, quiet=talk.quiet)
    wanted = Wanted(
        out=out,
        label=gatecast.data.Columns.of(frame).target_col,
        horizon=horizon,
        seeds=min(seeds, _QUICK_SEEDS) if quick else seeds,
        quick=quick,
        freq=columns.freq,
        level=percentages,
        talk=talk,
    )
    audit(frame, wanted)
