"""What an experiment does next, and about how long the rest takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gatecast._types import Panel
from gatecast.evaluation.experiment._plan import Plan

# Times relative to a framing of one layer, measured on one series of 3,652 rows. The LSTM is
# trained for the comparison and for the future, but forecasts rows one step ahead only once.
_BASELINES, _COMPARED, _FUTURE, _TRAINED_PART = 1.5, 3.0, 1.5, 3.0
# Before that, what is over says little about what is to come.
_SOONEST = 2.0
_MINUTE = 60


@dataclass(frozen=True)
class Schedule:
    """The steps of an experiment.

    Attributes:
        costs: [steps] expected times, relative to each other.
        tell: called with a few words at the start of each step.
        began: the time at the start of the first.
    """

    costs: Sequence[float]
    tell: Callable[[str], None]
    began: float = field(default_factory=time.perf_counter)

    def start(self, step: int, words: str) -> None:
        """Tell what a step does, its number, and how long all from here on may take."""
        # time left = time so far * cost of the steps from here on / cost of those before
        spent, over = time.perf_counter() - self.began, sum(self.costs[:step])
        left = spent * sum(self.costs[step:]) / over if over else 0.0
        known = f", about {_duration(left)} left" if spent >= _SOONEST else ""
        self.tell(f"{words} ({step + 1} of {len(self.costs)}{known})")


def schedule(panel: Panel, plan: Plan) -> Schedule:
    """The steps of a plan: the baselines, each framing, the LSTM, and the future."""
    trained = sum(part.trained for part in plan.forecaster.parts_for(panel))
    framings = [float(keywords.get("layers", 1)) for keywords in plan.framings.values()]
    lstm = [_COMPARED + _TRAINED_PART * trained, _FUTURE + _TRAINED_PART * trained]
    return Schedule([_BASELINES, *framings, *lstm], plan.tell)


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / _MINUTE)} min"
