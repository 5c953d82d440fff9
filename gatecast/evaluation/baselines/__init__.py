"""Naive and statistical forecasts, and what else can be backtested.

A panel comes in, with the number of training rows of each series; the forecasts of each baseline go
out, on the same rows as those of a network.
"""

from gatecast.evaluation.baselines._baselines import (
    BASELINES,
    BaselineForecasts,
    Baselines,
    multi_step,
    one_step,
)
from gatecast.evaluation.baselines._forecasters import (
    Entry,
    FoldForecaster,
    Forecaster,
    Model,
    Models,
    StatsforecastModel,
    ahead,
    columns_read,
    entries,
    level_columns,
    model_columns,
    named,
)
from gatecast.evaluation.baselines._series import Series, filled_series, run

__all__ = [
    "BASELINES",
    "BaselineForecasts",
    "Baselines",
    "Entry",
    "FoldForecaster",
    "Forecaster",
    "Model",
    "Models",
    "Series",
    "StatsforecastModel",
    "ahead",
    "columns_read",
    "entries",
    "filled_series",
    "level_columns",
    "model_columns",
    "multi_step",
    "named",
    "one_step",
    "run",
]
