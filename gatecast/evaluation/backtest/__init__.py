"""Forecasting past windows again, knowing only what came before.

Models and a frame come in; the frame is cut into windows, every model forecasts each of them, and a
`Backtest` goes out: forecasts, scores, tests and a verdict.
"""

from gatecast.evaluation.backtest._backtest import backtest
from gatecast.evaluation.backtest._backtest_result import Backtest
from gatecast.evaluation.backtest._fold_forecasts import Rules, fold_forecasts, takes
from gatecast.evaluation.backtest._folds import Folds, frame_of, panel_of

__all__ = [
    "Backtest",
    "Folds",
    "Rules",
    "backtest",
    "fold_forecasts",
    "frame_of",
    "panel_of",
    "takes",
]
