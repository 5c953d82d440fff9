"""Forecasts of counts, of many zeros, and of yes and no."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast.forecasting._part import Metric
from gatecast.forecasting.members._forecast import Forecast
from gatecast.forecasting.members._own_past import OwnPast
from gatecast.forecasting.members._quantiles import MEDIAN, PROBABILITIES, mean_of_quantiles
from gatecast.framing import COUNTS, PLAIN, YES_NO, Windows

# The places of the quantiles 0.1 and 0.9, beyond which a mean does not look.
_INNER = np.flatnonzero(np.isin(PROBABILITIES, (0.1, 0.9)))


@dataclass(frozen=True)
class Kinds:
    """What kind of numbers each series holds, and what is made of forecasts of it.

    Attributes:
        kind: [series] numbers of `gatecast.framing.KINDS`.
        share: [series] of the networks in the forecast; the rest is the series' own past. 1 for a
            plain series.
    """

    kind: Integers
    share: Floats

    @property
    def whole(self) -> Any:
        """[series] whether intervals and quantiles are whole numbers."""
        return self.kind >= COUNTS

    def unlike(self, panel: Panel, known: Integers) -> Any:
        """[rows] whether a value cannot be one of the kind of its series.

        Args:
            panel: rows of some series.
            known: [series] their numbers here, -1 for one that is new, which can hold any value.
        """
        kind = np.where(known < 0, PLAIN, self.kind[known])[panel.series_of_row]
        fraction, beyond = panel.y % 1 != 0, panel.y > 1
        wrong = (panel.y < 0) | ((kind >= COUNTS) & fraction) | ((kind == YES_NO) & beyond)
        return (kind != PLAIN) & wrong & ~np.isnan(panel.y)

    def special(self, windows: Windows) -> Integers:
        """The numbers of the windows whose series are not plain."""
        return np.flatnonzero(self.kind[windows.series] != PLAIN)


@dataclass(frozen=True)
class Finish:
    """What makes the forecast of networks that of the kind of each series.

    Attributes:
        metric: the errors that points should make small.
        place: numbers of the samples that are not plain.
        kind: [places] of each.
        share: [places] of the networks.
        past: [places] what the series' own past says.
    """

    metric: Metric
    place: Integers
    kind: Integers
    share: Floats
    past: OwnPast | None

    def chosen(self, which: Any) -> Finish:
        """That of some samples.

        Args:
            which: [samples] a mask.
        """
        kept = which[self.place]
        number = np.cumsum(which) - 1
        past = self.past
        if past is not None:
            past = replace(
                past,
                quantiles=past.quantiles[kept],
                mean=past.mean[kept],
                known=past.known[kept],
            )
        return Finish(
            self.metric,
            number[self.place[kept]],
            self.kind[kept],
            self.share[kept],
            past,
        )

    def of(self, forecast: Forecast) -> Forecast:
        """The forecast of all samples.

        Quantiles of networks and own past are averaged, each with its share. A count's are whole
        numbers. The point of yes and no is a probability p, whose quantiles are 1 above 1 - p and 0
        below. Other points are medians, or means where squared errors should be small; in those of
        plain series, values beyond the quantiles 0.1 and 0.9 count as these.
        """
        if forecast.quantiles is None:
            return forecast
        point, quantiles = forecast.point, forecast.quantiles
        if self.metric == "rmse":
            # Networks were not trained on such data's tails, which would decide on the mean.
            ends = quantiles[..., _INNER[:1]], quantiles[..., _INNER[1:]]
            point = mean_of_quantiles(np.clip(quantiles, *ends))
        if self.past is not None:
            point, quantiles = point.copy(), quantiles.copy()
            said = forecast.point[self.place], forecast.quantiles[self.place]
            point[self.place], quantiles[self.place] = self._special(*said, self.past)
        return Forecast(point, quantiles)

    def _special(self, point: Floats, said: Floats, past: OwnPast) -> tuple[Floats, Floats]:
        """Points and quantiles of the samples that are not plain, from those of networks."""
        yes_no, counts = (self.kind == YES_NO)[:, None], (self.kind == COUNTS)[:, None]
        highest = np.where(yes_no, 1.0, np.inf)
        share = np.where(past.known, self.share, 1.0)[:, None]
        said, point = np.clip(said, 0, highest[..., None]), np.clip(point, 0, highest)
        own, own_mean = past.ahead(point.shape[1])
        quantiles = share[..., None] * said + (1 - share[..., None]) * own
        mean = share * mean_of_quantiles(said) + (1 - share) * own_mean
        median = share * point + (1 - share) * own[..., MEDIAN]
        points = np.where(counts, to_whole(median), median)
        points = np.where(yes_no | (self.metric == "rmse"), mean, points)
        quantiles = np.where(counts[..., None], to_whole(quantiles), quantiles)
        one = mean[..., None] > 1 - PROBABILITIES
        return points, np.where(yes_no[..., None], one, quantiles)


def to_whole(values: Floats) -> Floats:
    """The nearest whole numbers, halves upwards."""
    whole: Floats = np.floor(values + 1 / 2)
    return whole


@dataclass(frozen=True)
class Support:
    """What the ends of the intervals of each series can be.

    Attributes:
        lowest: [series] the smallest value.
        whole: [series] whether only whole numbers.
    """

    lowest: Floats
    whole: Any

    def of(self, values: Floats) -> Floats:
        """[series, ...] the values, moved onto the nearest ones that there can be."""
        shape = (-1, *[1] * (values.ndim - 1))
        kept = np.maximum(values, self.lowest.reshape(shape))
        if not self.whole.any():
            return kept
        return np.where(self.whole.reshape(shape), to_whole(kept), kept)
