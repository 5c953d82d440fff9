"""Calendar features against Python's own calendar."""

from __future__ import annotations

import calendar
import math
import sys
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gatecast._types import InputError
from gatecast.data import CALENDAR, calendar_features

TIMES = pd.date_range("2019-12-20 05:00", "2021-01-10", freq="1531min").to_numpy()


def share(time: datetime, name: str):
    year, month = time.year, time.month
    iso = time.isocalendar()
    first = datetime(year, 1, 1)  # noqa: DTZ001 (no zone is meant)
    return {
        "minute": time.minute / 60,
        "hour": time.hour / 24,
        "weekday": time.weekday() / 7,
        "day": (time.day - 1) / calendar.monthrange(year, month)[1],
        "week": (iso.week - 1) / date(iso.year, 12, 28).isocalendar().week,
        "month": (month - 1) / 12,
        "quarter": (month - 1) // 3 / 4,
        "year_day": (time - first).days / (365 + calendar.isleap(year)),
    }[name]


@pytest.mark.parametrize("name", CALENDAR)
def test_sine_and_cosine_of_the_place_in_the_cycle(name: str):
    found = calendar_features(TIMES, [name])
    angles = [2 * math.pi * share(time, name) for time in pd.DatetimeIndex(TIMES).to_pydatetime()]
    assert list(found) == [f"{name}_sin", f"{name}_cos"]
    np.testing.assert_allclose(found[f"{name}_sin"], np.sin(angles), atol=1e-12)
    np.testing.assert_allclose(found[f"{name}_cos"], np.cos(angles), atol=1e-12)


def test_holidays_of_a_country(monkeypatch: pytest.MonkeyPatch):
    def country_holidays(code: str, years: list[int]) -> Any:
        if code != "DE":
            raise NotImplementedError
        return {date(year, 12, 25): "Christmas" for year in years}

    package = SimpleNamespace(country_holidays=country_holidays)
    monkeypatch.setitem(sys.modules, "holidays", package)
    ds = np.array(["2024-12-25T07", "2024-12-26", "2023-12-25", "2024-12-25"], "datetime64[ns]")
    found = calendar_features(ds, ["holiday:DE"])
    assert list(found) == ["holiday:DE"]
    assert found["holiday:DE"].tolist() == [1, 0, 1, 1]
    with pytest.raises(InputError, match="knows no country 'XX'"):
        calendar_features(ds, ["holiday:XX"])


def test_features_that_cannot_be_had(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(InputError, match=r"gatecast\[holidays\]"):
        calendar_features(TIMES, ["holiday:DE"])
    with pytest.raises(InputError, match="'moon' is not known; use one of minute, hour"):
        calendar_features(TIMES, ["month", "moon"])
    with pytest.raises(InputError, match="'month' needs dates, but ds holds integers"):
        calendar_features(np.arange(3), ["month"])
    assert calendar_features(np.arange(3), []) == {}
