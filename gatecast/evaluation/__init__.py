"""How good a forecast is, and compared with what.

Metrics over long frames, naive and statistical baselines on the same rows as the network, tests
of whether a difference or a skill is real, and the whole result in plain words.
"""

from gatecast.evaluation._baselines import (
    BASELINES,
    LABELS,
    BaselineForecasts,
    multi_step,
    one_step,
)
from gatecast.evaluation._metrics import (
    coverage,
    mae,
    mape,
    mase,
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
    "BaselineForecasts",
    "DieboldMariano",
    "Mimicry",
    "coverage",
    "diebold_mariano",
    "mae",
    "mape",
    "mase",
    "mimicry",
    "multi_step",
    "one_step",
    "rmse",
    "score",
    "skill_score",
    "smape",
    "verdict",
]
