"""LSTM forecasting: honest, fast, accurate, alive and ready to run.

    import gatecast as gc

    df = gc.datasets.airline_passengers()
    model = gc.LSTMForecaster(h=12, look_back=24, members=8).fit(df)
    model.predict(level=[80, 95])

Everything listed here is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gatecast._lazy import lazy

if TYPE_CHECKING:
    from gatecast import (
        data,
        evaluation,
        forecasting,
        framing,
        metrics,
        network,
        reporting,
        training,
    )
    from gatecast._types import InputError, InputWarning, Panel
    from gatecast.data import datasets, read
    from gatecast.evaluation import Experiment, Plan, backtest, experiment, framings, leak_check
    from gatecast.forecasting import LSTMForecaster
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
    from gatecast.reporting import report
    from gatecast.training import Training, use_compilation_cache, use_synchronous_dispatch

_metadata = lazy("importlib.metadata")

_ROOMS = (
    "data",
    "metrics",
    "framing",
    "network",
    "training",
    "forecasting",
    "evaluation",
    "reporting",
)
_HOMES = {
    # rows in
    "read": "data",
    "datasets": "data",
    # forecasts
    "LSTMForecaster": "forecasting",
    "framings": "evaluation",
    "Training": "training",
    "use_compilation_cache": "training",
    "use_synchronous_dispatch": "training",
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
    "report": "reporting",
    # shared names
    "Experiment": "evaluation",
    "InputError": "_types",
    "InputWarning": "_types",
    "Panel": "_types",
}

__all__ = [
    "Bernoulli",
    "Experiment",
    "InputError",
    "InputWarning",
    "LSTMForecaster",
    "NegativeBinomial",
    "Normal",
    "Panel",
    "Plan",
    "Point",
    "Quantiles",
    "StudentT",
    "Training",
    "Tweedie",
    "ZeroInflatedNegativeBinomial",
    "backtest",
    "data",
    "datasets",
    "evaluation",
    "experiment",
    "forecasting",
    "framing",
    "framings",
    "leak_check",
    "metrics",
    "network",
    "read",
    "report",
    "reporting",
    "training",
    "use_compilation_cache",
    "use_synchronous_dispatch",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _metadata.version("gatecast")
    if name in _ROOMS:
        return import_module(f"gatecast.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'gatecast' has no attribute {name!r}")
    return getattr(import_module(f"gatecast.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
