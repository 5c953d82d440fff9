"""Which error forecasts are made to keep small."""

from __future__ import annotations

from collections.abc import Iterable

from gatecast.evaluation._measure import Metric
from gatecast.forecasting import Estimator, LSTMForecaster
from gatecast.network import Point

# Scalers that bend the values: the mean of what they give is no mean of the values.
_BENT = {"log", "asinh", "power"}


def minimised(models: Iterable[object]) -> Metric:
    """The error to rank by: the RMSE if all forecasters given are trained for it, else the MAE.

    `AutoLSTM` forecasts the median, which minimises the MAE. An `LSTMForecaster` of a point with
    the squared error as its loss forecasts the mean, which minimises the RMSE, unless its scaler is
    a logarithm or the like. What else there is among the models says nothing.
    """
    ours = [model for model in models if isinstance(model, Estimator)]
    return "rmse" if ours and all(map(_forecasts_the_mean, ours)) else "mae"


def _forecasts_the_mean(model: Estimator) -> bool:
    if not isinstance(model, LSTMForecaster) or not isinstance(model.output, Point):
        return False
    scalers = [model.scaler] if isinstance(model.scaler, str) else model.scaler or ()
    return model.training.loss == "mse" and _BENT.isdisjoint(scalers)
