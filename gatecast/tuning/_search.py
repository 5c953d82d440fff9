"""A search by Optuna: shapes of networks are proposed, and tried in stages.

A shape is all settings but learning rate, epochs, members and seed. A trial of Optuna is a shape:
all its networks are trained as one program, and the best of its settings counts.
"""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gatecast._progress import Meter
from gatecast._types import InputError, check_whole
from gatecast._wording import count
from gatecast.forecasting import alike
from gatecast.tuning._bar import beside
from gatecast.tuning._space import Space
from gatecast.tuning._stages import in_stages
from gatecast.tuning._storage import keep, kept, name_of, opened, optuna, quiet
from gatecast.tuning._study import Study, Trial, Tuning

_TOGETHER = ("training.learning_rate", "training.epochs", "members", "random_seed")
# Settings that are tried at a time, at least, so that halving has something to choose from.
_AT_ONCE = 12
_FEWEST_SHAPES = 3
_UNITS = {"s": 1, "sec": 1, "min": 60, "h": 3600}


@dataclass(frozen=True)
class Budget:
    """How much may be tried.

    Attributes:
        trials: settings, all runs of the same search together; None for any number.
        seconds: of this run, after which nothing new is begun; None for any. Something is always
            tried.
    """

    trials: int | None = None
    seconds: float | None = None


def budget_of(budget: int | str) -> Budget:
    """A number of trials, or a time such as "10min", "90s" or "2h".

    Raises:
        InputError: it is neither.
    """
    if not isinstance(budget, str):
        check_whole("budget", budget, 1)
        return Budget(trials=int(budget))
    text = budget.strip().lower()
    if text.isdigit() and int(text):
        return Budget(trials=int(text))
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = text[len(number) :].strip()
    try:
        seconds = float(number) * _UNITS[unit]
    except (KeyError, ValueError):
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise InputError(
            f"budget is {budget!r}; give a time, such as '10min', '90s' or '2h', or a number of"
            " trials"
        )
    return Budget(seconds=seconds)


@dataclass(frozen=True)
class Search:
    """What is searched, and how.

    Attributes:
        study: the settings, and how each is judged.
        df: the rows that all trials get.
        bar: what needs no search, as `bar_of` gives it.
        ranked_by: the error that should be small.
        random_seed: the same seed proposes the same settings.
    """

    study: Study
    df: Any
    bar: pd.DataFrame
    ranked_by: str
    random_seed: int

    def found(
        self, budget: Budget, storage: str | None = None, *, verbose: bool | None = None
    ) -> Tuning:
        """What the trials come to, beside what needs no search; arguments as in `trials`."""
        made = self.trials(budget, storage, verbose=verbose)
        together = {*self.study.space.values}.difference(self._shapes.names)
        return beside(self.study.outcome(made, self.ranked_by, together), self.bar)

    def trials(
        self, budget: Budget, storage: str | None = None, *, verbose: bool | None = None
    ) -> list[Trial]:
        """Every trial within the budget, with those that are in the storage already.

        Args:
            budget: how much may be tried.
            storage: the URL of a database; None keeps them in memory.
            verbose: as in `tune`.

        Raises:
            InputError: Optuna is not installed, or the storage cannot be opened.
        """
        with quiet():
            name = name_of(self.study, self.df, self.random_seed)
            return self._run(opened(storage, name), budget, verbose=verbose)

    def _run(self, found: Any, budget: Budget, *, verbose: bool | None) -> list[Trial]:
        began = time.perf_counter()
        total = min(len(self.study.space), budget.trials or len(self.study.space))
        unit, length = ("trial", total) if budget.seconds is None else ("second", budget.seconds)

        def spent() -> float:
            return time.perf_counter() - began

        def late() -> bool:
            return budget.seconds is not None and spent() >= budget.seconds

        with Meter("tuning", unit, math.ceil(length), verbose=verbose) as meter:
            while True:
                made = _made(found)
                done = len(made) if budget.seconds is None else min(spent(), budget.seconds)
                meter.show(int(done), count(len(made), "trial"))
                batch = [] if made and late() else self._batch(found, total - len(made))
                if not batch:
                    return made
                self._try(found, batch, late)

    @property
    def _shapes(self) -> _Shapes:
        trained = alike(self.study.model) is not None and not self.study.plan.refit
        apart = [name for name in self.study.space.values if not trained or name not in _TOGETHER]
        return _Shapes(self.study.space, tuple(apart))

    def _batch(self, found: Any, most: int) -> list[tuple[Any, list[int]]]:
        """Trials of Optuna to make next, each with the numbers of its settings; `most` in all."""
        # What a killed run had begun comes first.
        proposals = itertools.chain(self._begun(found), self._proposed(found))
        shapes = self._shapes
        wanted = max(_FEWEST_SHAPES, -(-_AT_ONCE // shapes.siblings))
        batch: list[tuple[Any, list[int]]] = []
        while most > 0 and len(batch) < wanted:
            trial = next(proposals, None)
            if trial is None:
                break
            numbers = shapes.numbers(trial.params)[:most]
            batch.append((trial, numbers))
            most -= len(numbers)
        return batch

    def _begun(self, found: Any) -> Iterator[Any]:
        """Trials that a killed run has begun; one of a shape that others have is given up."""
        states, shapes = optuna.trial.TrialState, self._shapes
        running = found.get_trials(states=(states.RUNNING,))
        # What was proposed twice has failed, but was not tried.
        seen = {shapes.key(trial.params) for trial in found.trials if kept(trial.user_attrs)}
        for frozen in running:
            trial = optuna.trial.Trial(found, frozen._trial_id)  # noqa: SLF001 (Optuna's own way to go on)
            key = shapes.key(frozen.params)
            if len(frozen.params) < len(shapes.distributions) or key in seen:
                found.tell(trial, state=states.FAIL)
                continue
            seen.add(key)
            yield trial

    def _proposed(self, found: Any) -> Iterator[Any]:
        """Trials of shapes that are new; ends when there are no more."""
        shapes = self._shapes
        seen = {shapes.key(trial.params) for trial in found.trials}
        # The number of trials, not what was drawn before, seeds each batch: one that follows a
        # restart is the same.
        seed = self.random_seed + len(found.trials)
        found.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=_FEWEST_SHAPES)
        drawn = random.Random(seed)  # noqa: S311
        while len(seen) < shapes.number:
            trial = found.ask(shapes.distributions)
            if shapes.key(trial.params) in seen:
                found.tell(trial, state=optuna.trial.TrialState.FAIL)
                found.enqueue_trial(shapes.unseen(seen, drawn))
                trial = found.ask(shapes.distributions)
            seen.add(shapes.key(trial.params))
            yield trial

    def _try(
        self, found: Any, batch: list[tuple[Any, list[int]]], late: Callable[[], bool]
    ) -> None:
        numbers = [number for _, own in batch for number in own]
        trials = in_stages(self.study, numbers, self.df, self.ranked_by, late)
        made = {trial.number: trial for trial in trials}
        states = optuna.trial.TrialState
        for trial, own in batch:
            results = [made[number] for number in own if number in made]
            if not results:
                # There was no time for it; a search that goes on tries it.
                continue
            keep(trial, results)
            early = _least(result.early for result in results)
            last = _least(
                result.errors.get(self.ranked_by) for result in results if result.finished
            )
            if math.isfinite(early):
                trial.report(early, 0)
            if math.isfinite(last):
                found.tell(trial, last)
            else:
                found.tell(trial, state=states.PRUNED if math.isfinite(early) else states.FAIL)


def _made(found: Any) -> list[Trial]:
    """What was tried up to now."""
    finished = (trial for trial in found.trials if trial.state.is_finished())
    return [each for trial in finished for each in kept(trial.user_attrs)]


def _least(values: Any) -> float:
    return min(
        (value for value in values if value is not None and math.isfinite(value)), default=math.nan
    )


@dataclass(frozen=True)
class _Shapes:
    """A space as Optuna sees it: the places of the values of all settings that make a shape.

    Attributes:
        space: what may be tried.
        names: of the settings that make a shape.
    """

    space: Space
    names: tuple[str, ...]

    @property
    def number(self) -> int:
        return math.prod(len(self.space.values[name]) for name in self.names)

    @property
    def siblings(self) -> int:
        """Settings of each shape."""
        return len(self.space) // self.number

    @property
    def distributions(self) -> dict[str, Any]:
        # Values that have an order have neighbours; others have none.
        return {
            name: optuna.distributions.IntDistribution(0, len(values) - 1)
            if _ordered(values)
            else optuna.distributions.CategoricalDistribution([*range(len(values))])
            for name, values in self.space.values.items()
            if name in self.names
        }

    def key(self, places: Mapping[str, int]) -> tuple[int, ...]:
        return tuple(places.get(name, -1) for name in self.names)

    def numbers(self, places: Mapping[str, int]) -> list[int]:
        """The numbers of the settings of a shape."""
        every = (
            [places[name]] if name in self.names else range(len(values))
            for name, values in self.space.values.items()
        )
        return [self.space.number(combination) for combination in itertools.product(*every)]

    def unseen(self, seen: set[tuple[int, ...]], drawn: random.Random) -> dict[str, int]:
        """The places of a shape that is not among those seen."""
        while True:
            places = {name: drawn.randrange(len(self.space.values[name])) for name in self.names}
            if self.key(places) not in seen:
                return places


def _ordered(values: tuple[Any, ...]) -> bool:
    numbers = all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )
    return numbers and [*values] == sorted(values)
