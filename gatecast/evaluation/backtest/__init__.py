"""Forecasting past windows again, knowing only what came before.

Models and a frame come in; the frame is cut into windows, every model forecasts each of them, and a
`Backtest` goes out: forecasts, scores, tests and a verdict.
"""

from gatecast.evaluation.backtest._backtest import (
    backtest,
    checked_refit,
    levels,
    prepared,
    runs_of,
)
from gatecast.evaluation.backtest._backtest_result import Backtest, Judgement, Run, errors_of
from gatecast.evaluation.backtest._fold_forecasts import Rules, aligned, fold_forecasts, takes
from gatecast.evaluation.backtest._folds import Folds, WindowPlan, frame_of, panel_of
from gatecast.evaluation.backtest._parts import (
    Part,
    PartPlan,
    backtest_part,
    judged_together,
    part_folds,
)

__all__ = [
    "Backtest",
    "Folds",
    "Judgement",
    "Part",
    "PartPlan",
    "Rules",
    "Run",
    "WindowPlan",
    "aligned",
    "backtest",
    "backtest_part",
    "checked_refit",
    "errors_of",
    "fold_forecasts",
    "frame_of",
    "judged_together",
    "levels",
    "panel_of",
    "part_folds",
    "prepared",
    "runs_of",
    "takes",
]
