"""Forecasts in the user's units: of each member, and combined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gatecast._types import Floats, Integers
from gatecast.forecasting._settings import Combine


@dataclass(frozen=True)
class MemberForecast:
    """What each member of a part forecasts.

    Attributes:
        point: [members, samples, h].
        quantiles: [members, samples, h, probabilities] at `PROBABILITIES`; None where the output
            is a point.
    """

    point: Floats
    quantiles: Floats | None

    def combined(self, combine: Combine) -> Forecast:
        """The median or mean over members, quantile by quantile (Vincent 1912)."""
        quantiles = None if self.quantiles is None else _middle(combine, self.quantiles)
        return Forecast(_middle(combine, self.point), quantiles)


@dataclass(frozen=True)
class Forecast:
    """What a part, or a combination of parts, forecasts.

    Attributes:
        point: [samples, h].
        quantiles: [samples, h, probabilities] at `PROBABILITIES`; None where some part forecasts
            points alone.
    """

    point: Floats
    quantiles: Floats | None

    def chosen(self, place: Any) -> Forecast:
        """The samples chosen by a mask or by numbers."""
        quantiles = None if self.quantiles is None else self.quantiles[place]
        return Forecast(self.point[place], quantiles)

    @property
    def first(self) -> Forecast:
        """The first row of each sample."""
        quantiles = None if self.quantiles is None else self.quantiles[:, :1]
        return Forecast(self.point[:, :1], quantiles)

    def at(self, step: Integers) -> Forecast:
        """One row of each sample: so many rows ahead, from 1."""
        place = np.arange(len(step)), step - 1
        quantiles = None if self.quantiles is None else self.quantiles[place][:, None]
        return Forecast(self.point[place][:, None], quantiles)


def mean_of(parts: Sequence[Forecast]) -> Forecast:
    """The mean over parts, since equal weights are hard to beat.

    Bates and Granger (1969); Claeskens et al. (2016). A distribution is combined quantile by
    quantile, so that intervals never cross.
    """
    quantiles = None
    every = [part.quantiles for part in parts if part.quantiles is not None]
    if len(every) == len(parts):
        # A member's quantiles increase; so does a mean or median of them, except for rounding.
        quantiles = np.maximum.accumulate(_mean(every), axis=-1)
    return Forecast(_mean([part.point for part in parts]), quantiles)


def joined(forecasts: Sequence[Forecast]) -> Forecast:
    """The samples of several forecasts, one after the other."""
    quantiles = [each.quantiles for each in forecasts if each.quantiles is not None]
    return Forecast(
        np.concatenate([each.point for each in forecasts]),
        np.concatenate(quantiles) if quantiles else None,
    )


def _middle(combine: Combine, members: Floats) -> Floats:
    """The median or mean over the first axis; one member skips NumPy, which would be slow."""
    if len(members) == 1:
        found: Floats = members[0]
    elif combine == "median":
        found = np.median(members, axis=0)
    else:
        found = np.mean(members, axis=0)
    return found


def _mean(parts: Sequence[Floats]) -> Floats:
    if len(parts) == 1:
        return parts[0]
    mean: Floats = np.mean(parts, axis=0)
    return mean
