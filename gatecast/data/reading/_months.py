"""Months that stand without a year."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from gatecast.data.calendar import looks_numeric

_NAMES = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
# German and French, where they differ in the first letters.
_OTHERS = {"mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "avr": 4, "aoû": 8}
_NUMBERS = {name: number for number, name in enumerate(_NAMES, start=1)} | _OTHERS
_WORD = re.compile(r"[^\W\d_]{3,12}\.?")
# The number of a year, and a month.
_COUNTED = re.compile(r"(\d{1,2})[-/](0?[1-9]|1[0-2])")
_MONTH = re.compile(r"month|mon|monat|mois", re.IGNORECASE)
_SAMPLE = 100
_FEWEST = 3


def find_months(columns: Mapping[str, pd.Series], share: float = 1.0) -> str | None:
    """The first column of months without a year, or None.

    Args:
        columns: to look at, by name.
        share: of the first values that have to be months, at least.
    """
    found = (name for name, values in columns.items() if _share(name, values) >= share)
    return next(found, None)


def _share(name: str, values: pd.Series) -> float:
    """Which share of the first values are months."""
    sample = values.dropna().head(_SAMPLE).astype(str).str.strip()
    if len(sample) < _FEWEST:
        return 0.0
    if looks_numeric(sample) and not _MONTH.fullmatch(name):
        return 0.0
    return float(_months(sample).notna().mean())


def _months(text: pd.Series) -> pd.Series:
    """The month of each value, from 1 to 12; NaN where it is none."""
    words = text.str.lower().where(text.str.fullmatch(_WORD))
    named = words.str[:3].map(_NUMBERS)
    counted = text.str.extract(f"^{_COUNTED.pattern}$")[1]
    plain = text.where(text.str.fullmatch(r"0?[1-9]|1[0-2]"))
    return named.fillna(pd.to_numeric(counted)).fillna(pd.to_numeric(plain))


def with_years(values: pd.Series, first_year: int, ids: pd.Series | None) -> pd.Series:
    """Months as text with a year, such as 1949-03; what is no month stays.

    Where a value counts its year (2-01), that counts; else the year goes on whenever the month is
    before the one above it.

    Args:
        values: months, in the order of time in each series.
        first_year: of the first row of each series.
        ids: of the rows, if there are several series.
    """
    text = values.astype(str).str.strip()
    month = _months(text)
    series = pd.Series(0, index=values.index) if ids is None else ids
    counted = pd.to_numeric(text.str.extract(f"^{_COUNTED.pattern}$")[0])
    first = counted.groupby(series).transform("first")
    falls = month.groupby(series).diff() < 0
    gone = (counted - first).fillna(falls.groupby(series).cumsum())
    year = (first_year + gone).astype(int).astype(str)
    dates = year + "-" + month.fillna(0).astype(int).astype(str).str.zfill(2)
    return dates.where(month.notna(), values)
