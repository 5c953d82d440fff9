"""Trying settings: every one of a list, or those that a search proposes within a budget.

A search proposes combinations by TPE (Bergstra et al. 2011, "Algorithms for Hyper-Parameter
Optimization"), three or more at a time: all are trained for a fifth of the epochs, the best third
in full. Each is tried with every learning rate, number of epochs and of members, and seed of the
space, which one program trains. `AutoLSTM` without training, and the baselines, are the bar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gatecast._types import Freq, InputError
from gatecast._wording import METRIC_NAMES
from gatecast.evaluation.backtest import BacktestPlan, FrameColumns
from gatecast.forecasting import Estimator
from gatecast.tuning._bar import bar_of
from gatecast.tuning._default import default_space
from gatecast.tuning._search import Search, budget_of
from gatecast.tuning._study import BAR, Tuning, study, windows_of


def tune(  # noqa: PLR0913 (the columns of the data stand flat, as in `fit`)
    model: Estimator,
    df: Any,
    *,
    space: Mapping[str, Sequence[Any]] | None = None,
    budget: int | str | None = None,
    storage: str | None = None,
    h: int | None = None,
    n_windows: int = 3,
    step_size: int | None = None,
    refit: bool | int = False,
    trials: int | None = None,
    random_seed: int = 0,
    static_df: Any = None,
    id_col: str | None = "unique_id",
    time_col: str = "ds",
    target_col: str | Sequence[str] = "y",
    freq: Freq | None = None,
    season_length: int | None = None,
    verbose: bool | None = None,
) -> Tuning:
    """Find the settings with the smallest error on past windows.

    Every setting forecasts the last windows as in a `backtest`: give only rows to choose by.
    Without a budget all combinations are tried, else those that Optuna (extra `[tune]`) proposes.

    Args:
        model: an `AutoLSTM` or `LSTMForecaster`; it stays as it is.
        df: as for `backtest`.
        space: name of a setting, or "training.learning_rate" -> values; None for what matters most.
        budget: settings to try in all, or a time such as "90s" or "2h"; without `space`, "10min".
        storage: of the trials, as "sqlite:///trials.db"; the same call goes on there, one by one.
        h: rows to forecast in each window; the forecaster's h if None.
        n_windows: as for `backtest`.
        step_size: as for `backtest`.
        refit: as for `backtest`; False trains each setting once, before the first window.
        trials: combinations to draw at random, all different; None tries all, of at most 1,000.
        random_seed: of what is drawn or proposed.
        static_df: as for `backtest`.
        id_col: as for `backtest`.
        time_col: as for `backtest`.
        target_col: as for `backtest`.
        freq: as for `backtest`.
        season_length: as for `backtest`.
        verbose: as for `backtest`.

    Raises:
        InputError: an argument cannot be used, or no setting works; one that fails is listed.
    """
    windows = windows_of(model, h, n_windows, step_size)
    columns = FrameColumns(id_col, time_col, target_col, freq)
    plan = BacktestPlan(
        windows, columns, refit=refit, season_length=season_length, static_df=static_df
    )
    if space is not None and budget is None and storage is None:
        return study(model, space, plan, trials, random_seed).all(df, verbose=verbose)
    if trials is not None:
        raise InputError("trials draws from a space without a budget: give budget=... instead")
    limit = budget_of("10min" if budget is None else budget)
    return _search(model, df, space, plan, random_seed).found(limit, storage, verbose=verbose)


def _search(
    model: Estimator,
    df: Any,
    space: Mapping[str, Sequence[Any]] | None,
    plan: BacktestPlan,
    random_seed: int,
) -> Search:
    if space is None:
        season = plan.season_length or model.season_length
        space = default_space(model, replace(plan.panel(df, model.exog), season=season))
    wanted = study(model, space, plan, 1, random_seed)
    bar, ranked_by = bar_of(wanted, df)
    errors = bar.set_index("model")
    naive = {name: float(errors[name][BAR]) for name in METRIC_NAMES}
    return Search(replace(wanted, bar=naive), df, bar, ranked_by, random_seed)
