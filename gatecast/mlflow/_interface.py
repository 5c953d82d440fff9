"""What a fitted estimator reads and returns, as MLflow describes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import IRREGULAR, Panel
from gatecast.data import future_ds, median_step, to_frame
from gatecast.forecasting import Estimator, Model
from gatecast.mlflow._library import mlflow
from gatecast.sequences import SequenceEstimator

# NumPy's kinds of values -> MLflow's types.
_TYPES = {"b": "boolean", "f": "double", "i": "long", "u": "long", "M": "datetime"}
_ANYTHING = mlflow.types.schema.AnyType()


def signature_of(estimator: Estimator | SequenceEstimator) -> Any:
    """The columns that it reads and returns, and the parameters of a prediction.

    No column is required and times and values may be of any type: which are needed depends on the
    request, MLflow takes no whole numbers for a column of decimals and no time zone, and `predict`
    names the row and the value that it cannot use.
    """
    if isinstance(estimator, Estimator):
        return _of_forecaster(estimator.model_)
    return _of_sequences(estimator)


def example_of(estimator: Estimator | SequenceEstimator) -> pd.DataFrame:
    """Rows to predict from.

    Of a forecaster the rows of one series that it keeps, then those to forecast where it reads
    something of them, their target empty; of a sequence two rows of the mean of each column.
    """
    if isinstance(estimator, Estimator):
        return _history(estimator.model_)
    model = estimator.model_
    means = dict(zip(model.columns, model.networks.scaler.center.tolist(), strict=True))
    return pd.DataFrame({model.frames.unique_id: ["a", "a"], model.frames.ds: [0, 1], **means})


def _of_forecaster(model: Model) -> Any:
    panel, columns = model.context.panel, model.columns
    ids, times = _type(panel.ids), _type(panel.ds)
    values = [columns.ds, *columns.y, *panel.exog, *panel.static]
    target = {"target": "string"} if len(columns.y) > 1 else {}
    params = [
        mlflow.types.ParamSpec("h", "long", model.h),
        mlflow.types.ParamSpec("level", "double", [], (-1,)),
        mlflow.types.ParamSpec("quantiles", "double", [], (-1,)),
    ]
    read = {columns.unique_id: ids, **dict.fromkeys(values, _ANYTHING)}
    returned = {columns.unique_id: ids, columns.ds: times, **target, model.name: "double"}
    return _signature(read, returned, params)


def _of_sequences(estimator: SequenceEstimator) -> Any:
    model = estimator.model_
    key, label = model.frames.unique_id, model.frames.label
    read = dict.fromkeys([key, model.frames.ds, *model.columns], _ANYTHING)
    if model.classes is None:
        return _signature(read, {key: _ANYTHING, label: "double"}, [])
    params = [mlflow.types.ParamSpec("proba", "boolean", default=False)]
    return _signature(read, {key: _ANYTHING, label: _type(model.classes)}, params)


def _type(values: NDArray[Any]) -> str:
    return _TYPES.get(np.asarray(values).dtype.kind, "string")


def _signature(inputs: dict[str, Any], outputs: dict[str, Any], params: list[Any]) -> Any:
    return mlflow.models.ModelSignature(
        _schema(inputs, required=False),
        _schema(outputs, required=True),
        mlflow.types.ParamSchema(params) if params else None,
    )


def _schema(columns: dict[str, Any], *, required: bool) -> Any:
    specs = [mlflow.types.ColSpec(kind, name, required) for name, kind in columns.items()]
    return mlflow.types.Schema(specs)


def _history(model: Model) -> pd.DataFrame:
    """The rows of the first series that are kept, and those to forecast if they are read."""
    panel, columns = model.context.panel, model.columns
    rows = to_frame(panel).rename(columns={"y": columns.y[0]} if len(columns.y) == 1 else {})
    rows = rows.assign(**dict(_beside(panel)))
    rows = rows[rows["unique_id"] == panel.ids[0]]
    if model.members.futr_exog or model.freq == IRREGULAR:
        step = median_step(panel) if model.freq == IRREGULAR else None
        ds = future_ds(panel.ds[panel.offsets[1:2] - 1], model.freq, model.h, step)[0]
        ahead = pd.concat([rows.tail(1)] * model.h).assign(ds=ds)
        rows = pd.concat([rows, ahead.assign(**dict.fromkeys(columns.y, np.nan))])
    own = {"unique_id": columns.unique_id, "ds": columns.ds}
    example: pd.DataFrame = rows.rename(columns=own).reset_index(drop=True)
    return example


def _beside(panel: Panel) -> Iterator[tuple[str, NDArray[Any]]]:
    """The exogenous and static columns, a value for each row of an id."""
    count = len(panel.targets)
    own = panel.series_of_row % count == 0
    for name, values in panel.exog.items():
        known = values[own]
        if name in panel.categories:
            texts = np.array([*panel.categories[name], None], object)
            known = texts[np.where(np.isnan(known), -1, known).astype(int)]
        yield name, known
    for name, values in panel.static.items():
        yield name, values[panel.series_of_row[own]]
