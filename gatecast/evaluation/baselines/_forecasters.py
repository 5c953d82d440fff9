"""What can be backtested: baselines, statsforecast models, anything with fit and predict."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pandas as pd

from gatecast._types import Floats, InputError, Integers, Panel
from gatecast.evaluation.baselines._baselines import BASELINES


@runtime_checkable
class Forecaster(Protocol):
    """A model of long frames: `unique_id`, `ds`, `y` and exogenous columns.

    `fit(df)` may take `static_df`. `predict(h)` may take `level`; `df`, to forecast what follows
    this history instead; and `futr_df`, with the future values of the columns that its attribute
    `futr_exog` names. It returns `unique_id`, `ds`, one column per model and, where asked for a
    level, `{model}-lo-{level}` and `{model}-hi-{level}`.
    """

    @property
    def fit(self) -> Callable[..., Any]:
        """Learns from a frame."""

    @property
    def predict(self) -> Callable[..., Any]:
        """Forecasts the next `h` rows of every series."""


@runtime_checkable
class FoldForecaster(Forecaster, Protocol):
    """A model that runs all windows of a backtest at once, say in one compiled program."""

    def forecast_folds(
        self, panel: Panel, ends: Integers, h: int, level: Sequence[float], *, refit: bool
    ) -> pd.DataFrame:
        """Forecast the `h` rows that follow each cutoff.

        Args:
            panel: the whole series, with exogenous and static columns.
            ends: [folds, series] leading rows known in each window; 0 where a series is left out.
            h: rows to forecast.
            level: coverage of the intervals in percent.
            refit: train anew on the rows before each cutoff; else once, before the first.

        Returns:
            `unique_id`, `ds`, `cutoff`, then the columns that `predict` returns.
        """


@runtime_checkable
class StatsforecastModel(Protocol):
    """A model of statsforecast, which forecasts one array."""

    alias: str

    def forecast(self, y: Floats, h: int, **options: Any) -> dict[str, Any]:
        """`mean` [h] and, for each level, `lo-{level}` and `hi-{level}` [h]."""


Model: TypeAlias = str | StatsforecastModel | Forecaster
Models: TypeAlias = Model | Sequence[Model] | Mapping[str, Model]

_BOUND = re.compile(r"-(lo|hi)-\d+(\.\d+)?$")
_KEYS = ("unique_id", "ds", "cutoff", "horizon", "y")


@dataclass(frozen=True)
class Entry:
    """A model in a backtest.

    Attributes:
        model: what forecasts.
        label: what its messages call it.
        name: the name of its column; None to keep the name that the model gives it.
    """

    model: Model
    label: str
    name: str | None = None

    @property
    def is_baseline(self) -> bool:
        """Whether it is one of the baselines that the package brings."""
        return isinstance(self.model, str)


def entries(models: Models, baselines: Sequence[str] = ()) -> list[Entry]:
    """The models, then the baselines that are not among them.

    Raises:
        InputError: something can neither be fitted nor is the name of a baseline.
    """
    if isinstance(models, Mapping):
        found = [Entry(_checked(model), str(name), str(name)) for name, model in models.items()]
    else:
        listed = models if isinstance(models, list | tuple) else [models]
        found = [Entry(_checked(model), _label(model)) for model in listed]
    given = [entry.model for entry in found]
    names = dict.fromkeys(name for name in baselines if name not in given)
    found += [Entry(_checked(name), name) for name in names]
    if taken := [entry.name for entry in found if entry.name in _KEYS]:
        raise InputError(f"no model can be called '{taken[0]}': that is a column of its own")
    if not found:
        raise InputError("there is nothing to backtest; give a model or a baseline")
    return found


def columns_read(listed: Sequence[Entry]) -> list[str]:
    """The exogenous columns that models name."""
    found: list[str] = []
    for model in (entry.model for entry in listed):
        kinds = ["exog"] if isinstance(model, FoldForecaster) else ["hist_exog", "futr_exog"]
        for names in (getattr(model, kind, None) or () for kind in kinds):
            found += [names] if isinstance(names, str) else map(str, names)
    return found


def model_columns(frame: pd.DataFrame) -> list[str]:
    """The columns with point forecasts."""
    return [name for name in map(str, frame) if name not in _KEYS and not _BOUND.search(name)]


def named(columns: pd.DataFrame, name: str | None) -> pd.DataFrame:
    """The columns of a model under the name it was given; several keep their own name behind it."""
    points = model_columns(columns)
    if name is None:
        return columns
    new = {point: name if len(points) == 1 else f"{name} {point}" for point in points}
    return columns.rename(columns=lambda column: _renamed(str(column), new))


def level_columns(name: str, level: Sequence[float]) -> list[str]:
    """The interval columns of a model."""
    return [f"{name}-{side}-{x}" for x in level for side in ("lo", "hi")]


def _renamed(column: str, new: Mapping[str, str]) -> str:
    bound = _BOUND.search(column)
    point, end = (column[: bound.start()], bound[0]) if bound else (column, "")
    return f"{new[point]}{end}" if point in new else column


def _checked(model: Any) -> Model:
    if isinstance(model, str) and model not in BASELINES:
        raise InputError(f"unknown baseline {model!r}; choose from {', '.join(BASELINES)}")
    if isinstance(model, type) or not isinstance(model, str | StatsforecastModel | Forecaster):
        shown = f"the class {model.__name__}" if isinstance(model, type) else repr(model)
        raise InputError(
            f"{shown} cannot be backtested; give an object with fit and predict, a statsforecast"
            " model or the name of a baseline"
        )
    return model


def _label(model: Any) -> str:
    if isinstance(model, str):
        return model
    return str(model.alias) if isinstance(model, StatsforecastModel) else type(model).__name__


def ahead(model: StatsforecastModel, y: Floats, h: int, level: Sequence[float]) -> Floats:
    """[h, 1 + 2 levels] a statsforecast model's forecast of `y`, as `level_columns` lists."""
    found = model.forecast(y=y, h=h, level=list(level) or None)
    bounds = [name.removeprefix("-") for name in level_columns("", level)]
    missing = np.full(h, np.nan)
    return np.column_stack([found["mean"], *(found.get(name, missing) for name in bounds)])
