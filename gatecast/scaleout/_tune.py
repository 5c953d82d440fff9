"""Trials of settings, each as a task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gatecast._types import Freq
from gatecast.data import to_pandas
from gatecast.evaluation.backtest import BacktestPlan, FrameColumns
from gatecast.forecasting import Estimator
from gatecast.scaleout.executors import Executor, Shared, executor_of
from gatecast.tuning import Study, Trial, Tuning, study, windows_of


def tune(  # noqa: PLR0913 (those of `tune` on one machine)
    model: Estimator,
    df: Any,
    *,
    space: Mapping[str, Sequence[Any]],
    address: str | None = None,
    workers: int | None = None,
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
    """Find the settings with the smallest error on past windows: `gatecast.tune`, trials as tasks.

    Every worker gets the whole frame: of very many series, give some. What is found is what
    `gatecast.tune` finds.

    Args:
        model: as for `gatecast.tune`.
        df: as for `gatecast.tune`.
        space: as for `gatecast.tune`.
        address: None for this process, or a Ray cluster, as for `predict`.
        workers: tasks at a time, at most; None for one per core.
        h: as for `gatecast.tune`.
        n_windows: as for `gatecast.tune`.
        step_size: as for `gatecast.tune`.
        refit: as for `gatecast.tune`.
        trials: as for `gatecast.tune`.
        random_seed: as for `gatecast.tune`.
        static_df: as for `gatecast.tune`.
        id_col: as for `gatecast.tune`.
        time_col: as for `gatecast.tune`.
        target_col: as for `gatecast.tune`.
        freq: as for `gatecast.tune`.
        season_length: as for `gatecast.tune`.
        verbose: as for `gatecast.tune`.

    Raises:
        InputError: as `gatecast.tune`, and if the cluster cannot be used.
    """
    windows = windows_of(model, h, n_windows, step_size)
    columns = FrameColumns(id_col, time_col, target_col, freq)
    plan = BacktestPlan(
        windows, columns, refit=refit, season_length=season_length, static_df=static_df
    )
    search = study(model, space, plan, trials, random_seed)
    with executor_of(address, workers) as executor:
        return search.found(_made(search, df, executor), verbose=verbose)


@dataclass(frozen=True)
class _Trying:
    """The work of a task: one trial."""

    search: Study
    df: Shared[pd.DataFrame]

    def __call__(self, number: int) -> Trial:
        return self.search.trial(number, self.df.get())


def _made(search: Study, df: Any, executor: Executor) -> Iterator[Trial]:
    """The trials, in the order in which they end."""
    work = _Trying(search, executor.share(to_pandas(df)))
    for outcome in executor.map(work, search.numbers):
        lost = Trial(outcome.task, 0.0, error=f"its process dies: {outcome.lost}")
        yield lost if outcome.lost else outcome.value
