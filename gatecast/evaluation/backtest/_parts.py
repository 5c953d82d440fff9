"""A backtest in parts: the series of each apart, the scores of all put together from sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gatecast.data import season_of, to_pandas
from gatecast.evaluation._scores import score_table
from gatecast.evaluation._sums import Sums, sums, together
from gatecast.evaluation.backtest._backtest import runs_of
from gatecast.evaluation.backtest._backtest_result import (
    Judgement,
    Run,
    judgement_of,
    model_facts,
    put_together,
)
from gatecast.evaluation.backtest._fold_forecasts import Rules
from gatecast.evaluation.backtest._folds import Folds
from gatecast.evaluation.backtest._plan import BacktestPlan
from gatecast.evaluation.baselines import Entry, columns_read


@dataclass(frozen=True)
class Part:
    """What a backtest found for some series.

    Attributes:
        forecasts: as in `Backtest`.
        by_series: as in `Backtest`.
        facts: `model`, `kind` and `seconds` of each model.
        sums: of which the scores are made.
    """

    forecasts: pd.DataFrame
    by_series: pd.DataFrame
    facts: pd.DataFrame
    sums: Sums


def part_folds(listed: Sequence[Entry], df: Any, plan: BacktestPlan) -> Folds:
    """The windows of some of the series; those that no series is long enough for are left out.

    Args:
        listed: the models.
        df: the rows of the series.
        plan: the same for all parts; it has a step, as a part may not show it.

    Raises:
        InputError: the data cannot be used.
    """
    panel = plan.panel(to_pandas(df), columns_read(listed))
    ends = plan.windows.ends(panel)
    return Folds(panel, ends[ends.any(axis=1)], plan.windows.h)


def part_rules(plan: BacktestPlan, season_length: int = 1) -> Rules:
    """How every model is run."""
    original, metric = pd.DataFrame(), plan.metric or "mae"
    return Rules(plan.level, plan.refit, season_length, original=original, metric=metric)


def backtest_part(
    listed: Sequence[Entry], folds: Folds, plan: BacktestPlan, others: Sequence[Run] = ()
) -> Part:
    """Forecast the windows of some of the series, at least one.

    Args:
        listed: the models.
        folds: the windows.
        plan: the same for all parts.
        others: of models that were run elsewhere, on the rows of `folds.window()`.

    Raises:
        InputError: as `backtest`.
    """
    rules = part_rules(plan, season_of(folds.panel))
    runs = [*others, *runs_of(listed, folds, rules)]
    forecasts, scaled = put_together(runs, folds, rules)
    facts = model_facts(runs)
    names = [*facts["model"]]
    return Part(
        forecasts,
        score_table(scaled, names, rules.level, "unique_id"),
        facts,
        sums(scaled, names, rules.level, rules.metric),
    )


def judged_together(
    parts: Sequence[pd.DataFrame], facts: pd.DataFrame, plan: BacktestPlan
) -> Judgement:
    """The scores of all series.

    Args:
        parts: `sums` of each part, as a frame.
        facts: those of all parts end to end.
        plan: of all parts.
    """
    windows = plan.windows.n_windows, plan.windows.h
    each = facts.groupby(["model", "kind"], sort=False)["seconds"].sum().reset_index()
    return judgement_of(together(parts, [*each["model"]]), each, windows, part_rules(plan))
