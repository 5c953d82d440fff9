"""Does a forecast do more than repeat the last value?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecast._types import Floats, InputError
from gatecast.metrics._metrics import skill_score
from gatecast.metrics._significance import diebold_mariano

SIGNIFICANCE = 0.05
TRIVIAL_SKILL = 0.05


@dataclass(frozen=True)
class Mimicry:
    """Whether one-step forecasts are any better than the last value.

    Attributes:
        mimics: the forecasts are no better than repeating the last value.
        trivial: their skill is small, and they lie closer to the last value than to the target.
        rmse_to_target: distance of the forecasts from what they forecast, in the units of `y`.
        rmse_to_previous: their distance from the value before it. Where it is the smaller of the
            two, the plotted forecast looks like the series shifted by one step.
        skill: skill over persistence, of the RMSE, or of the MAE if losses are absolute errors.
        p_value: the probability of such a skill were the forecasts no better than persistence.
    """

    mimics: bool
    trivial: bool
    rmse_to_target: float
    rmse_to_previous: float
    skill: float
    p_value: float


def mimicry(
    y: Floats,
    previous: Floats,
    prediction: Floats,
    ds: NDArray[Any] | None = None,
    *,
    power: float = 2,
) -> Mimicry:
    """Say whether one-step forecasts are no better than repeating the last value.

    They are if their skill over persistence is not significantly above zero (one-sided
    Diebold-Mariano test at 5 %), or if it is trivial (under 5 %) and they lie closer to the last
    value than to the target. Closeness alone is no proof: where changes are mostly noise, even
    the best possible forecast stays near the last value. Nor is the answer a reproach: on a
    random walk no forecast can do better, and an honest one is told so too.

    Args:
        y: [rows] the targets; rows where any of the three is NaN are left out.
        previous: [rows] the last value before each target.
        prediction: [rows] the forecast of each target made from `previous` and earlier values.
        ds: [rows] the time of each row, needed where rows come from several series.
        power: the loss is |error| ** power: 2 for forecasts of the mean, 1 for those of the median.

    Raises:
        InputError: no row has all three.
    """
    known = np.isfinite(y) & np.isfinite(previous) & np.isfinite(prediction)
    if not known.any():
        raise InputError("no row has a target, a previous value and a prediction; nothing to judge")
    error = (prediction - y)[known]
    naive_error = (previous - y)[known]
    times = None if ds is None else np.asarray(ds)[known]

    to_target, to_previous = _rms(error), _rms((prediction - previous)[known])
    skill = skill_score(_norm(error, power), _norm(naive_error, power))
    test = diebold_mariano(error, naive_error, power=power, alternative="less", ds=times)
    trivial = skill < TRIVIAL_SKILL and to_previous < to_target
    return Mimicry(
        mimics=test.p_value >= SIGNIFICANCE or trivial,
        trivial=trivial,
        rmse_to_target=to_target,
        rmse_to_previous=to_previous,
        skill=skill,
        p_value=test.p_value,
    )


def _rms(values: Floats) -> float:
    return _norm(values, 2)


def _norm(errors: Floats, power: float) -> float:
    """The RMSE for 2, the MAE for 1."""
    return float(np.mean(np.abs(errors) ** power) ** (1 / power))
