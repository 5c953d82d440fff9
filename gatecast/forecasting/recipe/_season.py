"""The seasons that `AutoLSTM` reads, the blocks of rows they ask for, and the framing of both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gatecast._group import ALONE, Group
from gatecast._types import IRREGULAR, Panel
from gatecast.data import (
    Period,
    agreed,
    day_length,
    even_step,
    longer_season_length,
    periods_of,
    season_length,
    season_of,
)
from gatecast.forecasting.recipe import _pretrained as pretrained
from gatecast.framing import Framing

LONGEST_SEASON = 2_016
"""Rows in the longest season that is read: four of them are one window."""

# A season is estimated from ten of them, but from no more than so many rows that networks read.
_MANY_SEASONS, _MANY_ROWS = 10, 120
# The day of minutes is read where the median series holds so many.
_FEWEST_DAYS = 3
# Networks know seasons of about this many rows, and read at least as far back as they forecast.
_SEASON, _NEAR = 24, 12
# Windows of more rows than this are no longer than the series.
_LONG_WINDOW = 672


def framing_for(panel: Panel, h: int) -> Framing:
    """The framing of pre-training, with more rows to estimate the season from.

    Args:
        panel: the series; its calendar gives the seasons.
        h: rows to forecast.
    """
    season, week = seasons(panel)
    longest = int(panel.lengths.max())
    block = block_of(season, h, longest)
    framing = pretrained.framing(season, h, week, block)
    rows = max(framing.look_back, min(_MANY_SEASONS * season, _MANY_ROWS * block))
    if rows > _LONG_WINDOW:
        rows = min(rows, max(_LONG_WINDOW, season * -(-longest // season)))
    rows = max(rows, pretrained.STEPS * block)
    return replace(framing, look_back=-(-rows // block) * block)


def block_of(season: int, h: int, longest: int) -> int:
    """Rows that are read as one, so that what networks read holds a season and h is not far.

    1 where a season fits into what they read. Otherwise the most for which a season has 24 blocks,
    h has 12 and the longest series fills what they read.

    Args:
        season: rows per season.
        h: rows to forecast.
        longest: rows of the longest series.
    """
    if season <= pretrained.STEPS:
        return 1
    return max(1, min(season // _SEASON, h // _NEAR, longest // pretrained.STEPS))


def seasons(panel: Panel) -> tuple[int, int]:
    """Rows of the season that is read, and of the week around a day; 1 for none.

    A season that is too long is left to other models: the usual one of the calendar step is read.
    """
    usual, week = season_length(panel.freq), longer_season_length(panel.freq)
    day = day_length(panel.freq)
    if panel.season is None and usual < day <= LONGEST_SEASON:
        enough = np.median(panel.lengths) >= _FEWEST_DAYS * day
        return (day if enough else usual), 1
    chosen = season_of(panel)
    season = chosen if chosen <= LONGEST_SEASON else usual
    return (
        season if season <= LONGEST_SEASON else 1,
        week if week <= LONGEST_SEASON and season == usual else 1,
    )


def with_period(panel: Panel, group: Group = ALONE) -> tuple[Panel, Period]:
    """The panel with the period that most of its series show as its season.

    It is looked for where the rows are integers, irregular times or steps without a usual season,
    and none was chosen; years have none.

    Args:
        panel: the series, training rows alone.
        group: the processes that fit together, each with series of its own.
    """
    without = season_length(panel.freq) == 1
    steps = panel.freq == IRREGULAR or even_step(panel.freq) is not None
    if panel.season is not None or not (without and steps):
        return panel, Period()
    own = [[*each] for each in periods_of(panel, LONGEST_SEASON)]
    found = agreed([Period(*each) for every in group.gather(own) for each in every])
    return replace(panel, season=found.rows), found
