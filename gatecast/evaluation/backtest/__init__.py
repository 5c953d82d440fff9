"""Forecasting past windows again, knowing only what came before.

Models and a frame come in; the frame is cut into windows, every model forecasts each of them, and a
`Backtest` goes out: forecasts, scores, tests and a verdict.
"""

from gatecast.evaluation.backtest._backtest import backtest, prepared, run_backtest, runs_of
from gatecast.evaluation.backtest._backtest_result import Backtest, Judgement, Run, errors_of
from gatecast.evaluation.backtest._fold_forecasts import Rules, aligned, fold_forecasts, takes
from gatecast.evaluation.backtest._folds import Folds, frame_of
from gatecast.evaluation.backtest._parts import (
    Part,
    backtest_part,
    judged_together,
    part_folds,
    part_rules,
)
from gatecast.evaluation.backtest._plan import BacktestPlan, FrameColumns, WindowPlan

__all__ = [
    "Backtest",
    "BacktestPlan",
    "Folds",
    "FrameColumns",
    "Judgement",
    "Part",
    "Rules",
    "Run",
    "WindowPlan",
    "aligned",
    "backtest",
    "backtest_part",
    "errors_of",
    "fold_forecasts",
    "frame_of",
    "judged_together",
    "part_folds",
    "part_rules",
    "prepared",
    "run_backtest",
    "runs_of",
    "takes",
]
