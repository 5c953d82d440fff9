"""Forecasts judged as the truth arrives, and intervals that learn from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatecast._types import Floats, Integers
from gatecast.forecasting.intervals._calibration import Calibration, scores_of
from gatecast.forecasting.members import Forecast

LEVELS = (50, 80, 90, 95, 99)
"""Levels, in percent, whose coverage is followed."""

# How fast a level is corrected. Gibbs and Candes (2021) use 0.005; the series here are shorter.
_RATE = 0.02
# Coverages at which widths are tabulated.
_GRID = np.append(np.arange(200) / 200, 0.999)
# CRPS is the mean over these probabilities.
_PROBABILITIES = np.arange(1, 20) / 20

TRACK = np.dtype(
    [
        ("judged", np.int64),
        ("covered", np.int64, (len(LEVELS),)),
        ("used", np.float64, (len(LEVELS),)),
        ("squares", np.float64),
        ("persistence", np.float64),
        ("crps", np.float64),
    ]
)
"""What is known of the forecasts of one series so far.

Fields: `judged` forecasts; how many truths each level `covered`; the coverage `used` now for each
level; sums of the squared errors, of those of `persistence`, and of the `crps`.
"""


class Judged(NamedTuple):
    """How forecasts of a row compare with the truth.

    Attributes:
        track: [series] `TRACK` after it.
        p_value: [series] how likely an error at least as large was; NaN where unknown.
    """

    track: NDArray[Any]
    p_value: Floats


def new_track(series: int) -> NDArray[Any]:
    """[series] `TRACK` before the first forecast."""
    track = np.zeros(series, TRACK)
    track["used"] = np.array(LEVELS) / 100
    return track


@dataclass(frozen=True)
class LiveIntervals:
    """The intervals of a calibration, corrected as truths arrive.

    Where a level has covered too few truths of a series, a higher coverage is used for it from then
    on, and a lower one where it has covered too many (adaptive conformal inference: Gibbs and
    Candes 2021). The intervals of all rows ahead use the same coverage.

    Attributes:
        widths: [coverages, h] the scores that intervals reach.
        sizes: [windows, h] of the calibrating scores.
        weight: [windows] their weights.
        adaptive: whether levels are corrected.
    """

    widths: Floats
    sizes: Floats
    weight: Floats
    adaptive: bool
    _sorted: dict[int, tuple[Floats, Floats]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, calibration: Calibration, h: int, *, adaptive: bool) -> LiveIntervals:
        """Tabulate the intervals of a calibration, for forecasts of `h` rows."""
        widths = np.array([calibration.width(coverage, h) for coverage in _GRID])
        return cls(widths, np.abs(calibration.scores), calibration.weight, adaptive)

    def interval(
        self, calibration: Calibration, forecast: Forecast, track: NDArray[Any], level: float
    ) -> tuple[Floats, Floats]:
        """Lower and upper ends of one level, [series, h] each.

        Args:
            calibration: of the same series.
            forecast: of each series, at most as many rows as the table has.
            track: [series] `TRACK`.
            level: in percent; between the levels that are followed, their corrections are
                interpolated.
        """
        corrections = track["used"] - np.array(LEVELS) / 100
        places = np.array([0, *LEVELS, 100])
        padded = np.pad(corrections, ((0, 0), (1, 1)))
        right = int(np.clip(np.searchsorted(places, level), 1, len(places) - 1))
        share = (level - places[right - 1]) / (places[right] - places[right - 1])
        correction = padded[:, right - 1] + share * (padded[:, right] - padded[:, right - 1])
        width = self._width(level / 100 + correction, forecast.point.shape[1])
        return calibration.at(forecast, -width), calibration.at(forecast, width)

    def judged(
        self,
        calibration: Calibration,
        forecast: Forecast,
        truth: Floats,
        last: Floats,
        track: NDArray[Any],
        step: Integers | None = None,
    ) -> Judged:
        """Compare the forecast of a row with what came.

        Args:
            calibration: of the same series.
            forecast: of each series; the first row of it counts.
            truth: [series] NaN where nothing was observed: nothing is judged there.
            last: [series] the last value before, which persistence repeats.
            track: [series] `TRACK` before.
            step: [series] how many rows ahead that row was, from 1, at most as many as the table
                has; 1 everywhere if None.
        """
        place = np.zeros(len(truth), int) if step is None else step - 1
        first = _first(forecast)
        after = with_errors(first, truth, last, track)
        known = ~np.isnan(truth)
        width, several = self._width_at(track["used"], place), _first(forecast, len(LEVELS))
        low, high = calibration.at(several, -width), calibration.at(several, width)
        inside = (low <= truth[:, None]) & (truth[:, None] <= high)
        after["covered"] += inside & known[:, None]
        if self.adaptive:
            # coverage += rate (level - inside): larger after a miss, smaller after a hit.
            moved = track["used"] + _RATE * (np.array(LEVELS) / 100 - inside)
            after["used"] = np.where(known[:, None], moved, track["used"])
        after["crps"] += np.where(known, self._crps(calibration, forecast, truth, place), 0)
        score = scores_of(calibration.kind, first, truth[:, None], calibration.scale)
        return Judged(after, self._p_value(np.abs(score[:, 0]), place))

    def _width(self, coverage: Floats, h: int) -> Floats:
        """[series, h] widths for a coverage of each series."""
        place = np.clip(coverage, 0, _GRID[-1])
        right = np.clip(np.searchsorted(_GRID, place), 1, len(_GRID) - 1)
        share = (place - _GRID[right - 1]) / (_GRID[right] - _GRID[right - 1])
        low, high = self.widths[right - 1, :h], self.widths[right, :h]
        found: Floats = low + share[:, None] * (high - low)
        return found

    def _width_at(self, coverage: Floats, step: Integers) -> Floats:
        """[series, coverages] widths for coverages of the same shape, at a step of each series."""
        place = np.clip(coverage, 0, _GRID[-1])
        right = np.clip(np.searchsorted(_GRID, place), 1, len(_GRID) - 1)
        share = (place - _GRID[right - 1]) / (_GRID[right] - _GRID[right - 1])
        low, high = self.widths[right - 1, step[:, None]], self.widths[right, step[:, None]]
        found: Floats = low + share * (high - low)
        return found

    @cached_property
    def _scores(self) -> Floats:
        """[h, probabilities] the scores of each step at `_PROBABILITIES`."""
        h = self.widths.shape[1]
        coverage = np.broadcast_to(np.abs(2 * _PROBABILITIES - 1), (h, len(_PROBABILITIES)))
        scores: Floats = np.sign(_PROBABILITIES - 1 / 2) * self._width_at(coverage, np.arange(h))
        return scores

    def _p_value(self, size: Floats, step: Integers) -> Floats:
        """[series] the weighted share of calibrating scores that are as large, itself included.

        Where none is, that is a bound, 1 / (n + 1) for n scores. Beyond the largest one the value
        is 1 - c for the coverage c whose interval, widened as all are, ends at the truth.
        """
        found = np.empty(len(size))
        for each in np.unique(step).tolist():
            sizes, tail = self._tail(each)
            larger = tail[np.searchsorted(sizes, size, side="left")]
            own = tail[0] / max(len(sizes), 1)
            share = (larger + own) / (tail[0] + own)
            beyond = np.minimum(share, 1 - np.interp(size, self.widths[:, each], _GRID))
            largest = sizes[-1] if len(sizes) else np.inf
            found = np.where(step == each, np.where(size > largest, beyond, share), found)
        return np.where(np.isnan(size), np.nan, found)

    def _tail(self, step: int) -> tuple[Floats, Floats]:
        """Sizes of the scores of a step, sorted, and the weight of those from each one on."""
        if step not in self._sorted:
            # Scores of steps beyond the calibrated ones are not known: the last one's stand in.
            sizes = self.sizes[:, min(step, self.sizes.shape[1] - 1)]
            known = ~np.isnan(sizes)
            order = np.argsort(sizes[known], kind="stable")
            weight = self.weight[known][order]
            # None beyond the last.
            tail = np.append(weight[::-1].cumsum()[::-1], 0)
            self._sorted[step] = sizes[known][order], tail
        return self._sorted[step]

    def _crps(
        self, calibration: Calibration, forecast: Forecast, truth: Floats, step: Integers
    ) -> Floats:
        """[series] twice the mean pinball loss (Gneiting and Raftery 2007, section 4.2)."""
        several = _first(forecast, len(_PROBABILITIES))
        error = truth[:, None] - calibration.at(several, self._scores[step])
        loss = np.maximum(_PROBABILITIES * error, (_PROBABILITIES - 1) * error)
        # Added in a fixed order: the result of a series does not depend on others.
        return 2 * loss.cumsum(axis=1)[:, -1] / len(_PROBABILITIES)


def _first(forecast: Forecast, times: int = 1) -> Forecast:
    """The first row of each forecast, so many times."""
    quantiles = forecast.quantiles
    return Forecast(
        forecast.point[:, :1].repeat(times, axis=1),
        None if quantiles is None else quantiles[:, :1].repeat(times, axis=1),
    )


def with_errors(
    forecast: Forecast, truth: Floats, last: Floats, track: NDArray[Any]
) -> NDArray[Any]:
    """[series] `TRACK` with the errors of the points; all that there is without a calibration.

    Arguments are as in `LiveIntervals.judged`.
    """
    after = track.copy()
    known = ~np.isnan(truth)
    after["judged"] += known
    after["squares"] += np.where(known, (truth - forecast.point[:, 0]) ** 2, 0)
    after["persistence"] += np.where(known, (truth - last) ** 2, 0)
    return after


@dataclass(frozen=True)
class Record:
    """The figures of `TRACK` in words of the field.

    Attributes:
        judged: forecasts that were compared with the truth.
        coverage: level -> share of truths inside its interval.
        skill: RMSE skill against persistence, the median over series; None while not defined.
        crps: mean continuous ranked probability score; None before the first.
    """

    judged: int
    coverage: dict[int, float]
    skill: float | None
    crps: float | None


def record_of(track: NDArray[Any], levels: Sequence[int] = LEVELS) -> Record:
    """The figures over all series of some tracks."""
    judged = int(track["judged"].sum())
    if not judged:
        return Record(0, {}, None, None)
    covered = track["covered"].sum(axis=0) / judged
    comparable = track["persistence"] > 0
    ratio = track["squares"][comparable] / track["persistence"][comparable]
    return Record(
        judged,
        {level: float(covered[LEVELS.index(level)]) for level in levels},
        1 - median(ratio.tolist()) ** 0.5 if len(ratio) else None,
        float(track["crps"].sum() / judged),
    )
