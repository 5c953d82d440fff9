"""From a panel to a fitted model.

The parts to fit come in, with a panel. Their networks are trained on the early rows and forecast
the held-out rows; the parts that stay are then trained on all rows. A `Model` goes out, or for a
backtest the forecasts of each fold. `training_samples` shows what the networks are trained on.
"""

from gatecast.forecasting.fitting._fit import Fitted, PartsOf, fit, fit_model
from gatecast.forecasting.fitting._folds import Variation, forecast_folds, forecast_variations
from gatecast.forecasting.fitting._options import FitOptions, PartOptions, Trainer
from gatecast.forecasting.fitting._shown import TrainingSamples, training_samples
from gatecast.forecasting.fitting._train import train
from gatecast.forecasting.fitting._weights import refuse_divergence

__all__ = [
    "FitOptions",
    "Fitted",
    "PartOptions",
    "PartsOf",
    "Trainer",
    "TrainingSamples",
    "Variation",
    "fit",
    "fit_model",
    "forecast_folds",
    "forecast_variations",
    "refuse_divergence",
    "train",
    "training_samples",
]
