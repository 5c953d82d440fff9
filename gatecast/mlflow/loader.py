"""How MLflow loads a model: its files name this module, whose place therefore stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pandas as pd

from gatecast._types import IRREGULAR, InputError
from gatecast.data import show_some, to_pandas
from gatecast.data.reading import DATA_FRAME, check_frame, present_id, read_keys
from gatecast.forecasting import Estimator, Model
from gatecast.mlflow._library import mlflow
from gatecast.sequences import SequenceEstimator, load

__all__ = ["RefusedInputError"]

Params = Mapping[str, Any] | None


class RefusedInputError(mlflow.MlflowException, InputError):  # type: ignore[misc]  # MLflow is not typed
    """Input that cannot be used: an `InputError` that MLflow's server answers with status 400."""

    def serialize_as_json(self) -> str:
        """The answer of the server: the one line, without the request that it puts before it."""
        self.message = self.args[0]
        answer: str = super().serialize_as_json()
        return answer


class _Forecasts:
    """A forecaster as MLflow calls it."""

    def __init__(self, forecaster: Estimator) -> None:
        self._forecaster = forecaster

    def predict(self, model_input: pd.DataFrame, params: Params = None) -> pd.DataFrame:
        """Forecast what follows the rows given, or without any the rows that the model keeps.

        Where the model reads something of the future, rows after the last value of their series
        tell it.
        """
        model, wanted = self._forecaster.model_, dict(params or {})
        reads_future = bool(model.members.futr_exog) or model.freq == IRREGULAR
        with _refusals():
            past = _past(model_input, model) if reads_future else model_input
            _require_ahead(model_input, past, model)
            found = self._forecaster.predict(
                wanted.get("h"),
                level=list(wanted.get("level", ())),
                quantiles=list(wanted.get("quantiles", ())),
                df=past if len(past) else None,
                futr_df=model_input if reads_future and len(model_input) else None,
                static_df=_static(past, model),
            )
        return to_pandas(found)


class _Labels:
    """A classifier or regressor of whole sequences as MLflow calls it."""

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator

    def predict(self, model_input: pd.DataFrame, params: Params = None) -> Any:
        """The label of each sequence, or with `proba` the probability of each class."""
        proba = dict(params or {}).get("proba", False)
        with _refusals():
            return (self._estimator.predict_proba if proba else self._estimator.predict)(
                model_input
            )


def _load_pyfunc(path: str) -> _Forecasts | _Labels:
    """The model in a file that `save` wrote; MLflow calls this by its name."""
    estimator = load(path)
    return _Labels(estimator) if isinstance(estimator, SequenceEstimator) else _Forecasts(estimator)


@contextmanager
def _refusals() -> Iterator[None]:
    """Tell MLflow which errors are those of the input."""
    try:
        yield
    except InputError as error:
        raise RefusedInputError.invalid_parameter_value(str(error)) from None


def _past(rows: pd.DataFrame, model: Model) -> pd.DataFrame:
    """The rows up to the last value of their series."""
    columns = model.columns
    id_col = present_id(rows, columns.unique_id)
    targets = [name for name in columns.y if name in rows]
    if not len(rows) or not targets:
        return rows.iloc[:0]
    check_frame(rows, (id_col, columns.ds), DATA_FRAME.name)
    unique_id, times = read_keys(rows, id_col, columns.ds, DATA_FRAME)
    last = times.where(rows[targets].notna().any(axis=1)).groupby(unique_id).transform("max")
    return rows[times <= last]


def _require_ahead(rows: pd.DataFrame, past: pd.DataFrame, model: Model) -> None:
    """Refuse rows that tell nothing of the future, where something has to be known of it."""
    names = model.members.futr_exog
    if names and len(past) == len(rows):
        target = show_some(model.columns.y)
        raise InputError(
            f"give the values of {show_some(names)} at the times to forecast: for each a row, with "
            f"{target} left empty, after the last one of its series"
        )


def _static(rows: pd.DataFrame, model: Model) -> pd.DataFrame | None:
    """The static columns of the rows, one row per series; None if the model reads none."""
    static = [*model.context.panel.static]
    names = [name for name in (model.columns.unique_id, *static) if name in rows]
    return rows[names].drop_duplicates() if static and len(rows) else None
