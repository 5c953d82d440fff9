"""Which parts of a combination are worth their place, by windows that they have not seen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.forecasting._calibrate import held_back_origins, windows_at
from gatecast.forecasting._combination import Combination
from gatecast.forecasting._ensemble import Ensemble
from gatecast.framing import Windows, leads, of_every_target, rows_from

# Origins per series and in all.
_MOST_ORIGINS, _MOST_WINDOWS = 3, 3_000
# A mean over all parts is kept unless leaving some out is better by this share: what was a little
# better on the last rows is rarely so on the next (Claeskens et al. 2016).
_CLEARLY = 0.05


def chosen_parts(combination: Combination, panel: Panel, train: Integers, h: int) -> list[int]:
    """The parts whose mean forecasts the rows after the training rows best.

    Errors are absolute ones of logarithms (or what the scaler makes of the values), so that every
    series counts; in percent where that is what the parts were adapted to. All parts stay unless
    fewer are clearly better.

    Args:
        combination: trained on the leading `train` rows of each series.
        panel: the series.
        train: [series] leading rows it has seen.
        h: rows to forecast.

    Returns:
        Places of the parts, all of them where no series has `h` rows held back.
    """
    every = [*range(len(combination.parts))]
    lead = leads(panel)
    most = int(np.clip(_MOST_WINDOWS / len(lead.ids), 1, _MOST_ORIGINS))
    chosen = held_back_origins(lead, train[:: len(panel.targets)], h, most)
    windows = windows_at(lead, chosen)
    if not len(windows) or len(every) == 1:
        return every
    own = of_every_target(panel, windows)
    # Parts that are trained on the panel see logarithms; those that are not come first.
    scaler = combination.parts[-1].view.scaler
    actual = scaler.transform(rows_from(panel.y, own.origin, h), own.series)
    forecasts = [
        scaler.transform(_forecast(part, panel, windows, h), own.series)
        for part in combination.parts
    ]
    subsets = [list(some) for size in every for some in combinations(every, size + 1)]
    percent = combination.parts[0].settings.training.loss == "mape"
    errors = {
        tuple(some): _error([forecasts[part] for part in some], actual, percent=percent)
        for some in subsets
    }
    best = min(errors, key=lambda some: errors[some])
    return [*best] if errors[best] < (1 - _CLEARLY) * errors[tuple(every)] else every


def _forecast(part: Ensemble, panel: Panel, windows: Windows, h: int) -> Floats:
    return Combination((part,)).forecast(panel, windows, h).point


def _error(forecasts: Sequence[Floats], actual: Floats, *, percent: bool) -> float:
    error = np.mean(forecasts, axis=0) - actual
    return float(np.nanmean(np.abs(np.expm1(error) if percent else error)))
