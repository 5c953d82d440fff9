"""LSTM forecasting: honest, fast, accurate, alive and ready to run.

    import gatecast
    from gatecast import AutoLSTM

    df = gatecast.datasets.airline_passengers()
    model = AutoLSTM(h=12).fit(df)
    model.predict(level=[80, 95])

Everything listed here is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gatecast._lazy import lazy, lazy_names

if TYPE_CHECKING:
    from gatecast import (
        data,
        evaluation,
        forecasting,
        framing,
        metrics,
        mlflow,
        network,
        onnx,
        reporting,
        scaleout,
        sequences,
        serving,
        training,
        tuning,
    )
    from gatecast._progress import Progress, follow
    from gatecast._types import InputError, InputWarning, Panel
    from gatecast.data import datasets, read, write
    from gatecast.evaluation import Experiment, Plan, backtest, experiment, framings, leak_check
    from gatecast.forecasting import AutoLSTM, LSTMForecaster, from_keras
    from gatecast.network import (
        Bernoulli,
        NegativeBinomial,
        Normal,
        Point,
        Quantiles,
        StudentT,
        Tweedie,
        ZeroInflatedNegativeBinomial,
    )
    from gatecast.reporting import plot, report
    from gatecast.sequences import SequenceClassifier, SequenceRegressor, load
    from gatecast.serving import Client
    from gatecast.training import Training, use_compilation_cache, use_synchronous_dispatch
    from gatecast.tuning import tune

_metadata = lazy("importlib.metadata")

_ROOMS = (
    "data",
    "metrics",
    "framing",
    "network",
    "training",
    "forecasting",
    "sequences",
    "evaluation",
    "reporting",
    "tuning",
    "scaleout",
    "serving",
)
_HOMES = {room: room for room in _ROOMS} | {
    # rows in and out
    "read": "data",
    "datasets": "data",
    "write": "data",
    # forecasts
    "AutoLSTM": "forecasting",
    "LSTMForecaster": "forecasting",
    "from_keras": "forecasting",
    "framings": "evaluation",
    # whole sequences
    "SequenceClassifier": "sequences",
    "SequenceRegressor": "sequences",
    # any of them, from a file
    "load": "sequences",
    # training
    "Training": "training",
    "use_compilation_cache": "training",
    "use_synchronous_dispatch": "training",
    # progress
    "Progress": "_progress",
    "follow": "_progress",
    # outputs
    "Point": "network",
    "Quantiles": "network",
    "Normal": "network",
    "StudentT": "network",
    "NegativeBinomial": "network",
    "ZeroInflatedNegativeBinomial": "network",
    "Bernoulli": "network",
    "Tweedie": "network",
    # judgement
    "backtest": "evaluation",
    "leak_check": "evaluation",
    "experiment": "evaluation",
    "Plan": "evaluation",
    "plot": "reporting",
    "report": "reporting",
    # search
    "tune": "tuning",
    # the service
    "Client": "serving",
    # exported models
    "onnx": "onnx",
    # tracking
    "mlflow": "mlflow",
    # shared names
    "Experiment": "evaluation",
    "InputError": "_types",
    "InputWarning": "_types",
    "Panel": "_types",
}

__all__ = [
    "AutoLSTM",
    "Bernoulli",
    "Client",
    "Experiment",
    "InputError",
    "InputWarning",
    "LSTMForecaster",
    "NegativeBinomial",
    "Normal",
    "Panel",
    "Plan",
    "Point",
    "Progress",
    "Quantiles",
    "SequenceClassifier",
    "SequenceRegressor",
    "StudentT",
    "Training",
    "Tweedie",
    "ZeroInflatedNegativeBinomial",
    "backtest",
    "data",
    "datasets",
    "evaluation",
    "experiment",
    "follow",
    "forecasting",
    "framing",
    "framings",
    "from_keras",
    "leak_check",
    "load",
    "metrics",
    "mlflow",
    "network",
    "onnx",
    "plot",
    "read",
    "report",
    "reporting",
    "scaleout",
    "sequences",
    "serving",
    "training",
    "tune",
    "tuning",
    "use_compilation_cache",
    "use_synchronous_dispatch",
    "write",
]


_load = lazy_names(__name__, _HOMES)


def __getattr__(name: str) -> Any:
    return _metadata.version("gatecast") if name == "__version__" else _load(name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
