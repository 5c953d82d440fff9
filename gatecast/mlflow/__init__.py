"""Gatecast in MLflow: models that MLflow serves, and runs of what `fit` and `backtest` found.

`save_model` and `log_model` write a fitted estimator as an MLflow model: the file that `save`
writes, with no pickle. `log` writes settings, losses, scores and the report into a run; `autolog`
does so after each `fit` and `backtest`. What is named here is loaded when it is first used, and
needs the extra `gatecast[mlflow]`; no other room knows of MLflow.
"""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names

if TYPE_CHECKING:
    from gatecast.mlflow import loader
    from gatecast.mlflow._autolog import autolog
    from gatecast.mlflow._flavor import load_model, log_model, save_model
    from gatecast.mlflow._log import log

__getattr__ = lazy_names(
    __name__,
    {
        "autolog": "_autolog",
        "load_model": "_flavor",
        "loader": "loader",
        "log": "_log",
        "log_model": "_flavor",
        "save_model": "_flavor",
    },
)

__all__ = ["autolog", "load_model", "loader", "log", "log_model", "save_model"]
