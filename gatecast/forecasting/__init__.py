"""Forecasters: two estimators over small rooms, each of which does one step.

A frame comes in. `fitting` turns its panel into trained `members`, which `intervals` calibrates on
held-out rows; for `AutoLSTM` the `recipe` says which parts are fitted. The fitted `Model`
forecasts, reads new rows (`online`), is saved and loaded (`saving`) and inspected (`inspection`).
Frames of forecasts go out. What is named here is loaded when it is first used.
"""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names

if TYPE_CHECKING:
    from gatecast.forecasting._auto import AutoLSTM
    from gatecast.forecasting._estimator import Estimator
    from gatecast.forecasting._from_keras import KerasForecaster, from_keras
    from gatecast.forecasting._load import forecaster_of, load
    from gatecast.forecasting._lstm import LSTMForecaster
    from gatecast.forecasting._model import Columns, Context, ForecastOptions, Made, Model, Origin
    from gatecast.forecasting._params import TRAINING, Params, SavedForm, setting
    from gatecast.forecasting._part import Metric, Part
    from gatecast.forecasting._settings import Settings
    from gatecast.forecasting._together import alike, forecast_together
    from gatecast.forecasting.fitting import FitOptions, fit_model, train
    from gatecast.forecasting.inspection import Inspection, decided, decided_in_words, inspect_model
    from gatecast.forecasting.intervals import Calibration
    from gatecast.forecasting.members import Combination, Members
    from gatecast.forecasting.online import Stream
    from gatecast.forecasting.recipe import Quality, pretrained, recipe_parts
    from gatecast.forecasting.saving import load_model, save_model

__getattr__ = lazy_names(
    __name__,
    {
        "AutoLSTM": "_auto",
        "Calibration": "intervals",
        "Columns": "_model",
        "Combination": "members",
        "Context": "_model",
        "Estimator": "_estimator",
        "FitOptions": "fitting",
        "ForecastOptions": "_model",
        "Inspection": "inspection",
        "KerasForecaster": "_from_keras",
        "LSTMForecaster": "_lstm",
        "Members": "members",
        "Metric": "_part",
        "Made": "_model",
        "Model": "_model",
        "Origin": "_model",
        "Params": "_params",
        "Part": "_part",
        "Quality": "recipe",
        "SavedForm": "_params",
        "Settings": "_settings",
        "Stream": "online",
        "TRAINING": "_params",
        "alike": "_together",
        "decided": "inspection",
        "decided_in_words": "inspection",
        "fit_model": "fitting",
        "forecast_together": "_together",
        "forecaster_of": "_load",
        "from_keras": "_from_keras",
        "inspect_model": "inspection",
        "load": "_load",
        "load_model": "saving",
        "pretrained": "recipe",
        "recipe_parts": "recipe",
        "save_model": "saving",
        "setting": "_params",
        "train": "fitting",
    },
)

__all__ = [
    "TRAINING",
    "AutoLSTM",
    "Calibration",
    "Columns",
    "Combination",
    "Context",
    "Estimator",
    "FitOptions",
    "ForecastOptions",
    "Inspection",
    "KerasForecaster",
    "LSTMForecaster",
    "Made",
    "Members",
    "Metric",
    "Model",
    "Origin",
    "Params",
    "Part",
    "Quality",
    "SavedForm",
    "Settings",
    "Stream",
    "alike",
    "decided",
    "decided_in_words",
    "fit_model",
    "forecast_together",
    "forecaster_of",
    "from_keras",
    "inspect_model",
    "load",
    "load_model",
    "pretrained",
    "recipe_parts",
    "save_model",
    "setting",
    "train",
]
