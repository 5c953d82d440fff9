"""Fitted estimators as MLflow models: saved, logged and loaded."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gatecast._types import InputError
from gatecast.forecasting import Estimator
from gatecast.mlflow._interface import example_of, signature_of
from gatecast.mlflow._library import mlflow
from gatecast.sequences import SequenceEstimator, load

FLAVOR = "gatecast"

_LOADER = "gatecast.mlflow.loader"
_FILE = "model.gatecast"
# What reads the model, and what decides the numbers of a forecast.
_PINNED = ("mlflow-skinny", "gatecast", "jax", "jaxlib", "keras", "numpy", "pandas")


def save_model(
    model: Estimator | SequenceEstimator,
    path: str | os.PathLike[str],
    *,
    mlflow_model: Any = None,
    **options: Any,
) -> None:
    """Write a fitted estimator as an MLflow model, a folder.

    It holds the file that `model.save` writes and which module reads it; nothing is pickled. The
    signature, an example of an input and the requirements follow from the model.

    Args:
        model: an `AutoLSTM`, `LSTMForecaster`, `SequenceClassifier` or `SequenceRegressor`, or
            what `from_keras` returned.
        path: of the folder, which must not exist or be empty.
        mlflow_model: the description to add to; MLflow gives it.
        options: of `mlflow.pyfunc.save_model`: `signature`, `input_example`, `pip_requirements`,
            `metadata`, ...

    Raises:
        InputError: if it is none of these, or not fitted.
    """
    _check(model)
    described = mlflow.models.Model() if mlflow_model is None else mlflow_model
    described.add_flavor(
        FLAVOR, gatecast_version=version("gatecast"), kind=model.kind, data=f"data/{_FILE}"
    )
    inferred = {
        "signature": signature_of(model),
        "input_example": example_of(model),
        "pip_requirements": [f"{name}=={version(name)}" for name in _PINNED],
    }
    with TemporaryDirectory() as folder:
        mlflow.pyfunc.save_model(
            path,
            loader_module=_LOADER,
            data_path=str(model.save(Path(folder) / _FILE)),
            mlflow_model=described,
            **inferred | options,
        )


def log_model(model: Estimator | SequenceEstimator, name: str = "model", **options: Any) -> Any:
    """Log a fitted estimator to MLflow: as a model of the active run, if there is one.

    Args:
        model: as in `save_model`.
        name: of the model in MLflow.
        options: of `mlflow.models.Model.log`: `registered_model_name`, `tags`, `params`, ...; and
            those of `save_model`.

    Returns:
        MLflow's `ModelInfo`: `mlflow.pyfunc.load_model(info.model_uri)` or
        `mlflow models serve -m URI --env-manager local` predict with it.

    Raises:
        InputError: as `save_model`.
    """
    _check(model)
    return mlflow.models.Model.log(
        artifact_path=None,
        flavor=sys.modules[__name__],
        flavor_name=FLAVOR,
        name=name,
        model=model,
        **options,
    )


def load_model(model_uri: str) -> Any:
    """The estimator that was saved or logged, as `gatecast.load` returns it.

    Args:
        model_uri: a folder, or MLflow's address of a model: "models:/NAME/1", "runs:/ID/model".

    Raises:
        InputError: if it is an MLflow model of another kind.
    """
    folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=os.fspath(model_uri)))
    described = mlflow.models.Model.load(str(folder)).flavors
    if FLAVOR not in described:
        kinds = ", ".join(described)
        raise InputError(f"{model_uri}: not saved by gatecast.mlflow, but as {kinds}")
    return load(folder / described[FLAVOR]["data"])


def _check(model: Any) -> None:
    if not isinstance(model, Estimator | SequenceEstimator):
        raise InputError(f"give a fitted estimator of gatecast, got {type(model).__name__}")
    if not hasattr(model, "model_"):
        raise InputError("this model is not fitted: call fit first")
