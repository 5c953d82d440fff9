"""Frequencies against pandas, and seasons and futures worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from gatecast._types import InputError
from gatecast.data import future_ds, infer_freq, longer_season_length, season_length

ALIASES = [
    *("s", "min", "15min", "h", "6h", "D", "2D", "B", "W-SUN", "W-WED", "2W-MON"),
    *("MS", "2MS", "QS", "QS-FEB", "QS-MAR", "2QS", "YS", "YS-APR", "3YS"),
    *("ME", "QE", "QE-JAN", "QE-FEB", "YE", "YE-JUN", "BMS", "BME", "BQE", "BYE"),
]


def dates(alias: str, periods: int = 40):
    return pd.date_range("2019-11-30", periods=periods, freq=alias).to_numpy()


@pytest.mark.parametrize("alias", ALIASES)
def test_infer_and_continue_like_pandas(alias: str):
    expected = dates(alias)
    freq = infer_freq(expected[:30])
    assert freq == alias
    np.testing.assert_array_equal(future_ds(expected[29:30], freq, 10), expected[None, 30:])


@pytest.mark.parametrize("alias", ALIASES)
def test_gaps_do_not_change_the_frequency(alias: str):
    assert infer_freq(np.delete(dates(alias), [3, 11, 12, 25])) == alias


def test_steps_across_series_do_not_count():
    ds = np.array(["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-08"] * 2, "datetime64[ns]")
    series = np.array([0, 0, 1, 2, 3, 3, 4, 5])
    assert infer_freq(ds, series) == "D"


def test_five_days_that_span_no_weekend_are_daily():
    assert infer_freq(pd.date_range("2024-01-01", periods=5).to_numpy()) == "D"


def test_time_of_day_is_kept_by_business_days_and_months():
    closing = pd.bdate_range("2024-01-01", periods=10) + pd.Timedelta(hours=16)
    assert infer_freq(closing.to_numpy()) == "B"
    after = future_ds(closing[-1:].to_numpy(), "B", 1)
    assert after.tolist() == np.array([["2024-01-15T16:00"]], "datetime64[ns]").tolist()
    noon = future_ds(np.array(["2024-01-31T12:00"], "datetime64[ns]"), "ME", 1)
    assert noon == np.datetime64("2024-02-29T12:00")


@pytest.mark.parametrize(("ds", "freq"), [([1, 2, 3, 9], 1), ([0, 5, 10, 12], 5), ([7], 1)])
def test_integers(ds: Any, freq: Any):
    assert infer_freq(np.array(ds)) == freq


def test_future_of_many_series():
    last = np.array(["2023-12-31", "2024-01-31"], "datetime64[ns]")
    expected = [["2024-01-31", "2024-02-29"], ["2024-02-29", "2024-03-31"]]
    np.testing.assert_array_equal(future_ds(last, "ME", 2), np.array(expected, "datetime64[ns]"))
    np.testing.assert_array_equal(future_ds(np.array([3, 8]), 2, 2), [[5, 7], [10, 12]])


@pytest.mark.parametrize(
    ("freq", "season"),
    [
        *[("MS", 12), ("ME", 12), ("M", 12), ("BMS", 12), ("2MS", 6), ("QS", 4), ("QE-JAN", 4)],
        *[("Q", 4), ("YS", 1), ("YE", 1), ("W", 52), ("W-SUN", 52), ("4W", 13), ("D", 7)],
        *[("2D", 1), ("B", 5), ("h", 24), ("H", 24), ("6h", 4), ("7h", 1), ("15min", 96)],
        *[("min", 60), ("30s", 120), ("s", 60), ("ms", 60000), (1, 1), (5, 1), ("70W", 1)],
    ],
)
def test_season_length(freq: Any, season: int):
    assert season_length(freq) == season


@pytest.mark.parametrize(
    ("freq", "rows"),
    [
        ("h", 168),
        ("30min", 336),
        ("2h", 84),
        ("12h", 14),
        ("7h", 1),
        ("min", 1),
        ("D", 1),
        ("MS", 1),
    ],
)
def test_a_week_of_what_has_a_day(freq: str, rows: int):
    assert longer_season_length(freq) == rows


@pytest.mark.parametrize("freq", ["nonsense", "SMS", "bh", "-1D", 0, -2, 1.5])
def test_unknown_frequency(freq: Any):
    with pytest.raises(InputError, match=str(freq)):
        season_length(freq)


def test_frequency_of_the_other_kind():
    with pytest.raises(InputError, match="needs dates"):
        future_ds(np.array([1]), "D", 1)
    with pytest.raises(InputError, match="needs integers"):
        future_ds(np.array(["2024-01-01"], "datetime64[ns]"), 1, 1)


def test_irregular_times_are_told_and_not_named_as_a_calendar():
    seconds = np.cumsum(np.arange(86_000, 86_400, 7))
    start = np.datetime64("2024-01-01", "ns")
    with pytest.raises(InputError, match=r"no two of the 57 steps.*aggregate.*'day'") as caught:
        infer_freq(start + seconds * np.timedelta64(1, "s"))
    assert "86" not in str(caught.value)
    days = np.cumsum([0, 1, 1, *([2.25, 2.5, 3.5] * 3)])
    with pytest.raises(InputError, match=r"only 3 of the 11 steps.*\(2 days 06:00:00\).*'week'"):
        infer_freq(start + (days * 24).astype(int) * np.timedelta64(1, "h"))


def test_one_row_has_no_frequency():
    with pytest.raises(InputError, match="no series has two rows"):
        infer_freq(np.array(["2024-01-01"], "datetime64[ns]"))
