"""What several commands do: read rows, train, write files, and talk to the terminal.

| module | what for |
|---|---|
| `_output`, `_show` | standard output and standard error |
| `_source` | files in, frames in the user's own names out |
| `_forecaster` | options and rows -> the forecaster to fit |
| `_audit` | the experiment, from a frame to its files |
| `_database`, `_web` | those that serve: their database, who may come in, the studio |
| `_scaleout` | what is said of work that was done in parts |
| `_writable`, `_lock`, `_tables` | files that can be written, saved models, forecasts |
"""

from gatecast.cli.shared._audit import Asked, audit
from gatecast.cli.shared._database import opened
from gatecast.cli.shared._forecaster import new_forecaster
from gatecast.cli.shared._lock import changing
from gatecast.cli.shared._output import NobodyReadsError, Output
from gatecast.cli.shared._scaleout import facts_of, tell_done
from gatecast.cli.shared._show import (
    Screen,
    busy,
    compile_lstm,
    count,
    emit,
    moment,
    note,
    percent,
    progress,
    say,
    warm_up,
)
from gatecast.cli.shared._source import (
    Source,
    read,
    read_for,
    read_future,
    read_new,
    read_static,
    tell_columns,
)
from gatecast.cli.shared._tables import Forecast, refuse_other_endings, write_forecast
from gatecast.cli.shared._web import STUDIO, check_loopback, is_loopback, studio_addon
from gatecast.cli.shared._writable import refuse_unwritable_file

__all__ = [
    "STUDIO",
    "Asked",
    "Forecast",
    "NobodyReadsError",
    "Output",
    "Screen",
    "Source",
    "audit",
    "busy",
    "changing",
    "check_loopback",
    "compile_lstm",
    "count",
    "emit",
    "facts_of",
    "is_loopback",
    "moment",
    "new_forecaster",
    "note",
    "opened",
    "percent",
    "progress",
    "read",
    "read_for",
    "read_future",
    "read_new",
    "read_static",
    "refuse_other_endings",
    "refuse_unwritable_file",
    "say",
    "studio_addon",
    "tell_columns",
    "tell_done",
    "warm_up",
    "write_forecast",
]
