"""Rows in, panels out.

`read` takes files, globs, DuckDB queries and data frames to `unique_id`, `ds`, `y`, and names the
line and value of whatever it cannot use. `to_panel` puts every series on its regular calendar,
`to_frame` brings it back, `like` returns a result in the caller's own data frame library, and
`to_records` makes it ready for JSON.
"""

from gatecast.data import datasets
from gatecast.data._checks import require_rows
from gatecast.data._columns import Columns, infer_columns
from gatecast.data._frames import like, to_pandas, to_records
from gatecast.data._frequency import future_ds, infer_freq, season_length, steps_between
from gatecast.data._panel import to_frame, to_panel
from gatecast.data._read import read

__all__ = [
    "Columns",
    "datasets",
    "future_ds",
    "infer_columns",
    "infer_freq",
    "like",
    "read",
    "require_rows",
    "season_length",
    "steps_between",
    "to_frame",
    "to_pandas",
    "to_panel",
    "to_records",
]
