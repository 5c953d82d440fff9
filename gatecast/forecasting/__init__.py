"""The forecaster: fit, predict, intervals, ensembles, the artefact, and the audited experiment."""

from gatecast.forecasting import framings
from gatecast.forecasting._artefact import load_model, save_model
from gatecast.forecasting._audit import Plan
from gatecast.forecasting._calibration import Calibration
from gatecast.forecasting._ensemble import Ensemble
from gatecast.forecasting._experiment import experiment
from gatecast.forecasting._fitting import fit_ensemble
from gatecast.forecasting._forecaster import LSTMForecaster
from gatecast.forecasting._model import Context, Model, fit_model
from gatecast.forecasting._settings import Settings

__all__ = [
    "Calibration",
    "Context",
    "Ensemble",
    "LSTMForecaster",
    "Model",
    "Plan",
    "Settings",
    "experiment",
    "fit_ensemble",
    "fit_model",
    "framings",
    "load_model",
    "save_model",
]
