"""Prediction intervals, and the skill of a forecaster, from held-out rows.

Members that were trained without the newest rows come in, and each part forecasts those rows once.
These forecasts and the observed values give the skill against naive forecasts and a `Calibration`,
which turns any later forecast into intervals, quantiles and sample paths. `LiveIntervals` judge
forecasts as truths arrive.
"""

from gatecast.forecasting.intervals._calibrate import calibrate, scales, uncorrected
from gatecast.forecasting.intervals._calibration import Calibration, check_levels, numbers
from gatecast.forecasting.intervals._held_back import (
    HeldBack,
    choosing_rows,
    forecast_held_back,
    held_back_rows,
)
from gatecast.forecasting.intervals._live import (
    LEVELS,
    TRACK,
    Judged,
    LiveIntervals,
    Record,
    new_track,
    record_of,
    with_errors,
)

__all__ = [
    "LEVELS",
    "TRACK",
    "Calibration",
    "HeldBack",
    "Judged",
    "LiveIntervals",
    "Record",
    "calibrate",
    "check_levels",
    "choosing_rows",
    "forecast_held_back",
    "held_back_rows",
    "new_track",
    "numbers",
    "record_of",
    "scales",
    "uncorrected",
    "with_errors",
]
