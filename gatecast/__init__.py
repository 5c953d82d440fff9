"""LSTM forecasting: honest, fast, accurate, alive and ready to run.

    import gatecast as gc

    df = gc.datasets.airline_passengers()
    model = gc.LSTMForecaster(h=12, look_back=24, members=8).fit(df)
    model.predict(level=[80, 95])

Everything listed here is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatecast import training
    from gatecast._types import Experiment, InputError, InputWarning, Panel
    from gatecast.data import datasets, read
    from gatecast.forecasting import LSTMForecaster, experiment, framings
    from gatecast.reporting import report
    from gatecast.training import Training

_HOMES = {
    # rows in
    "read": "gatecast.data",
    "datasets": "gatecast.data",
    # forecasts
    "LSTMForecaster": "gatecast.forecasting",
    "framings": "gatecast.forecasting",
    "training": "gatecast",
    "Training": "gatecast.training",
    # judgement
    "experiment": "gatecast.forecasting",
    "Experiment": "gatecast._types",
    "report": "gatecast.reporting",
    # shared names
    "InputError": "gatecast._types",
    "InputWarning": "gatecast._types",
    "Panel": "gatecast._types",
}

__all__ = [
    "Experiment",
    "InputError",
    "InputWarning",
    "LSTMForecaster",
    "Panel",
    "Training",
    "datasets",
    "experiment",
    "framings",
    "read",
    "report",
    "training",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("gatecast")
    if name not in _HOMES:
        raise AttributeError(f"module 'gatecast' has no attribute {name!r}")
    home = _HOMES[name]
    return (
        import_module(f"{home}.{name}")
        if home == "gatecast"
        else getattr(import_module(home), name)
    )


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
