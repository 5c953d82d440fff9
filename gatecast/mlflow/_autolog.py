# ruff: noqa: ARG001 (MLflow keeps the arguments of autolog; they are read as settings)
"""Logging after each `fit` and `backtest`, by MLflow's own means of switching it on and off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gatecast import evaluation, tuning
from gatecast.forecasting import Estimator
from gatecast.mlflow._flavor import FLAVOR, log_model
from gatecast.mlflow._library import autologging
from gatecast.mlflow._log import log
from gatecast.sequences import SequenceEstimator

# What fits or backtests many models on its way.
_SEARCHES = ((evaluation, "experiment"), (evaluation, "leak_check"), (tuning, "tune"))


@autologging.autologging_integration(FLAVOR)  # type: ignore[untyped-decorator]
def autolog(
    *,
    log_models: bool = True,
    log_charts: bool = True,
    registered_model_name: str | None = None,
    extra_tags: Mapping[str, str] | None = None,
    exclusive: bool = False,
    silent: bool = False,
    disable: bool = False,
) -> None:
    """Log each later `fit`, as `log` and `log_model` do, and each later `gatecast.backtest`.

    They log to the active run; without one, each has a run of its own. What a backtest or a search
    fits on the way is not logged. If logging fails, MLflow warns and the result is returned all the
    same. Like all autologging this holds for the whole process, until it is switched off; `log`
    and `log_model` do the same where they are called.

    Args:
        log_models: whether fitted models are logged.
        log_charts: whether pictures and reports are.
        registered_model_name: in MLflow's registry, under which fitted models become versions.
        extra_tags: of runs that are made here.
        exclusive: leave alone runs that you have started.
        silent: no messages of MLflow.
        disable: switch it off.
    """
    tags = None if extra_tags is None else dict(extra_tags)
    logged = ((Estimator, "fit", _fit), (SequenceEstimator, "fit", _fit))
    for place, name, logging in (*logged, (evaluation, "backtest", _backtest)):
        autologging.safe_patch(FLAVOR, place, name, logging, manage_run=True, extra_tags=tags)
    for place, name in _SEARCHES:
        autologging.safe_patch(FLAVOR, place, name, _unlogged)


def _fit(original: Callable[..., Any], model: Any, *args: Any, **keywords: Any) -> Any:
    fitted = _unlogged(original, model, *args, **keywords)
    log(fitted, charts=_setting("log_charts"))
    if _setting("log_models"):
        log_model(fitted, registered_model_name=_setting("registered_model_name"))
    return fitted


def _backtest(original: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    found = _unlogged(original, *args, **keywords)
    log(found, charts=_setting("log_charts"))
    return found


def _unlogged(original: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    with autologging.disable_autologging():
        return original(*args, **keywords)


def _setting(name: str) -> Any:
    return autologging.get_autologging_config(FLAVOR, name)
