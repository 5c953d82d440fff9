"""Prediction intervals from errors on held-out windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gatecast._lazy import lazy
from gatecast._types import Floats, InputError, Integers
from gatecast.forecasting.members import Forecast, value_at

special = lazy("scipy.special")

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Calibration:
    """The errors of a forecaster on windows it had not seen, for each step ahead.

    A point forecaster's scores are its errors: of logarithms where it works on logarithms, else
    in units of each series' `scale`; the interval of level p is the forecast plus and minus the
    conformal p-quantile of their sizes (split conformal: Vovk et al. 2005; Lei et al. 2018). A
    distribution's scores are the probabilities at which the observed values fell, less one half;
    the interval spans the probabilities around one half that contained the observed values often
    enough (distributional conformal: Chernozhukov, Wuthrich and Zhu 2021).

    With n windows the interval of level p covers the next forecast with probability p if windows
    are exchangeable; overlapping windows of one series are not quite, so this is approximate.
    Every series counts the same, however many windows it has.

    No score is exceeded with probability p where p > n / (n + 1). Such an interval is wider than
    the largest score, by as much as Student's t distribution with n degrees of freedom, in units
    of the root mean square of the scores, grows from level n / (n + 1) to p. Of a distribution, the
    probability left outside shrinks in proportion to 1 - p.

    Attributes:
        scores: [windows, h] NaN where nothing was observed.
        weight: [windows] one over the number of windows of its series.
        scale: [series] mean absolute seasonal change in the training rows.
        kind: "absolute", "relative" or "probability".
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

    def interval(self, forecast: Forecast, level: float) -> tuple[Floats, Floats]:
        """Lower and upper ends, [series, h] each.

        Beyond the calibrated horizon a point's widths grow with the square root of the horizon,
        as a random walk's do; a distribution's probabilities stay.

        Args:
            forecast: of each series.
            level: in percent.

        Raises:
            InputError: if the level is not between 0 and 100.
        """
        if isinstance(level, bool) or not 0 < level < 100:  # noqa: PLR2004 (percent)
            raise InputError(f"level must lie between 0 and 100 (percent), got {level}")
        width = self._width(level / 100, forecast.point.shape[1])
        return self._at(forecast, -width), self._at(forecast, width)

    def quantile(self, forecast: Forecast, probability: float) -> Floats:
        """[series, h] the calibrated quantile of a probability.

        Raises:
            InputError: if the probability is not between 0 and 1.
        """
        if not 0 < probability < 1:
            raise InputError(f"quantiles must lie between 0 and 1, got {probability}")
        h = forecast.point.shape[1]
        width = self._width(abs(2 * probability - 1), h) if probability != 1 / 2 else np.zeros(h)
        return self._at(forecast, np.sign(probability - 1 / 2) * width)

    def columns(
        self,
        forecast: Forecast,
        name: str,
        floor: Floats,
        level: Sequence[float],
        quantiles: Sequence[float] = (),
    ) -> dict[str, Floats]:
        """[series * h] each: the ends of intervals and the quantiles of a forecast.

        Args:
            forecast: of each series.
            name: of its column.
            floor: [series] what none of them falls below.
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
        return {
            column: np.maximum(values, floor[:, None]).reshape(-1)
            for column, values in found.items()
        }

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
        return np.stack([self._at(forecast, scores[:, each]) for each in range(number)], axis=1)

    def _at(self, forecast: Forecast, score: Floats) -> Floats:
        """[series, h] the values at given scores, [h] or [series, h]."""
        if self.kind == "relative":
            return forecast.point * np.exp(score)
        if self.kind == "absolute" or forecast.quantiles is None:
            return forecast.point + score * self.scale[:, None]
        return value_at(forecast.quantiles, np.clip(score + 1 / 2, 0, 1))

    def _beyond(self, h: int) -> tuple[Integers, Floats]:
        """For each of h steps, the calibrated step it uses, and the factor on the scores."""
        calibrated = self.scores.shape[1]
        steps = np.arange(1, h + 1)
        growth = np.sqrt(np.maximum(steps / calibrated, 1))
        if self.kind == "probability":
            growth = np.ones(h)
        return np.minimum(steps, calibrated) - 1, growth

    def _width(self, coverage: float, h: int) -> Floats:
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
        if self.kind != "probability":
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
        # n others has Student's t distribution with n degrees of freedom.
        further = special.stdtrit(count, (1 + coverage) / 2)
        further -= special.stdtrit(count, (1 + reached) / 2)
        widened: Floats = widths + np.where(beyond, further * size, 0)
        return widened


def check_levels(level: Sequence[float]) -> Sequence[float]:
    """Levels as a sequence.

    Raises:
        InputError: for a single number, such as 80 instead of [80].
    """
    if isinstance(level, int | float):
        raise InputError(f"level must be a list such as [80, 95], got {level}")
    return level
