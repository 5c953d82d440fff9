"""Which parts are kept, by their forecasts of held-out windows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from gatecast._group import ALONE, Group
from gatecast._types import Floats
from gatecast.forecasting.intervals import HeldBack
from gatecast.forecasting.members import Combination

# The mean over all parts is kept unless leaving some out is better by this share: a choice that was
# a little better on the last rows is rarely better on the next (Claeskens et al. 2016; for the
# figures behind 0.05 see "Adapting" in docs/tried.md).
_CLEARLY = 0.05


def chosen_parts(members: Combination, held_back: HeldBack, group: Group = ALONE) -> list[int]:
    """The parts whose mean forecasts the held-out rows best.

    Errors are absolute ones of scaled values (logarithms), so that every series counts; with the
    metric "mape" they are in percent. All parts stay unless fewer are clearly better.

    Args:
        members: of all parts.
        held_back: forecasts of each part, and the observed values.
        group: the processes that choose together, each with windows of its own.

    Returns:
        Numbers of the parts, all of them where no window helps to choose.
    """
    every = [*range(len(members.parts))]
    which = held_back.chooses
    if len(every) == 1 or not group.any(which.any()):
        return every
    # Parts that are trained on the panel are scaled by logarithms.
    # A season of the year is the same in both, so it is left in them.
    scaler = next(part.view.scaler.timeless for part in members.parts if part.part.trained)
    series = held_back.windows.series[which]
    actual = group.joined(scaler.transform(held_back.actual[which], series))
    forecasts = [
        group.joined(scaler.transform(part.point[which], series)) for part in held_back.parts
    ]
    percent = members.parts[0].part.metric == "mape"
    subsets = [some for size in every for some in combinations(every, size + 1)]
    errors = {
        some: _error([forecasts[part] for part in some], actual, percent=percent)
        for some in subsets
    }
    best = min(errors, key=lambda some: errors[some])
    return [*best] if errors[best] < (1 - _CLEARLY) * errors[tuple(every)] else every


def _error(forecasts: Sequence[Floats], actual: Floats, *, percent: bool) -> float:
    error = np.mean(forecasts, axis=0) - actual
    return float(np.nanmean(np.abs(np.expm1(error) if percent else error)))
