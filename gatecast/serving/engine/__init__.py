"""What the service does: rows into the log, states moved on, forecasts made.

A request's rows and the log come in; states that have read them, and forecasts from these, go out.
Everything hard is one act, `replay`: of the row that has just arrived, of all that follows a
correction, or of a whole history under a new version.
"""

from gatecast.serving._served import Served
from gatecast.serving.engine._catch_up import Start, first_start, read_on
from gatecast.serving.engine._compare import Comparison, compare
from gatecast.serving.engine._engine import BusyError, Engine
from gatecast.serving.engine._errors import NotFoundError, PreparingError, RowError, TooFewRowsError
from gatecast.serving.engine._fits import check_fits
from gatecast.serving.engine._forecasts import ForecastAnswer, ForecastRequest, Stand, stands_of
from gatecast.serving.engine._models import Models, close_names, served_of, warm_up
from gatecast.serving.engine._new_rows import NewRow, Outcome
from gatecast.serving.engine._observe import observe
from gatecast.serving.engine._once import Once
from gatecast.serving.engine._replay import Replay, arrivals, replay
from gatecast.serving.engine._values import check_name
from gatecast.serving.engine._versions import Versions

__all__ = [
    "BusyError",
    "Comparison",
    "Engine",
    "ForecastAnswer",
    "ForecastRequest",
    "Models",
    "NewRow",
    "NotFoundError",
    "Once",
    "Outcome",
    "PreparingError",
    "Replay",
    "RowError",
    "Served",
    "Stand",
    "Start",
    "TooFewRowsError",
    "Versions",
    "arrivals",
    "check_fits",
    "check_name",
    "close_names",
    "compare",
    "first_start",
    "observe",
    "read_on",
    "replay",
    "served_of",
    "stands_of",
    "warm_up",
]
