"""How a forecast does on rows it has not seen, and beside what.

`backtest` takes anything with `fit` and `predict`, `leak_check` tells whether a pipeline knows the
future. Models and rows come in; forecasts of past windows are made, scored beside naive and
statistical baselines, and a verdict in plain words goes out.
"""

from gatecast.evaluation._leak import LeakReport, leak_check
from gatecast.evaluation._minimised import minimised
from gatecast.evaluation._scores import REFERENCES, score_table
from gatecast.evaluation._verdict import Contest, verdict
from gatecast.evaluation.backtest import Backtest, backtest
from gatecast.evaluation.baselines import (
    BASELINES,
    BaselineForecasts,
    FoldForecaster,
    Forecaster,
    multi_step,
    one_step,
)
from gatecast.evaluation.experiment import Experiment, ExperimentStopped, Plan, experiment, framings

__all__ = [
    "BASELINES",
    "REFERENCES",
    "Backtest",
    "BaselineForecasts",
    "Contest",
    "Experiment",
    "ExperimentStopped",
    "FoldForecaster",
    "Forecaster",
    "LeakReport",
    "Plan",
    "backtest",
    "experiment",
    "framings",
    "leak_check",
    "minimised",
    "multi_step",
    "one_step",
    "score_table",
    "verdict",
]
