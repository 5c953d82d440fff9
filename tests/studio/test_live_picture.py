"""The picture of a served series."""

import json
from typing import Any

import numpy as np
import pytest

from gatecast.studio.views import Ahead, Arrived, Picture, live_picture

DAYS = np.arange("2024-01-01", "2024-01-06", dtype="datetime64[D]").astype("datetime64[ns]")
NO = np.zeros(4, bool)
NAN = np.nan


def arrived(unusual: np.ndarray = NO) -> Arrived:
    return Arrived(DAYS[:4], np.array([1, NAN, 3, 40.0]), np.array([NAN, NAN, 2.5, 4.0]), unusual)


def ahead(*levels: float) -> Ahead:
    bounds = {level: (np.array([50 - level]), np.array([50 + level])) for level in levels}
    return Ahead(DAYS[4:], np.array([50.0]), bounds)


def rows(picture: Picture) -> list[dict[str, Any]]:
    texts = picture.spec["datasets"].values()
    return [row for text in texts for row in json.loads(text)]


def kinds(picture: Picture) -> list[str]:
    return next(
        layer["encoding"]["color"]["scale"]["domain"]
        for layer in picture.spec["layer"]
        if "color" in layer["encoding"]
    )


def test_it_says_what_comes_next_and_how_sure_that_is():
    picture = live_picture("shop", arrived(), ahead(80, 95), "sales")
    expected = "Next, at 2024-01-05: 50.00; with 95 % probability between −45.00 and 145.0"  # noqa: RUF001
    assert picture.finding == expected
    assert picture.alt == (
        "shop: the newest value is 40.00, at 2024-01-04. 0 values of the 4 shown were unusual. "
        "The next value is forecast to be 50.00, the last one 50.00 at 2024-01-05, 1 step ahead."
    )
    assert {row["low"] for row in rows(picture) if "low" in row} == {-30.0, -45.0}


def test_lines_break_where_nothing_was_observed():
    drawn = rows(live_picture("shop", arrived(), None, "sales"))
    values = [row["value"] for row in drawn if row["kind"] == "observed"]
    assert values == [1, None, 3, 40]


def test_unusual_values_are_ringed_and_counted():
    picture = live_picture("shop", arrived(np.array([False, False, False, True])), None, "sales")
    assert "1 value of the 4 shown was unusual" in picture.alt
    ringed = [row for row in rows(picture) if row["kind"] == "unusual"]
    assert [(row["value"], row["time"]) for row in ringed] == [(40, "2024-01-04")]
    assert picture.finding == "40.00 at 2024-01-04; no forecast yet"


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (ahead(), ["observed", "forecast before it came", "forecast of what comes next"]),
        (None, ["observed", "forecast before it came"]),
    ],
)
def test_the_legend_names_what_is_there(known: Ahead | None, expected: list[str]):
    assert kinds(live_picture("shop", arrived(), known, "sales")) == expected


def test_integer_times():
    own = Arrived(np.arange(4), np.arange(4.0), np.full(4, NAN), NO)
    picture = live_picture("shop", own, None, "sales")
    assert picture.finding == "3.00 at 3; no forecast yet"
