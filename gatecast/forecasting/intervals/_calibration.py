"""Prediction intervals from errors on held-out windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gatecast._lazy import lazy
from gatecast._types import Floats, InputError, Integers
from gatecast._warn import warn
from gatecast.forecasting.members import Forecast, Support, probability_at, value_at

special = lazy("scipy.special")

_ROUNDING = 1e-9
_OF_PROBABILITIES = ("probability", "uncorrected")
# No interval reaches further than this from a forecast, in logarithms: it would not be finite.
_LARGEST = 100


@dataclass(frozen=True)
class Calibration:
    """The errors of a forecaster on windows it had not seen, for each step ahead.

    A point forecaster's scores are its errors: of logarithms where it works on logarithms, else
    in units of each series' `scale`; the interval of level p is the forecast plus and minus the
    conformal p-quantile of their sizes (split conformal: Vovk et al. 2005; Lei et al. 2018). A
    distribution's scores are the probabilities at which the observed values fell, less one half;
    the interval spans the probabilities around one half that contained the observed values often
    enough (distributional conformal: Chernozhukov, Wuthrich and Zhu 2021). Where no window was held
    back, a distribution stays as it is forecast: kind "uncorrected".

    With n windows the interval of level p covers the next forecast with probability p if windows
    are exchangeable; overlapping windows of one series are not quite, so this is approximate.
    Every series counts the same, however many windows it has.

    With n windows that reaches up to p = n / (n + 1). An interval of a higher level is wider than
    the largest score, by as much as Student's t distribution with n (at least 2) degrees of freedom
    grows from that level to p, in units of the root mean square of the scores. Of a distribution,
    the probability left outside shrinks in proportion to 1 - p.

    Attributes:
        scores: [windows, h] NaN where nothing was observed.
        weight: [windows] one over the number of windows of its series.
        scale: [series] mean absolute seasonal change in the training rows.
        kind: "absolute", "relative", "probability" or "uncorrected".
        skill: RMSE skill on the same windows against "persistence" and "seasonal_naive".
    """

    scores: Floats
    weight: Floats
    scale: Floats
    kind: str
    skill: dict[str, float]

    @property
    def highest_level(self) -> float:
        """In percent: an interval of a higher level is wider than every score of some step."""
        count = (~np.isnan(self.scores)).sum(axis=0)
        count = count[count > 0].min(initial=len(self.scores))
        return float(100 * count / (count + 1))

    @property
    def summary(self) -> str:
        """What intervals are made from, in words."""
        if self.kind == "uncorrected":
            return "as the networks forecast them: no held-back window corrects them"
        return (
            f"from {len(self.scores):,} held-back windows, {self.kind} scores; "
            f"above {self._shown_level} % wider than any error on them"
        )

    def warn_beyond(self, level: Sequence[float], quantiles: Sequence[float]) -> None:
        """Tell once where intervals of such levels or quantiles are wider than any error seen."""
        asked = [*level, *(100 * abs(2 * probability - 1) for probability in quantiles)]
        if not asked or max(asked) <= self.highest_level + 100 * _ROUNDING:
            return
        if self.kind == "uncorrected":
            return
        tail = (
            "the probability left outside shrinks in proportion"
            if self.of_probabilities
            else "they are widened by Student's t distribution"
        )
        warn(
            f"{len(self.scores):,} held-back windows calibrate intervals up to {self._shown_level} "
            f"%: those of {max(asked):g} % are wider than any error on them ({tail}); for more "
            "windows give more rows"
        )

    @property
    def of_probabilities(self) -> bool:
        """Whether scores are probabilities of a forecast distribution."""
        return self.kind in _OF_PROBABILITIES

    @property
    def _shown_level(self) -> str:
        # Rounded down, so that no level is promised that is not held.
        return f"{np.floor(10 * self.highest_level) / 10:g}"

    def interval(self, forecast: Forecast, level: float) -> tuple[Floats, Floats]:
        """Lower and upper ends, [series, h] each.

        Beyond the calibrated horizon a point's widths grow with the square root of the horizon,
        as a random walk's do; a distribution's probabilities stay.

        Args:
            forecast: of each series.
            level: in percent.

        Raises:
            InputError: if the level is not between 1 and 100.
        """
        _check_level(level)
        width = self.width(level / 100, forecast.point.shape[1])
        return self.at(forecast, -width), self.at(forecast, width)

    def quantile(self, forecast: Forecast, probability: float) -> Floats:
        """[series, h] the calibrated quantile of a probability.

        Raises:
            InputError: if the probability is not between 0 and 1.
        """
        if not 0 < probability < 1:
            raise InputError(f"quantiles must lie between 0 and 1, got {probability}")
        h = forecast.point.shape[1]
        width = self.width(abs(2 * probability - 1), h) if probability != 1 / 2 else np.zeros(h)
        return self.at(forecast, np.sign(probability - 1 / 2) * width)

    def at(self, forecast: Forecast, score: Floats) -> Floats:
        """[series, h] the values at given scores, [h] or [series, h]."""
        if self.kind == "relative":
            return forecast.point * np.exp(np.clip(score, -_LARGEST, _LARGEST))
        if self.kind == "absolute" or forecast.quantiles is None:
            return forecast.point + score * self.scale[:, None]
        return value_at(forecast.quantiles, np.clip(score + 1 / 2, 0, 1))

    def columns(
        self,
        forecast: Forecast,
        name: str,
        support: Support,
        level: Sequence[float],
        quantiles: Sequence[float] = (),
    ) -> dict[str, Floats]:
        """[series * h] each: the ends of intervals and the quantiles of a forecast.

        Args:
            forecast: of each series.
            name: of its column.
            support: what they can be.
            level: coverage of the intervals in percent.
            quantiles: probabilities.

        Raises:
            InputError: for a level or probability out of range.
        """
        found: dict[str, Floats] = {}
        for percent in level:
            low, high = self.interval(forecast, percent)
            found |= {f"{name}-lo-{percent:g}": low, f"{name}-hi-{percent:g}": high}
        for probability in quantiles:
            found[f"{name}-q-{probability:g}"] = self.quantile(forecast, probability)
        return {column: support.of(values).reshape(-1) for column, values in found.items()}

    def paths(self, forecast: Forecast, number: int, random: np.random.Generator) -> Floats:
        """[series, number, h] possible courses of the future.

        Each follows the scores of one held-out window over the whole horizon, so that steps in a
        row depend on each other as they did there (the Schaake shuffle: Clark et al. 2004).
        """
        whole = np.flatnonzero(~np.isnan(self.scores).any(axis=1))
        if not len(whole):
            raise InputError("no held-back window was observed as a whole: no paths to draw")
        h = forecast.point.shape[1]
        place, growth = self._beyond(h)
        share = self.weight[whole] / self.weight[whole].sum()
        chosen = random.choice(whole, size=(len(forecast.point), number), p=share)
        scores = self.scores[chosen][:, :, place] * growth
        return np.stack([self.at(forecast, scores[:, each]) for each in range(number)], axis=1)

    def _beyond(self, h: int) -> tuple[Integers, Floats]:
        """For each of h steps, the calibrated step it uses, and the factor on the scores."""
        calibrated = self.scores.shape[1]
        steps = np.arange(1, h + 1)
        growth = np.sqrt(np.maximum(steps / calibrated, 1))
        if self.of_probabilities:
            growth = np.ones(h)
        return np.minimum(steps, calibrated) - 1, growth

    def width(self, coverage: float, h: int) -> Floats:
        """[h] the size of the scores that an interval of a coverage, from 0 to 1, reaches."""
        sizes = np.abs(self.scores)
        order = np.argsort(sizes, axis=0)
        weight = np.where(np.isnan(sizes), 0, self.weight[:, None])
        reached = np.take_along_axis(weight, order, axis=0).cumsum(axis=0)
        # The conformal quantile with weights: the smallest score such that scores up to it have a
        # total weight of at least p (W + w), where W is the weight of all scores and w their mean
        # weight. With n equal weights this is the k-th smallest score, k = ceil((n + 1) p).
        count = np.maximum((weight > 0).sum(axis=0), 1)
        wanted = coverage * reached[-1] * (1 + 1 / count) - _ROUNDING
        place = np.minimum((reached < wanted).sum(axis=0), count - 1)
        place = np.take_along_axis(order, place[None], axis=0)
        widths = np.take_along_axis(sizes, place, axis=0)[0]
        widths = self._widened(widths, coverage)
        if not self.of_probabilities:
            # A longer horizon is not more certain than a shorter one.
            widths = np.fmax.accumulate(widths)
        # A step without scores gets the smallest width of all steps.
        widths = np.where(np.isnan(widths), np.nanmin(widths), widths)
        place, growth = self._beyond(h)
        width: Floats = widths[place] * growth
        return width

    def _widened(self, widths: Floats, coverage: float) -> Floats:
        """[steps] the largest scores, widened where a level lies beyond them."""
        count = np.maximum((~np.isnan(self.scores)).sum(axis=0), 1)
        reached = count / (count + 1)
        beyond = coverage > reached + _ROUNDING
        if self.kind == "probability":
            left = np.where(beyond, (1 - coverage) / (1 - reached), 1)
            return 1 / 2 - (1 / 2 - widths) * left
        weight = np.where(np.isnan(self.scores), 0, self.weight[:, None])
        total = np.where(weight.any(axis=0), weight.sum(axis=0), 1)
        size = np.sqrt((weight * np.nan_to_num(self.scores) ** 2).sum(axis=0) / total)
        # If errors are normal around zero, the next one divided by the root of the mean square of
        # n others has Student's t distribution with n degrees of freedom. With a single one it
        # would be Cauchy's, whose 99 % interval is 64 times as wide as the error.
        freedom = np.maximum(count, 2)
        further = special.stdtrit(freedom, (1 + coverage) / 2)
        further -= special.stdtrit(freedom, (1 + reached) / 2)
        widened: Floats = widths + np.where(beyond, further * size, 0)
        return widened


def scores_of(kind: str, forecast: Forecast, actual: Floats, scale: Floats) -> Floats:
    """[windows, h] the errors of forecasts, as `Calibration` describes them; NaN for none.

    Args:
        kind: of a `Calibration`.
        forecast: of each window.
        actual: [windows, h] what was observed.
        scale: [windows] of their series.
    """
    if kind in _OF_PROBABILITIES and forecast.quantiles is not None:
        return probability_at(forecast.quantiles, actual) - 1 / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "relative":
            scores = np.log(actual) - np.log(forecast.point)
        else:
            scores = (actual - forecast.point) / scale[:, None]
    return np.where(np.isfinite(scores), scores, np.nan)


def check_levels(level: float | Sequence[float]) -> tuple[float, ...]:
    """Levels in percent; a lone one is taken as a list of one.

    Raises:
        InputError: for a level that is not between 1 and 100.
    """
    every = numbers(level)
    for each in every:
        _check_level(each)
    return every


def numbers(given: float | Sequence[float]) -> tuple[float, ...]:
    """A list, or a lone number as a list of one."""
    return (given,) if isinstance(given, int | float | np.number) else tuple(given)


def _check_level(level: float) -> None:
    if isinstance(level, bool) or not 0 < level < 100:  # noqa: PLR2004 (percent)
        raise InputError(f"level must lie between 0 and 100 (percent), got {level}")
    if level < 1:
        raise InputError(f"level is in percent, got {level:g}: write {100 * level:g}")
