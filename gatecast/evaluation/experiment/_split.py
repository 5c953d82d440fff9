"""The rows that an experiment trains on, and those it judges by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gatecast._types import Integers, Panel
from gatecast.data import season_of
from gatecast.evaluation.experiment._plan import Plan
from gatecast.framing import split_rows

# The multi-step comparison looks at most so many seasons (or rows without a season) ahead.
_MOST_SEASONS = 4
_MOST_ROWS = 48
# Of the training rows of a series the LSTM forecasts only so many one step ahead, the newest, as
# the statistical baselines do: they show how well it fits, and all of them would take long.
_TRAIN_ROWS = 500


@dataclass(frozen=True)
class Split:
    """One split for all models.

    Attributes:
        panel: the series.
        train: [series] leading rows to train on.
        season: rows per season.
        steps: rows of the multi-step comparison, from the end of the training rows.
        h: rows to forecast beyond the last one.
    """

    panel: Panel
    train: Integers
    season: int
    steps: int
    h: int

    @cached_property
    def is_train(self) -> Any:
        """[rows] whether each is a training row."""
        return self.panel.position < self.train[self.panel.series_of_row]

    @property
    def newest(self) -> Integers:
        """[series] the rows that the LSTM forecasts one step ahead: the last ones."""
        wanted: Integers = self.panel.lengths - np.maximum(self.train - _TRAIN_ROWS, 0)
        return wanted

    @cached_property
    def ahead(self) -> Integers:
        """[series, steps] rows of the multi-step comparison."""
        return (self.panel.offsets[:-1] + self.train)[:, None] + np.arange(self.steps)


def split(panel: Panel, plan: Plan) -> Split:
    """The leading share of each series to train on, the rest to judge by."""
    season, train = season_of(panel), split_rows(panel, plan.train_share)
    test = int((panel.lengths - train).min())
    longest = _MOST_SEASONS * season if season > 1 else _MOST_ROWS
    return Split(panel, train, season, min(test, longest), plan.h or max(season, min(12, test)))
