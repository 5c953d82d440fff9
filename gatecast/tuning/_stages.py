"""Trials of settings in stages: all with little, the best third with everything.

Settings that differ in learning rate and seed alone are trained as one program.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import pandas as pd

from gatecast._types import Integers, Panel
from gatecast.evaluation import backtest, minimised
from gatecast.forecasting import Estimator, LSTMForecaster, alike, forecast_together
from gatecast.tuning._study import BAR, Study, Trial, errors_of

# The first stage: this share of the epochs, and the last window alone.
_FIRST_SHARE = 0.2
# This share of the settings goes on.
_GO_ON = 3
_SQUARED = {"mae": "rmse", "mase": "rmsse"}


def in_stages(search: Study, numbers: Sequence[int], df: Any, ranked_by: str) -> list[Trial]:
    """The trials of some settings by successive halving (Jamieson and Talwalkar 2016).

    Args:
        search: whose settings.
        numbers: of the settings.
        df: the rows that all trials get.
        ranked_by: the error that decides which settings go on: the best third, at least one.
    """
    windows = dict(search.backtest) | {"n_windows": 1}
    first = judged(replace(search, share=_FIRST_SHARE, backtest=windows), numbers, df)
    early = {trial.number: _score(trial, ranked_by) for trial in first}
    works = [trial.number for trial in first if math.isfinite(early[trial.number])]
    best = sorted(works, key=lambda number: early[number])[: math.ceil(len(numbers) / _GO_ON)]
    last = {trial.number: trial for trial in judged(search, best, df)}
    return [_joined(trial, last.get(trial.number), early[trial.number]) for trial in first]


def _score(trial: Trial, ranked_by: str) -> float:
    return trial.errors.get(ranked_by, math.nan)


def _joined(first: Trial, last: Trial | None, early: float) -> Trial:
    if last is None:
        return replace(first, finished=False, early=early)
    return replace(last, seconds=first.seconds + last.seconds, early=early)


def judged(search: Study, numbers: Sequence[int], df: Any) -> list[Trial]:
    """The trials of some settings; those that are alike are trained together."""
    groups: dict[str, list[int]] = {}
    for number in numbers:
        groups.setdefault(_key(search, number) or f"alone {number}", []).append(number)
    found = [trial for group in groups.values() for trial in _of_group(search, group, df)]
    return sorted(found, key=lambda trial: numbers.index(trial.number))


def _key(search: Study, number: int) -> str | None:
    if search.backtest.get("refit"):
        return None
    try:
        return alike(search.candidate(number))
    except Exception:  # noqa: BLE001 (what is wrong with a setting is told by its own trial)
        return None


def _of_group(search: Study, numbers: Sequence[int], df: Any) -> list[Trial]:
    if len(numbers) > 1:
        began = time.perf_counter()
        models = [search.candidate(number) for number in numbers]
        group = _Group(models)
        entries = {str(number): _OneOf(group, place) for place, number in enumerate(numbers)}
        try:
            found = backtest(
                entries, df, baselines=[BAR], level=(), verbose=False, **search.backtest
            )
        except Exception:  # noqa: BLE001 (one of them fails: each is tried alone)
            return [search.trial(number, df) for number in numbers]
        seconds = (time.perf_counter() - began) / len(numbers)
        bar, name = errors_of(found, BAR), found.ranked_by
        return [
            Trial(
                number,
                seconds,
                errors_of(found, str(number)),
                bar,
                _SQUARED[name] if minimised([model]) == "rmse" else name,
            )
            for number, model in zip(numbers, models, strict=True)
        ]
    return [search.trial(number, df) for number in numbers]


@dataclass
class _Group:
    """Forecasters that are trained together, once, for one backtest."""

    models: Sequence[Estimator]
    made: list[pd.DataFrame] = field(default_factory=list)

    def forecasts(self, panel: Panel, ends: Integers, h: int) -> list[pd.DataFrame]:
        if not self.made:
            models = [model for model in self.models if isinstance(model, LSTMForecaster)]
            self.made = forecast_together(models, panel, ends, h)
        return self.made


@dataclass(frozen=True)
class _OneOf:
    """One of a group, as a model that a backtest takes."""

    group: _Group
    place: int

    def __deepcopy__(self, _: Mapping[int, Any]) -> Self:
        """Itself: what the group has trained is for all of them."""
        return self

    @property
    def exog(self) -> Sequence[str]:
        """The exogenous columns that it reads."""
        return self.group.models[self.place].exog

    @property
    def fit(self) -> Any:
        """That of the forecaster."""
        return self.group.models[self.place].fit

    @property
    def predict(self) -> Any:
        """That of the forecaster."""
        return self.group.models[self.place].predict

    def forecast_folds(
        self, panel: Panel, ends: Integers, h: int, level: Sequence[float], *, refit: bool
    ) -> pd.DataFrame:
        """As `gatecast.evaluation.FoldForecaster` has it."""
        return self.group.forecasts(panel, ends, h)[self.place]
