"""Trials of settings in stages: all shapes with little, the best third with everything.

A shape is what settings have in common that are trained as one program.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from gatecast.evaluation.backtest import Run, aligned, errors_of
from gatecast.evaluation.baselines import Entry
from gatecast.forecasting import LSTMForecaster, alike, forecast_together
from gatecast.tuning._study import Study, Trial, share_of

# The first stage: this share of the epochs.
_FIRST_SHARE = 0.2
# One of so many shapes goes on.
_GO_ON = 3


def in_stages(
    search: Study,
    numbers: Sequence[int],
    df: Any,
    ranked_by: str,
    late: Callable[[], bool] = lambda: False,
) -> list[Trial]:
    """The trials of some settings by successive halving (Jamieson and Talwalkar 2016) of shapes.

    All settings of a shape go on together: there is a program for them already.

    Args:
        search: whose settings.
        numbers: of the settings.
        df: the rows that all trials get.
        ranked_by: the error whose least value decides which shapes go on: the best third.
        late: whether nothing more should be begun. The first shape, and the best of those that were
            begun, are tried anyhow.

    Returns:
        Those of the settings that were begun.
    """
    begun: list[tuple[_Shape, list[Trial]]] = []
    found: dict[int, Trial] = {}
    for shape in _shapes(search, numbers):
        if (begun or found) and late():
            break
        first = shape.trials(df, ranked_by, _FIRST_SHARE)
        if shape.halves:
            begun.append((shape, first))
        else:
            found |= {trial.number: trial for trial in first}
    for place, (shape, first) in enumerate(_best(begun, ranked_by)):
        if place and late():
            break
        for before, after in zip(first, shape.trials(df, ranked_by), strict=True):
            found[after.number] = replace(after, seconds=before.seconds + after.seconds)
    early = {trial.number: trial for _, first in begun for trial in first}
    given_up = {number: replace(trial, finished=False) for number, trial in early.items()}
    return [
        replace(trial, early=_score(early.get(trial.number, trial), ranked_by))
        for trial in (given_up | found).values()
    ]


def _best(
    begun: Sequence[tuple[_Shape, list[Trial]]], ranked_by: str
) -> list[tuple[_Shape, list[Trial]]]:
    """The best third of the shapes that work, at least one."""
    ranked = sorted(begun, key=lambda each: _least(each[1], ranked_by))
    works = [each for each in ranked if math.isfinite(_least(each[1], ranked_by))]
    return works[: math.ceil(len(begun) / _GO_ON)]


def _score(trial: Trial, ranked_by: str) -> float:
    score = trial.errors.get(ranked_by, math.nan)
    return score if math.isfinite(score) else math.nan


def _least(trials: Sequence[Trial], ranked_by: str) -> float:
    scores = [_score(trial, ranked_by) for trial in trials]
    return min((score for score in scores if math.isfinite(score)), default=math.inf)


def _shapes(search: Study, numbers: Sequence[int]) -> list[_Shape]:
    groups: dict[str, list[int]] = {}
    for number in numbers:
        groups.setdefault(_key(search, number) or f"alone {number}", []).append(number)
    return [_Shape(search, tuple(own)) for own in groups.values()]


def _key(search: Study, number: int) -> str | None:
    if search.plan.refit:
        return None
    try:
        return alike(search.candidate(number))
    except Exception:  # noqa: BLE001 (what is wrong with a setting is told by its own trial)
        return None


@dataclass(frozen=True)
class _Shape:
    """Settings that are trained as one program; or one that is trained alone.

    Attributes:
        search: whose settings.
        numbers: of the settings.
    """

    search: Study
    numbers: tuple[int, ...]

    @property
    def halves(self) -> bool:
        """Whether less training is something else."""
        return isinstance(self.search.model, LSTMForecaster)

    def trials(self, df: Any, ranked_by: str, share: float = 1.0) -> list[Trial]:
        """Those of its settings, each trained for a share of the epochs."""
        if _key(self.search, self.numbers[0]) is not None:
            # What is wrong is told by the trial of each.
            with suppress(Exception):
                return self._together(df, ranked_by, share)
        return [replace(self.search, share=share).trial(number, df) for number in self.numbers]

    def _together(self, df: Any, ranked_by: str, share: float) -> list[Trial]:
        began = time.perf_counter()
        candidates = map(self.search.candidate, self.numbers)
        models = [model for model in candidates if isinstance(model, LSTMForecaster)]
        first, names = models[0], [str(number) for number in self.numbers]
        folds, rules = self.search.windows([Entry(first, names[0])], df)
        epochs = [share_of(model.training.epochs, share) for model in models]
        frames = forecast_together(
            models, rules.joint(folds.panel), folds.ends, folds.h, epochs=epochs
        )
        columns = {name: frame.iloc[:, -1] for name, frame in zip(names, frames, strict=True)}
        keys = ["unique_id", "ds", "cutoff"]
        wide = pd.concat([frames[0][keys], pd.DataFrame(columns)], axis="columns")
        run = Run(aligned(wide, folds.window(), keys, names[0]), is_baseline=False, seconds=0.0)
        errors, name = errors_of([run], folds, rules)
        seconds = (time.perf_counter() - began) / len(names)
        trials = [
            Trial(number, seconds, errors[str(number)], self.search.bar, name)
            for number in self.numbers
        ]
        return [
            trial
            if math.isfinite(_score(trial, ranked_by))
            else Trial(trial.number, seconds, error=_diverged(model))
            for trial, model in zip(trials, models, strict=True)
        ]


def _diverged(model: LSTMForecaster) -> str:
    rate = model.training.learning_rate
    return f"training diverged: its forecasts are not finite; lower learning_rate {rate}"
