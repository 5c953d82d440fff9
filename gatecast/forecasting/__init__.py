"""The forecaster: fit, predict, intervals, ensembles, and the artefact."""

from gatecast.forecasting._artefact import load_model, save_model
from gatecast.forecasting._calibration import Calibration
from gatecast.forecasting._ensemble import Ensemble
from gatecast.forecasting._fitting import fit_ensemble
from gatecast.forecasting._forecaster import LSTMForecaster
from gatecast.forecasting._gates import gates
from gatecast.forecasting._model import Ask, Context, Model, Way, fit_model
from gatecast.forecasting._recipe import RecipeName, recipe_settings
from gatecast.forecasting._samples import Fit
from gatecast.forecasting._sensitivity import Inspection, inspection
from gatecast.forecasting._settings import Settings
from gatecast.forecasting._stream import Stream

__all__ = [
    "Ask",
    "Calibration",
    "Context",
    "Ensemble",
    "Fit",
    "Inspection",
    "LSTMForecaster",
    "Model",
    "RecipeName",
    "Settings",
    "Stream",
    "Way",
    "fit_ensemble",
    "fit_model",
    "gates",
    "inspection",
    "load_model",
    "recipe_settings",
    "save_model",
]
