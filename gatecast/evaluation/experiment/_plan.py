"""What an experiment is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gatecast._types import InputError, check_whole
from gatecast.evaluation.baselines import BASELINES as KNOWN
from gatecast.evaluation.experiment import framings
from gatecast.forecasting import AutoLSTM, Estimator
from gatecast.forecasting.fitting import Trainer
from gatecast.training import train_network

BASELINES = ("persistence", "seasonal_naive", "auto_ets", "auto_arima", "auto_theta")


def _silent(_: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Plan:
    """How an experiment is run.

    Attributes:
        h: rows to forecast beyond the last one; one season if None.
        season_length: rows in a season; the usual number of the calendar step if None.
        seeds: trainings of each framing.
        train_share: leading share of each series to train on.
        level: coverage of the intervals of the future forecast, in percent.
        baselines: names from `gatecast.evaluation.BASELINES`.
        framings: the tutorial's networks, by name: keywords of `LSTMForecaster`.
        forecaster: the LSTM that is judged beside them, and makes the future forecast.
        trainer: what trains the networks.
        tell: called with a few words at the start of each part.

    Raises:
        InputError: naming the setting and its value.
    """

    h: int | None = None
    season_length: int | None = None
    seeds: int = 10
    train_share: float = 0.67
    level: Sequence[float] = (80, 95)
    baselines: Sequence[str] = BASELINES
    framings: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: framings.ALL)
    forecaster: Estimator = field(default_factory=AutoLSTM)
    trainer: Trainer = train_network
    tell: Callable[[str], None] = _silent

    def __post_init__(self) -> None:
        check_whole("seeds", self.seeds, 1)
        for name, value in (("h", self.h), ("season_length", self.season_length)):
            if value is not None:
                check_whole(name, value, 1)
        if isinstance(self.baselines, str):
            raise InputError(
                f"baselines is {self.baselines!r}; give a list, as [{self.baselines!r}]"
            )
        if unknown := [name for name in self.baselines if name not in KNOWN]:
            raise InputError(f"unknown baseline {unknown[0]!r}; choose from {', '.join(KNOWN)}")
