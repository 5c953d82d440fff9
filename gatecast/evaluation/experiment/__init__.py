"""The tutorial, audited: its five framings, the LSTM and baselines on the same rows.

A panel and a `Plan` come in; every model learns from the same training rows, forecasts the same
test rows and is scored alike; an `Experiment` and the forecaster of the future forecast go out.
"""

from gatecast.evaluation.experiment import framings
from gatecast.evaluation.experiment._experiment import experiment
from gatecast.evaluation.experiment._experiment_verdict import experiment_verdict
from gatecast.evaluation.experiment._found import Experiment, ExperimentStopped
from gatecast.evaluation.experiment._plan import Plan

__all__ = [
    "Experiment",
    "ExperimentStopped",
    "Plan",
    "experiment",
    "experiment_verdict",
    "framings",
]
