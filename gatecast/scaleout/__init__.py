"""The same calls beyond one machine: the work in tasks, on this machine or on a Ray cluster.

A source of rows and a model come in; forecasts, fitted models and scores go out. What runs in each
task is the program that runs on one machine. No other room knows of Ray.
"""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names

if TYPE_CHECKING:
    from gatecast.scaleout import executors, partitions, sources
    from gatecast.scaleout._backtest import ScaledBacktest, backtest
    from gatecast.scaleout._fit import fit
    from gatecast.scaleout._predict import example_of, predict
    from gatecast.scaleout._storage import Folder
    from gatecast.scaleout._tune import tune
    from gatecast.scaleout.partitions import Done

__getattr__ = lazy_names(
    __name__,
    {
        "Done": "partitions",
        "Folder": "_storage",
        "ScaledBacktest": "_backtest",
        "backtest": "_backtest",
        "example_of": "_predict",
        "executors": "executors",
        "fit": "_fit",
        "partitions": "partitions",
        "predict": "_predict",
        "sources": "sources",
        "tune": "_tune",
    },
)

__all__ = [
    "Done",
    "Folder",
    "ScaledBacktest",
    "backtest",
    "example_of",
    "executors",
    "fit",
    "partitions",
    "predict",
    "sources",
    "tune",
]
