"""How good a forecast is, and compared with what.

Metrics over long frames, naive and statistical baselines on the same rows as the network, tests
of whether a difference or a skill is real, and the whole result in plain words. `backtest` does all
of it for anything with `fit` and `predict`; `leak_check` tells whether a pipeline knows the future.
"""

from gatecast.evaluation._backtest import backtest
from gatecast.evaluation._backtest_result import Backtest
from gatecast.evaluation._baselines import (
    BASELINES,
    LABELS,
    BaselineForecasts,
    multi_step,
    one_step,
)
from gatecast.evaluation._forecasters import FoldForecaster, Forecaster
from gatecast.evaluation._leak import LeakReport, leak_check
from gatecast.evaluation._metrics import (
    coverage,
    crps,
    mae,
    mape,
    mase,
    pinball,
    rmse,
    score,
    skill_score,
    smape,
)
from gatecast.evaluation._mimicry import Mimicry, mimicry
from gatecast.evaluation._significance import DieboldMariano, diebold_mariano
from gatecast.evaluation._verdict import verdict

__all__ = [
    "BASELINES",
    "LABELS",
    "Backtest",
    "BaselineForecasts",
    "DieboldMariano",
    "FoldForecaster",
    "Forecaster",
    "LeakReport",
    "Mimicry",
    "backtest",
    "coverage",
    "crps",
    "diebold_mariano",
    "leak_check",
    "mae",
    "mape",
    "mase",
    "mimicry",
    "multi_step",
    "one_step",
    "pinball",
    "rmse",
    "score",
    "skill_score",
    "smape",
    "verdict",
]
