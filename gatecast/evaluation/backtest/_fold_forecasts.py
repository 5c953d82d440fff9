"""Running one model over all windows."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from gatecast._backend import quiet_keras
from gatecast._types import IRREGULAR, Floats, InputError, Panel
from gatecast._warn import warn
from gatecast.data import like, to_pandas
from gatecast.evaluation._measure import Metric
from gatecast.evaluation.backtest._folds import Fold, Folds
from gatecast.evaluation.baselines import (
    Entry,
    FoldForecaster,
    Series,
    StatsforecastModel,
    ahead,
    columns_read,
    filled_series,
    level_columns,
    model_columns,
    multi_step,
    named,
    run,
)

_KEYS = ["unique_id", "ds"]


@dataclass(frozen=True)
class Rules:
    """How every model of a backtest is run.

    Attributes:
        level: coverage of the intervals in percent.
        refit: True fits before each window, False once, a number before each such many windows.
        season_length: of the baselines.
        static_df: one row per series, for the models that take it.
        original: a frame of the library in which the models get theirs.
        metric: which error ranks the models.
        panel: the series as they are fitted, with all targets; None for those of the folds.
    """

    level: tuple[float, ...] = ()
    refit: bool | int = True
    season_length: int = 1
    static_df: Any = None
    original: Any = None
    metric: Metric = "mae"
    panel: Panel | None = None

    def refits(self, fold: int) -> bool:
        """Whether models are fitted before this window, counted from 0."""
        return fold == 0 or (bool(self.refit) and fold % int(self.refit) == 0)

    def joint(self, panel: Panel) -> Panel:
        """The panel of the folds, its targets belonging together as they do in the data."""
        return panel if self.panel is None else replace(panel, targets=self.panel.targets)


def fold_forecasts(
    entry: Entry, folds: Folds, rules: Rules, tick: Callable[[int], object]
) -> pd.DataFrame:
    """[rows of `folds.window()`] the columns of one model, NaN where it has no forecast.

    Raises:
        InputError: the model cannot do what the rules ask, or forecasts other series or times.

    Warns:
        InputWarning: the model leaves out some of the rows.
    """
    model, window = entry.model, folds.window()
    for name in columns_read([entry]):
        if name not in folds.panel.exog:
            raise InputError(
                f"{entry.label} needs the column '{name}', which the data frame does not have"
            )
    if isinstance(model, FoldForecaster) and isinstance(rules.refit, bool):
        found = _quiet(model).forecast_folds(
            rules.joint(folds.panel), folds.ends, folds.h, rules.level, refit=rules.refit
        )
        columns = aligned(to_pandas(found), window, [*_KEYS, "cutoff"], entry.label)
        tick(len(folds))
    else:
        parts = []
        for part in _by_fold(entry, folds, rules):
            parts.append(part)
            tick(1)
        columns = pd.concat(parts, ignore_index=True)
    if not isinstance(model, str | StatsforecastModel):  # these have told it by themselves
        _warn_about_missing(columns, window, entry.label)
    return named(columns, entry.name)


def _by_fold(entry: Entry, folds: Folds, rules: Rules) -> Iterator[pd.DataFrame]:
    """The columns of each window in turn."""
    if isinstance(entry.model, str):
        return (_baseline(entry.model, fold, folds.h, rules) for fold in folds)
    if isinstance(entry.model, StatsforecastModel):
        return (_univariate(entry.label, entry.model, fold, folds.h, rules) for fold in folds)
    return _fit_and_predict(entry, folds, rules)


def _baseline(name: str, fold: Fold, h: int, rules: Rules) -> pd.DataFrame:
    panel = _counted(fold.panel)
    found = multi_step(
        panel,
        fold.known,
        h,
        [name],
        rules.season_length,
        rules.level,
        max_series=len(panel.ids),
    )
    return found.forecasts.drop(columns=[*_KEYS, "cutoff"])


def _univariate(
    label: str, model: StatsforecastModel, fold: Fold, h: int, rules: Rules
) -> pd.DataFrame:
    """A model of statsforecast, series by series; gaps are filled as for the baselines."""
    series = list(filled_series(fold.panel, fold.known, rules.season_length))
    columns = [label, *level_columns(label, rules.level)]

    def forecast(_: str, series: Series) -> Floats:
        # A copy: some models keep what they have fitted.
        return ahead(copy.deepcopy(model), series.history, h, rules.level)

    shape = (np.full(len(series), h), len(columns))
    table, _ = run([label], series, forecast, shape, max_series=len(series))
    frame = pd.DataFrame(table[:, 0], columns=columns)
    # A model without intervals has no columns for them.
    return frame.drop(columns=[name for name in columns[1:] if frame[name].isna().all()])


def _fit_and_predict(entry: Entry, folds: Folds, rules: Rules) -> Iterator[pd.DataFrame]:
    fitted = None
    for number, fold in enumerate(folds):
        history = like(fold.history(), rules.original)
        options: dict[str, Any] = {}
        if fitted is None or rules.refits(number):
            # A fresh copy each time: no fit knows of another, nor changes the caller's model.
            fitted = _quiet(entry.model)
            fitted.fit(history, **_static(fitted.fit, entry.label, rules))
        else:
            _require(fitted.predict, "df", entry.label, "use refit=True to fit it for each window")
            options = {"df": history}
        options |= _known_ahead(fitted, fold, rules)
        # From the last observation, which may lie before the cutoff, to the end of the window.
        found = fitted.predict(folds.h + int(fold.delays.max()), **options)
        yield aligned(to_pandas(found), fold.window(), _KEYS, entry.label)


def _static(fit: Callable[..., Any], label: str, rules: Rules) -> dict[str, Any]:
    if rules.static_df is None:
        return {}
    _require(fit, "static_df", label, "leave static_df out", method="fit")
    return {"static_df": rules.static_df}


def _known_ahead(model: Any, fold: Fold, rules: Rules) -> dict[str, Any]:
    """The level, and what is known of the window beforehand: never `y`."""
    options: dict[str, Any] = {}
    if rules.level and takes(model.predict, "level"):
        options["level"] = list(rules.level)
    exog = list(getattr(model, "futr_exog", None) or ())
    # On no calendar, the times to forecast must be told.
    if exog or (fold.panel.freq == IRREGULAR and takes(model.predict, "futr_df")):
        options["futr_df"] = like(fold.future(exog), rules.original)
    return options


def aligned(found: pd.DataFrame, window: pd.DataFrame, keys: list[str], label: str) -> pd.DataFrame:
    """The model's columns on the rows of the window.

    Raises:
        InputError: they have no such rows, or some of them twice.
    """
    if absent := [key for key in keys if key not in found]:
        raise InputError(f"the forecasts of {label} have no column '{absent[0]}'")
    found = found.astype({key: window[key].dtype for key in keys})
    if found.duplicated(keys).any():
        row = found[found.duplicated(keys)].iloc[0]
        raise InputError(f"{label} forecasts series '{row.unique_id}' at {row.ds} twice")
    rows = window[keys].merge(found, on=keys, how="left", indicator="matched")
    columns = rows.drop(columns=[*_KEYS, "cutoff", "y", "matched"], errors="ignore")
    if not model_columns(columns):
        raise InputError(f"the forecasts of {label} have no column besides {', '.join(keys)}")
    if (rows["matched"] == "left_only").all():
        first = window.iloc[0]
        raise InputError(
            f"{label} forecasts none of the rows asked for, such as series '{first.unique_id}' at"
            f" {first.ds}; check the ids and times it returns"
        )
    return columns


def _warn_about_missing(columns: pd.DataFrame, window: pd.DataFrame, label: str) -> None:
    missing = columns[model_columns(columns)].isna().any(axis="columns")
    if missing.any():
        first = window[missing].iloc[0]
        warn(
            f"{label} has no forecast for {missing.sum():,} of {len(missing):,} rows, such as"
            f" series '{first.unique_id}' at {first.ds}"
        )


def _quiet(model: Any) -> Any:
    """A copy that shows no progress of its own below that of the backtest."""
    with quiet_keras():
        own = copy.deepcopy(model)
    if getattr(own, "verbose", False) is None:
        own.verbose = False
    return own


def _counted(panel: Panel) -> Panel:
    """The panel with its rows counted instead of dated: baselines know no calendar."""
    return replace(panel, ds=panel.position, freq=1)


def takes(function: Callable[..., Any], name: str) -> bool:
    """Whether a function has a parameter of this name, or takes any."""
    parameters = inspect.signature(function).parameters
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def _require(
    function: Callable[..., Any], name: str, label: str, remedy: str, *, method: str = "predict"
) -> None:
    if not takes(function, name):
        raise InputError(f"the {method} of {label} takes no {name}; {remedy}")
