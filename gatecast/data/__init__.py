"""Rows in, panels out.

`read` takes files, globs, DuckDB queries and data frames to `unique_id`, `ds`, `y`, and names the
line and value of whatever it cannot use. `to_panel` puts every series on its regular calendar and
`to_frame` brings it back. `append` continues a panel with new rows, `extend` with the future,
`tail` cuts it to its last rows, and `calendar_features` and `elapsed` tell what follows from the
times alone. `like` returns a result in the caller's own data frame library, and `to_records` makes
it ready for JSON.
"""

from gatecast.data import datasets
from gatecast.data._append import append
from gatecast.data._checks import require_rows
from gatecast.data._columns import Columns, infer_columns
from gatecast.data._elapsed import elapsed, median_step
from gatecast.data._extend import extend
from gatecast.data._features import CALENDAR, calendar_features
from gatecast.data._frames import like, to_pandas, to_records
from gatecast.data._frequency import (
    future_ds,
    infer_freq,
    longer_season_length,
    season_length,
    steps_between,
)
from gatecast.data._head import head
from gatecast.data._panel import to_frame, to_panel
from gatecast.data._read import read
from gatecast.data._tail import tail

__all__ = [
    "CALENDAR",
    "Columns",
    "append",
    "calendar_features",
    "datasets",
    "elapsed",
    "extend",
    "future_ds",
    "head",
    "infer_columns",
    "infer_freq",
    "like",
    "longer_season_length",
    "median_step",
    "read",
    "require_rows",
    "season_length",
    "steps_between",
    "tail",
    "to_frame",
    "to_pandas",
    "to_panel",
    "to_records",
]
