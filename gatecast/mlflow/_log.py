"""What was found, as params, metrics, tags and artifacts of an MLflow run."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from gatecast._types import InputError
from gatecast.data import to_pandas
from gatecast.evaluation import Backtest
from gatecast.forecasting import Estimator
from gatecast.mlflow._library import mlflow
from gatecast.reporting import forecast_figure, write
from gatecast.sequences import SequenceEstimator
from gatecast.training import Training

# Metrics that MLflow takes at once.
_MOST = 1000
# What the name of a model cannot have in that of a metric; "/" makes a group.
_REFUSED = re.compile(r"[^\w .:-]+")


def log(found: Estimator | SequenceEstimator | Backtest, *, charts: bool = True) -> None:
    """Log to the active run of MLflow; without one, MLflow starts one.

    Of a fitted estimator the settings become params (`training.epochs`, ...), the losses of each
    epoch metrics (`loss`, `val_loss`; of several members their median), and so does the skill on
    held-out windows (`skill_vs_persistence`, ...). A forecaster brings a picture, `forecast.png`;
    an estimator of whole sequences its scores (`LSTM/accuracy`, ...) and, as a tag, its verdict.

    Of a backtest the scores of every model, baselines included, become metrics (`LSTM/mae`, ...),
    the verdict a tag, and the report, its charts and its tables artifacts in `backtest/`.

    Args:
        found: a fitted estimator, or what `gatecast.backtest` returned.
        charts: whether to draw anything.

    Raises:
        InputError: if it is neither, or not fitted.
    """
    if isinstance(found, Backtest):
        _log_backtest(found, charts=charts)
    elif isinstance(found, Estimator | SequenceEstimator) and hasattr(found, "model_"):
        _log_fit(found, charts=charts)
    else:
        kind = type(found).__name__
        raise InputError(f"log takes a fitted estimator or a backtest, got {kind}; call fit first")


def _log_fit(model: Estimator | SequenceEstimator, *, charts: bool) -> None:
    mlflow.log_params(dict(_settings(model)))
    _log_metrics(_curves(model.curves_))
    if isinstance(model, SequenceEstimator):
        _log_metrics((name, value, 0) for name, value in _scores(model.report_))
        mlflow.set_tag("verdict", model.verdict_)
        return
    _log_metrics((f"skill_vs_{name}", value, 0) for name, value in model.skill_.items())
    figure = forecast_figure(model.model_, to_pandas(model.predict())) if charts else None
    if figure is not None:
        with TemporaryDirectory() as folder:
            mlflow.log_artifact(str(figure.save(Path(folder) / "forecast.png")))


def _log_backtest(found: Backtest, *, charts: bool) -> None:
    mlflow.log_params({"backtest.h": found.h, "backtest.n_windows": found.n_windows})
    _log_metrics((name, value, 0) for name, value in _scores(to_pandas(found.scores)))
    mlflow.set_tags({"verdict": found.verdict, "ranked_by": found.ranked_by})
    if charts:
        with TemporaryDirectory() as folder:
            mlflow.log_artifacts(str(write(found, Path(folder) / "backtest")), "backtest")


def _settings(model: Estimator | SequenceEstimator) -> Iterator[tuple[str, Any]]:
    """Name and value of each setting; those of a record, such as `training`, one by one."""
    yield "estimator", model.kind
    for name, value in model.get_params().items():
        if isinstance(value, Training):
            yield from ((f"{name}.{own}", each) for own, each in asdict(value).items())
        else:
            yield name, value


def _curves(curves: Mapping[str, Any]) -> Iterator[tuple[str, float, int]]:
    """Name, value and epoch, from 1, of each loss: the median of the members that still train."""
    for name, losses in curves.items():
        middle = pd.DataFrame(np.atleast_2d(losses)).median()
        yield from ((name, value, epoch) for epoch, value in enumerate(middle, start=1))


def _scores(table: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """`MODEL/SCORE` and its value."""
    numbers = table.set_index("model").select_dtypes("number")
    for model, scores in numbers.iterrows():
        group = _REFUSED.sub("_", str(model))
        yield from ((f"{group}/{name}", value) for name, value in scores.items())


def _log_metrics(metrics: Iterable[tuple[str, float, int]]) -> None:
    """Log name, value and step of metrics; a value that is not finite says nothing."""
    now = int(time.time() * 1000)
    found = [
        mlflow.entities.Metric(name, float(value), now, step)
        for name, value, step in metrics
        if np.isfinite(value)
    ]
    run = mlflow.active_run() or mlflow.start_run()
    for first in range(0, len(found), _MOST):
        mlflow.MlflowClient().log_batch(run.info.run_id, found[first : first + _MOST])
