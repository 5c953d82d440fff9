"""The same calls beyond one machine: the work in tasks, on this machine or on a Ray cluster.

A source of rows and a model come in; forecasts, fitted models and scores go out. What runs in each
task is the program that runs on one machine. No other room knows of Ray.
"""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names

if TYPE_CHECKING:
    from gatecast.scaleout import executors

__getattr__ = lazy_names(__name__, {"executors": "executors"})

__all__ = ["executors"]
