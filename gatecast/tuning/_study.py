"""What a search tries, how each trial is judged, and what is found."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from gatecast._progress import Meter
from gatecast._types import InputError, check_whole
from gatecast._wording import METRIC_NAMES, count, number, percent
from gatecast.evaluation.backtest import (
    BacktestPlan,
    Folds,
    Rules,
    WindowPlan,
    errors_of,
    prepared,
    runs_of,
)
from gatecast.evaluation.baselines import Entry, entries
from gatecast.forecasting import Estimator, LSTMForecaster
from gatecast.metrics import skill_score
from gatecast.tuning._mattered import mattered
from gatecast.tuning._space import Space, changed, space_of

BAR = "seasonal_naive"
"""The baseline that a setting has to beat."""

_SETTING = "setting"
# The same errors where some of the trials minimise the squared error and others do not.
_ABSOLUTE = {"rmse": "mae", "rmsse": "mase", "mae": "mae", "mase": "mase"}
_TIE = 0.01


@dataclass(frozen=True)
class Trial:
    """What one setting came to.

    Attributes:
        number: of the setting, in the space.
        seconds: wall time.
        errors: "mae", "rmse", "mase" and "rmsse" over all windows; empty if it failed.
        bar: the same of seasonal naive.
        ranked_by: the error that suits the setting; None if it failed.
        error: why it failed; None if it did not.
        finished: whether it was trained and judged in full; False if it was given up early.
        early: its score in the first stage of a search; None without stages.
    """

    number: int
    seconds: float
    errors: Mapping[str, float] = field(default_factory=dict)
    bar: Mapping[str, float] = field(default_factory=dict)
    ranked_by: str | None = None
    error: str | None = None
    finished: bool = True
    early: float | None = None


@dataclass(frozen=True)
class Tuning:
    """What a search found.

    Attributes:
        trials: one row per setting that was tried, in the order of the space: its values, `score`
            (the error `ranked_by`), `skill_vs_seasonal_naive`, `seconds` and `error` (why it
            failed, None if it did not). Of a search with a budget also `early_score`, by which
            some settings were given up: they have no `score`.
        best: a forecaster with the settings of the smallest score, not fitted.
        settings: those settings.
        score: theirs.
        ranked_by: "mae", "rmse", "mase" or "rmsse", as in a `Backtest`.
        verdict: plain words.
        mattered: `setting`, `importance` (the share of the differences between scores that it
            explains, 0 to 1), `p_value`, and `best`, the value with the smallest median score; the
            most important first. NaN where too few trials differ in the setting to tell.
        bar: `model` and `score` of what needs no search, on the same windows; empty for a search
            without a budget.
    """

    trials: pd.DataFrame
    best: Estimator
    settings: Mapping[str, Any]
    score: float
    ranked_by: str
    verdict: str
    mattered: pd.DataFrame
    bar: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class Study:
    """A search: its trials, each of which can be made anywhere.

    Attributes:
        model: whose settings change.
        space: what may be tried.
        numbers: of the settings that are.
        plan: how all of them are judged.
        share: of the epochs that each setting is trained for.
        bar: the errors of seasonal naive, where they are known; else each trial finds them.
    """

    model: Estimator
    space: Space
    numbers: tuple[int, ...]
    plan: BacktestPlan
    share: float = 1.0
    bar: Mapping[str, float] = field(default_factory=dict)

    def candidate(self, number: int) -> Estimator:
        """The forecaster of a setting, not fitted.

        Raises:
            InputError: its values cannot be.
        """
        model = changed(self.model, self.space.settings(number))
        if self.share == 1 or not isinstance(model, LSTMForecaster):
            return model
        return changed(model, {"training.epochs": share_of(model.training.epochs, self.share)})

    def trial(self, number: int, df: Any) -> Trial:
        """Judge one setting; what goes wrong with it is told in the trial.

        Args:
            number: of the setting.
            df: the rows that all trials get.
        """
        began = time.perf_counter()
        try:
            listed = entries({_SETTING: self.candidate(number)}, [] if self.bar else [BAR])
            folds, rules = self.windows(listed, df)
            errors, name = errors_of(runs_of(listed, folds, rules), folds, rules)
        except InputError as error:
            return Trial(number, time.perf_counter() - began, error=str(error))
        except Exception as error:  # noqa: BLE001 (whatever it is, it is about this setting alone)
            words = f"{type(error).__name__}: {' '.join(str(error).split())}"
            return Trial(number, time.perf_counter() - began, error=words)
        seconds = time.perf_counter() - began
        return Trial(number, seconds, errors[_SETTING], self.bar or errors[BAR], name)

    def windows(self, listed: Sequence[Entry], df: Any) -> tuple[Folds, Rules]:
        """The windows that some models are judged by, and how they are run on them.

        Raises:
            InputError: as `backtest`.
        """
        return prepared(listed, df, self.plan)

    def all(self, df: Any, *, verbose: bool | None) -> Tuning:
        """What all settings come to, each tried in turn; arguments as in `trial` and `found`."""
        return self.found((self.trial(number, df) for number in self.numbers), verbose=verbose)

    def found(self, trials: Iterable[Trial], *, verbose: bool | None) -> Tuning:
        """What all trials come to, in whatever order they are made.

        Args:
            trials: of every setting; they are made while this waits for them.
            verbose: shows progress; None does on a terminal after two seconds.

        Raises:
            InputError: all of them failed.
        """
        made: list[Trial] = []
        with Meter("tuning", "trial", len(self.numbers), verbose=verbose) as meter:
            meter.show(0, "")
            for trial in trials:
                made.append(trial)
                meter.show(len(made), "")
        return self.outcome(made)

    def outcome(
        self,
        trials: Sequence[Trial],
        ranked_by: str | None = None,
        together: Collection[str] = (),
    ) -> Tuning:
        """What trials come to that have been made, in any order.

        Args:
            trials: of some settings, each once.
            ranked_by: the error to rank by; None for the one that suits all of them.
            together: the settings whose values were all tried with all others, as in `mattered`.

        Raises:
            InputError: all of them failed.
        """
        made = sorted(trials, key=lambda trial: trial.number)
        failed = [trial for trial in made if trial.error is not None]
        scored = [trial for trial in made if trial.error is None and trial.finished]
        if not scored:
            why = failed[0].error if failed else "their errors are no numbers"
            raise InputError(f"none of {count(len(made), 'setting')} works: {why}")
        names = {str(trial.ranked_by) for trial in scored}
        name = ranked_by or (names.pop() if len(names) == 1 else _ABSOLUTE[max(names)])
        # The first of equally good ones; one without a score is not the best.
        best = min(scored, key=lambda trial: (math.isnan(trial.errors[name]), trial.errors[name]))
        settings = self.space.settings(best.number)
        table = pd.DataFrame([self._row(trial, name) for trial in made])
        judged_by = "early_score" if "early_score" in table else "score"
        return Tuning(
            table,
            changed(self.model, settings),
            settings,
            best.errors[name],
            name,
            _verdict(settings, best, name, (len(made), len(failed))),
            mattered(table, [*self.space.values], judged_by, together),
        )

    def _row(self, trial: Trial, name: str) -> dict[str, Any]:
        score = trial.errors.get(name, math.nan) if trial.finished else math.nan
        values = {key: _plain(each) for key, each in self.space.settings(trial.number).items()}
        early = {} if trial.early is None and trial.finished else {"early_score": trial.early}
        return (
            values
            | early
            | {
                "score": score,
                "skill_vs_seasonal_naive": skill_score(score, trial.bar.get(name, math.nan)),
                "seconds": trial.seconds,
                "error": trial.error,
            }
        )


def share_of(epochs: int, share: float) -> int:
    """So many of the epochs, at least one."""
    return max(1, round(share * epochs))


def windows_of(model: object, h: int | None, n_windows: int, step_size: int | None) -> WindowPlan:
    """The windows that trials are judged by; arguments as for `tune`.

    Raises:
        InputError: the model has no settings, or a number is out of its range.
    """
    if not isinstance(model, Estimator):
        raise InputError(f"only AutoLSTM and LSTMForecaster have settings to tune, got {model!r}")
    return WindowPlan.spaced(model.h if h is None else h, n_windows, step_size)


def study(
    model: Estimator,
    space: Mapping[str, Sequence[Any]],
    plan: BacktestPlan,
    trials: int | None,
    random_seed: int,
) -> Study:
    """The search that `tune` makes with these arguments and this plan.

    Raises:
        InputError: as `tune`, before anything is tried.
    """
    if trials is not None:
        check_whole("trials", trials, 1)
    found = space_of(model, space)
    if "h" in found.values:
        raise InputError("space: 'h' is what is asked for, not how: give it as h=...")
    unfitted = changed(model, {"h": plan.windows.h})
    return Study(unfitted, found, found.drawn(trials, random_seed), plan)


def _plain(value: Any) -> Any:
    """A value as a table shows it."""
    return value if value is None or isinstance(value, str | int | float) else repr(value)


def _verdict(settings: Mapping[str, Any], best: Trial, name: str, tried: tuple[int, int]) -> str:
    score, bar, (made, failed) = best.errors[name], best.bar[name], tried
    values = ", ".join(f"{key}={_plain(value)}" for key, value in settings.items())
    failures = f" ({failed:,} failed)" if failed else ""
    told = f"Of {count(made, 'setting')} tried{failures}, {values} is best, with"
    told = f"{told} {METRIC_NAMES[name]} {number(score)}"
    skill = skill_score(score, bar)
    if math.isnan(skill):
        return f"{told}."
    if skill < _TIE:
        above = f"{percent(-skill)} above" if math.isfinite(skill) else "above"
        level = "level with" if skill > -_TIE else above
        return (
            f"{told}, {level} repeating the last season ({number(bar)}): no setting tried is worth"
            " its trouble; repeat the last season (seasonal naive)."
        )
    return (
        f"{told}, {percent(skill)} below repeating the last season ({number(bar)}). It was chosen"
        " by these windows, so rows that none of the settings has seen will show a larger error:"
        " backtest it on later ones."
    )
