"""Backtest: forecast the same past windows with every model, knowing only what came before."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from gatecast._progress import Meter
from gatecast._types import Freq, InputError, Panel
from gatecast.data import like, season_of, to_pandas
from gatecast.evaluation._minimised import minimised
from gatecast.evaluation.backtest._backtest_result import Backtest, Run, judged
from gatecast.evaluation.backtest._fold_forecasts import Rules, fold_forecasts
from gatecast.evaluation.backtest._folds import Folds, fold_ends, separate
from gatecast.evaluation.backtest._plan import BacktestPlan, FrameColumns, WindowPlan
from gatecast.evaluation.baselines import (
    Entry,
    FoldForecaster,
    Models,
    columns_read,
    entries,
)


def backtest(  # noqa: PLR0913 (the columns of the data stand flat, as in `fit`)
    models: Models,
    df: Any,
    *,
    h: int,
    n_windows: int = 4,
    step_size: int | None = None,
    refit: bool | int = True,
    baselines: Sequence[str] = ("persistence", "seasonal_naive"),
    level: Sequence[float] = (80, 95),
    static_df: Any = None,
    id_col: str | None = "unique_id",
    time_col: str = "ds",
    target_col: str | Sequence[str] = "y",
    freq: Freq | None = None,
    season_length: int | None = None,
    verbose: bool | None = None,
) -> Backtest:
    """Forecast the last windows of every series as if they were still to come, and score them.

    At each cutoff a model gets the rows up to it, with all columns of numbers, and of text those
    that models name, in a frame of the library of `df` with `unique_id`, `ds` and `y`. Of the
    window it gets only the columns that its `futr_exog` names. The objects given stay as they are.
    Source: Tashman 2000, "Out-of-sample tests of forecasting accuracy", IJF 16.

    Args:
        models: a `Forecaster`, a statsforecast model or the name of a baseline; several as a list,
            or as a dict from the names to use.
        df: pandas, polars or Arrow frame with one row per series and time, or a pandas Series.
        h: rows to forecast in each window.
        n_windows: number of windows; the last ends with the series.
        step_size: rows from one window to the next, h if None.
        refit: True fits a `Forecaster` before each window, 3 before every third; False once, after
            which its `predict` gets the longer histories as `df`. Others are fitted for each.
        baselines: what to compare with, from `BASELINES`.
        level: coverage of the intervals in percent.
        static_df: one row per series; handed to `fit`.
        id_col: the column that names the series; None for a single series.
        time_col: timestamps, or integers.
        target_col: the values; several columns are forecast together by an `AutoLSTM` or
            `LSTMForecaster`, and as series of their own by all other models.
        freq: the calendar step, inferred if None; `IRREGULAR` for rows on no calendar.
        season_length: rows in a season, for all models and MASE; that of `freq` if None.
        verbose: shows progress; None does on a terminal after two seconds.

    Raises:
        InputError: a setting, the data or what a model returns cannot be used.

    Warns:
        InputWarning: series are too short for a window, or a model leaves out rows.
    """
    windows = WindowPlan.spaced(h, n_windows, step_size)
    columns = FrameColumns(id_col, time_col, target_col, freq)
    level = tuple(level)
    plan = BacktestPlan(
        windows, columns, level=level, refit=refit, season_length=season_length, static_df=static_df
    )
    return run_backtest(entries(models, baselines), df, plan, verbose=verbose)


def run_backtest(
    listed: Sequence[Entry], df: Any, plan: BacktestPlan, *, verbose: bool | None
) -> Backtest:
    """What `backtest` finds.

    Args:
        listed: the models, baselines among them.
        df: as for `backtest`.
        plan: all other arguments.
        verbose: as for `backtest`.

    Raises:
        InputError: as `backtest`.
    """
    folds, rules = prepared(listed, df, plan)
    with Meter("backtest", "window", len(listed) * len(folds), verbose=verbose) as meter:
        return judged(runs_of(listed, folds, rules, meter.show), folds, rules)


def prepared(listed: Sequence[Entry], df: Any, plan: BacktestPlan) -> tuple[Folds, Rules]:
    """The windows of a backtest, and how every model is run on them; arguments as `run_backtest`.

    Raises:
        InputError: as `backtest`.
    """
    panel = plan.panel(df, columns_read(listed))
    folds = Folds(separate(panel), fold_ends(panel, plan.windows), plan.windows.h)
    _refuse_targets(listed, panel, plan)
    rules = Rules(
        level=plan.level,
        refit=plan.refit,
        season_length=season_of(panel),
        static_df=_renamed(plan.static_df, plan.columns.id_col),
        original=df,
        metric=plan.metric or minimised(entry.model for entry in listed),
        panel=panel,
    )
    return folds, rules


def runs_of(
    listed: Sequence[Entry],
    folds: Folds,
    rules: Rules,
    show: Callable[[int, str], object] = lambda *_: None,
) -> list[Run]:
    """What each model forecasts.

    Args:
        listed: the models.
        folds: the windows.
        rules: how every model is run.
        show: told how many windows are done, over all models, and the name of the model.

    Raises:
        InputError: as `backtest`.
    """
    runs, done = [], 0
    for entry in listed:

        def tick(windows: int, label: str = entry.label) -> None:
            nonlocal done
            done += windows
            show(done, label)

        tick(0)
        started = time.perf_counter()
        columns = fold_forecasts(entry, folds, rules, tick)
        runs.append(Run(columns, entry.is_baseline, time.perf_counter() - started))
    return runs


def _refuse_targets(listed: Sequence[Entry], panel: Panel, plan: BacktestPlan) -> None:
    """Refuse what cannot be done with several targets."""
    if len(panel.targets) == 1:
        return
    if not isinstance(plan.refit, bool):
        raise InputError(f"refit is {plan.refit}; with several targets give True or False")
    others = [entry.label for entry in listed if not isinstance(entry.model, FoldForecaster | str)]
    if plan.static_df is not None and others:
        raise InputError(
            f"{others[0]} gets each of several targets as a series of its own, which static_df does"
            " not know; leave static_df out, or name one target"
        )


def _renamed(static_df: Any, id_col: str | None) -> Any:
    """The static frame with the id column that models expect."""
    if static_df is None or id_col is None:
        return static_df
    return like(to_pandas(static_df).rename(columns={id_col: "unique_id"}), static_df)
