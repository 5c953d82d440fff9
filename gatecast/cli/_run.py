"""`gatecast run`."""

from pathlib import Path

import gatecast
from gatecast.cli import options
from gatecast.cli.shared import Asked, audit, tell_columns


def run(
    data: options.Data,
    *,
    columns: options.Columns,
    asked: Asked,
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
    # What is wrong with the options is told before anything is read.
    options.levels(asked.level)
    frame = gatecast.read(
        **data.keywords,
        id_col=columns.identifier,
        time_col=columns.time,
        target_col=columns.target,
    )
    tell_columns(frame, columns, quiet=talk.quiet)
    label = gatecast.data.Columns.of(frame).target_col
    audit(frame, asked, talk, out=out, label=label, freq=columns.freq)
