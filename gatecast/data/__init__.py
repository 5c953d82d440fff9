"""Rows in, panels out.

`read` takes files, tables of databases, queries and data frames to `unique_id`, `ds`, `y`, and
names the line and value of whatever it cannot use; `write` puts rows into tables and files;
`read_future` takes a file without a target, `read_static` one without times. `to_panel` puts every
series on its regular calendar and `to_frame` brings it back. `append` continues a panel with new
rows, `extend` with the future, `tail` cuts it to its last rows, and `calendar_features` and
`elapsed` tell what follows from the times alone. `like` returns a result in the caller's own data
frame library, and `to_records` makes it ready for JSON.
"""

from gatecast.data import datasets
from gatecast.data._frames import (
    in_library,
    library_of,
    like,
    long_frame,
    to_pandas,
    to_records,
)
from gatecast.data._words import show_name, show_series, show_some, show_time
from gatecast.data.calendar import (
    CALENDAR,
    calendar_features,
    day_length,
    elapsed,
    even_step,
    future_ds,
    holiday_names,
    infer_freq,
    later_ds,
    longer_season_length,
    median_step,
    season_length,
    steps_between,
)
from gatecast.data.panel import (
    LARGEST,
    Grown,
    Period,
    agreed,
    append,
    extend,
    filled,
    filled_along,
    grown,
    head,
    in_words,
    periods_of,
    refuse_tiny,
    require_rows,
    season_of,
    tail,
    to_frame,
    to_panel,
    unchanged,
    warn_about_longer_season,
)
from gatecast.data.reading import (
    Columns,
    Mends,
    RowsError,
    infer_columns,
    is_table,
    read,
    read_future,
    read_static,
    read_table,
)
from gatecast.data.writing import check_target, write

__all__ = [
    "CALENDAR",
    "LARGEST",
    "Columns",
    "Grown",
    "Mends",
    "Period",
    "RowsError",
    "agreed",
    "append",
    "calendar_features",
    "check_target",
    "datasets",
    "day_length",
    "elapsed",
    "even_step",
    "extend",
    "filled",
    "filled_along",
    "future_ds",
    "grown",
    "head",
    "holiday_names",
    "in_library",
    "in_words",
    "infer_columns",
    "infer_freq",
    "is_table",
    "later_ds",
    "library_of",
    "like",
    "long_frame",
    "longer_season_length",
    "median_step",
    "periods_of",
    "read",
    "read_future",
    "read_static",
    "read_table",
    "refuse_tiny",
    "require_rows",
    "season_length",
    "season_of",
    "show_name",
    "show_series",
    "show_some",
    "show_time",
    "steps_between",
    "tail",
    "to_frame",
    "to_pandas",
    "to_panel",
    "to_records",
    "unchanged",
    "warn_about_longer_season",
    "write",
]
