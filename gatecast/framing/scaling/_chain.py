"""Scalers one after another, chosen by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from gatecast._types import Floats, InputError, Integers, Panel
from gatecast.framing.scaling._affine import Affine, mean, minmax, robust, standard
from gatecast.framing.scaling._asinh import Asinh, asinh
from gatecast.framing.scaling._difference import Difference
from gatecast.framing.scaling._log import Log, log
from gatecast.framing.scaling._power import Power, power
from gatecast.framing.scaling._scaler import Scaler
from gatecast.framing.scaling._year import Year, year

Fit = Callable[[Floats, Panel], Scaler]

_LEARNT: dict[str, Fit] = {
    "minmax": minmax,
    "standard": standard,
    "robust": robust,
    "mean": mean,
    "log": log,
    "asinh": asinh,
    "power": power,
    "year": year,
}
_OWN: dict[str, type[Scaler]] = {"log": Log, "asinh": Asinh, "power": Power, "year": Year}
# What keeps the sign of a value, so that the season of the year can bring none below zero.
_YEARLY = (("year",), ("asinh", "year"), ("power", "year"))
SCALERS = (*_LEARNT, "difference", "seasonal_difference")


@final
@dataclass(frozen=True)
class Chain(Scaler):
    """Scalers applied first to last, inverted last to first."""

    stages: tuple[Scaler, ...] = ()

    @property
    def lag(self) -> int:  # type: ignore[override]
        """Rows of history the whole chain needs."""
        return sum(stage.lag for stage in self.stages)

    @property
    def timed(self) -> bool:  # type: ignore[override]
        """Whether a stage depends on the times of the rows."""
        return any(stage.timed for stage in self.stages)

    @property
    def timeless(self) -> Chain:
        """The stages that do not depend on the times of the rows."""
        return Chain(tuple(stage for stage in self.stages if not stage.timed))

    @property
    def scale(self) -> Floats:
        """[series] user's units per scaled unit, of a chain that only stretches."""
        sizes: Floats = np.prod([stage.arrays()["scale"] for stage in self.stages], axis=0)
        return sizes

    def transform(self, values: Floats, series: Integers, years: Floats | None = None) -> Floats:
        for stage in self.stages:
            if years is not None:
                years = years[:, years.shape[1] - values.shape[1] :]
            values = stage.transform(values, series, years)
        return values

    def inverse(
        self, scaled: Floats, series: Integers, history: Floats, years: Floats | None = None
    ) -> Floats:
        histories = [history]
        for stage in self.stages[:-1]:
            # Nothing that is timed comes before another stage.
            histories.append(stage.transform(histories[-1], series))
        for stage, before in zip(reversed(self.stages), reversed(histories), strict=False):
            scaled = stage.inverse(scaled, series, before, years)
        return scaled

    def transform_rows(self, values: Floats, panel: Panel) -> Floats:
        for stage in self.stages:
            values = stage.transform_rows(values, panel)
        return values

    def arrays(self) -> dict[str, Floats]:
        return {
            f"{place}.{name}": array
            for place, stage in enumerate(self.stages)
            for name, array in stage.arrays().items()
        }


def fit_scaler(
    names: Sequence[str],
    panel: Panel,
    train: Integers,
    *,
    season_length: int = 1,
    effects: Floats | None = None,
) -> Chain:
    """Fit a chain of scalers on the training rows of every series.

    Args:
        names: from `SCALERS`, first applied first.
        panel: the series; gaps (NaN) are ignored.
        train: [series] leading rows of each series to learn from.
        season_length: rows per season, for "seasonal_difference".
        effects: [rows] of columns, which are no part of the season of the year.

    Raises:
        InputError: for an unknown name, or values a scaler cannot take.
    """
    if "year" in names and tuple(names) not in _YEARLY:
        raise InputError(f"scaler 'year' follows 'asinh' or 'power', got {'+'.join(names)}")
    values = np.where(panel.position < train[panel.series_of_row], panel.y, np.nan)
    stages: list[Scaler] = []
    for name in names:
        if name not in SCALERS:
            raise InputError(f"scaler {name!r} is not known; choose from {', '.join(SCALERS)}")
        if name == "year" and effects is not None:
            stages.append(year(values - effects, panel))
        elif name in _LEARNT:
            stages.append(_LEARNT[name](values, panel))
        else:
            stages.append(Difference(1 if name == "difference" else season_length))
        values = stages[-1].transform_rows(values, panel)
    return Chain(tuple(stages))


def load_scaler(names: Sequence[str], arrays: Mapping[str, Floats], *, season_length: int) -> Chain:
    """The chain whose `arrays()` were stored.

    Args:
        names: as in `fit_scaler`.
        arrays: as `Chain.arrays` returned them.
        season_length: as in `fit_scaler`.
    """
    stages: list[Scaler] = []
    for place, name in enumerate(names):
        learnt = {
            key.partition(".")[2]: array
            for key, array in arrays.items()
            if key.startswith(f"{place}.")
        }
        if name in _LEARNT:
            stages.append(_OWN.get(name, Affine)(**learnt))
        else:
            stages.append(Difference(1 if name == "difference" else season_length))
    return Chain(tuple(stages))
