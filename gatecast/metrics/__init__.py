"""How far forecasts miss, and whether a difference is more than chance.

Forecasts and what came, as frames or arrays, come in; numbers go out. Metrics over long frames,
skill against naive forecasts, the Diebold-Mariano test, and whether a forecast merely repeats the
last value.
"""

from gatecast.metrics._metrics import (
    coverage,
    crps,
    crps_of_rows,
    mae,
    mape,
    mase,
    pinball,
    rmse,
    rmsse,
    score,
    skill_on_common_rows,
    skill_score,
    smape,
)
from gatecast.metrics._mimicry import SIGNIFICANCE, Mimicry, mimicry
from gatecast.metrics._naive import persistence, seasonal_change, seasonal_naive
from gatecast.metrics._significance import (
    DieboldMariano,
    diebold_mariano,
    differential_test,
    holm,
)

__all__ = [
    "SIGNIFICANCE",
    "DieboldMariano",
    "Mimicry",
    "coverage",
    "crps",
    "crps_of_rows",
    "diebold_mariano",
    "differential_test",
    "holm",
    "mae",
    "mape",
    "mase",
    "mimicry",
    "persistence",
    "pinball",
    "rmse",
    "rmsse",
    "score",
    "seasonal_change",
    "seasonal_naive",
    "skill_on_common_rows",
    "skill_score",
    "smape",
]
