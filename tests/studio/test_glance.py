"""One glance says what kind of data this is."""

import numpy as np
import pandas as pd
import pytest
from small_forecasters import NAN, panel_of

import gatecast
from gatecast._types import Freq
from gatecast.data import to_panel
from gatecast.studio.views import glance, step_word
from gatecast.studio.views._words import cycle_word, places_of


def test_the_airline_passengers_in_one_sentence():
    found = glance(to_panel(gatecast.datasets.airline_passengers()))
    assert found.sentence == (
        "One series of 144 months, January 1949 to December 1960: it rises, repeats every year, "
        "and no value is missing."
    )
    assert [fact.value for fact in found.facts[:4]] == ["1", "144", "a month", "every year"]


def test_zeros_and_gaps_of_several_series_are_counted():
    values = [0.0, NAN, 1.0, 0.0, 2.0, 0.0, 3.0, 1.0]
    found = glance(panel_of(values, values[2:]))
    assert found.sentence == (
        "2 series with 6 to 8 rows, 0 to 7: most keep their level, 38 % of the values are 0, and 1 "
        "of 14 values is missing."
    )


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (np.arange(80.0), "it rises"),
        (-np.arange(80.0), "it falls"),
        (np.sin(np.arange(80) / 10), "its level wanders"),
        (np.arange(80) % 2.0, "it keeps its level"),
    ],
)
def test_the_trend_is_told(values: np.ndarray, word: str):
    assert f": {word}," in glance(panel_of(values)).sentence


@pytest.mark.parametrize(
    ("freq", "season", "step", "cycle"),
    [
        ("MS", 12, "month", "year"),
        ("ME", 12, "month", "year"),
        ("BMS", 12, "month", "year"),
        ("QS-DEC", 4, "quarter", "year"),
        ("YE-JUN", 1, "year", "1 years"),
        ("W-SUN", 52, "week", "year"),
        ("D", 7, "day", "week"),
        ("B", 5, "business day", "week"),
        ("h", 24, "hour", "day"),
        ("15min", 96, "row", "96 rows"),
        (1, 7, "row", "7 rows"),
    ],
)
def test_steps_and_seasons_have_names(freq: Freq, season: int, step: str, cycle: str):
    assert step_word(freq) == step
    assert cycle_word(freq, season) == cycle


def test_rows_are_named_after_their_place_in_the_season():
    days = pd.date_range("2024-01-03", periods=9, freq="D").to_numpy()
    found = places_of(days, "D", 7)
    assert found.names[0] == "Monday"
    assert [found.names[place] for place in found.place[:2]] == ["Wednesday", "Thursday"]
    assert list(found.cycle[[0, 4, 5]]) == ["2024 week 01", "2024 week 01", "2024 week 02"]
    rows = places_of(np.arange(5), 1, 3)
    assert list(rows.place) == [0, 1, 2, 0, 1]
