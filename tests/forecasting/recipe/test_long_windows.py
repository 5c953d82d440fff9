"""Which seasons and blocks a panel has, by its calendar and its lengths."""

import numpy as np
import pytest
from small_forecasters import panel_of

from gatecast._types import Freq
from gatecast.forecasting.recipe._season import LONGEST_SEASON, block_of, framing_for, seasons

DAY = 1440


@pytest.mark.parametrize(
    ("freq", "rows", "expected"),
    [
        ("30min", 90, (48, 336)),
        ("10min", 90, (144, 1008)),
        ("5min", 90, (288, 2016)),
        # A week of 2,520 rows is too long; so is a day of half minutes.
        ("4min", 90, (360, 1)),
        ("30s", 20_000, (120, 1)),
        ("s", 90, (60, 1)),
        # The day of minutes is read from three of them on.
        ("min", 3 * DAY - 1, (60, 1)),
        ("min", 3 * DAY, (DAY, 1)),
    ],
)
def test_seasons_of_short_steps(freq: Freq, rows: int, expected: tuple[int, int]):
    assert seasons(panel_of(np.arange(float(rows)), freq=freq)) == expected


@pytest.mark.parametrize(
    ("season", "h", "longest", "expected"),
    [
        # Months, weeks and hours are read row by row, however far ahead.
        (12, 120, 500, 1),
        (52, 104, 500, 1),
        (24, 720, 9000, 1),
        # Near rows are read finely; others in blocks of which a day has 24.
        (96, 8, 9000, 1),
        (96, 24, 9000, 2),
        (96, 96, 9000, 4),
        (96, 672, 9000, 4),
        (1440, 1440, 9000, 60),
        (365, 365, 3000, 15),
        # A short series fills what is read.
        (96, 96, 48, 1),
        (96, 96, 130, 2),
    ],
)
def test_blocks_by_season_and_horizon(season: int, h: int, longest: int, expected: int):
    assert block_of(season, h, longest) == expected


def test_windows_are_no_longer_than_the_series():
    def rows(number: int, h: int = 96, freq: Freq = "15min") -> int:
        return framing_for(panel_of(np.arange(float(number)), freq=freq), h).look_back

    assert [rows(9000), rows(900), rows(48)] == [4 * 672, 10 * 96, 672]
    # Hours have the windows that they had.
    assert [rows(90, freq="h"), rows(9000, freq="h")] == [672, 672]
    minutes = framing_for(panel_of(np.arange(4.0 * DAY), freq="min"), 720)
    assert (minutes.block, minutes.look_back % minutes.block) == (60, 0)
    assert minutes.look_back <= 4 * LONGEST_SEASON
