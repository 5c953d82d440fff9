"""Numbers written for people: thousands separators, decimal commas, currencies, yes and no."""

from __future__ import annotations

import re
from typing import NamedTuple

import pandas as pd

_SIGNS = "€$£¥%"
_UNIT = re.compile(rf"[{_SIGNS}]")
_WITH_UNIT = rf"([-+]?)\s?[{_SIGNS}]?\s?([-+]?[\d.,'\s]*\d(?:[eE][-+]?\d+)?)\s?[{_SIGNS}]?"
_SAMPLE = 100
_STYLES = ((",", "."), (".", ","), (" ", "."), (" ", ","), ("'", "."))
"""Thousands separator and decimal mark."""
_MARKS = ",."
_TRUTHS = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}


class Written(NamedTuple):
    """Text read as numbers.

    Attributes:
        numbers: [values] float64.
        what: what was understood, in words; "" where that is plain.
    """

    numbers: pd.Series
    what: str


def looks_written(text: pd.Series) -> bool:
    """Whether most of the first values are meant to be numbers."""
    first = text.dropna().head(_SAMPLE).astype(str).str.strip()
    return bool(first.str.fullmatch(_WITH_UNIT).mean() > 1 / 2)


def read_written(text: pd.Series) -> Written | None:
    """Read numbers that can be understood in one way only, else None.

    All values have to follow one style: a thousands separator and a decimal mark. What may be a
    decimal mark counts as a thousands separator only if a value proves it, such as 1,234,567 or
    1,234.5. A sign of a currency or percent, before or behind, is left out if all values have it.

    Args:
        text: [values] without missing ones.
    """
    # Most columns of words are told by their first values.
    text = text.str.strip()
    first = text.head(_SAMPLE)
    if first.str.lower().isin(_TRUTHS).all():
        truths = text.str.lower().map(_TRUTHS)
        what = "with yes and true as 1, no and false as 0"
        return None if truths.isna().any() else Written(truths.astype("float64"), what)
    if not first.str.fullmatch(_WITH_UNIT).all():
        return None
    units = sorted({sign for value in text for sign in _UNIT.findall(value)})
    if len(units) > 1 or (units and not text.str.contains(units[0], regex=False).all()):
        return None
    plain = text.str.replace(f"^{_WITH_UNIT}$", r"\1\2", regex=True) if units else text
    plain = plain.str.replace(r"\s", " ", regex=True)
    readings = [found for style in _STYLES if (found := _in_style(plain, *style)) is not None]
    if not readings or any(not found.numbers.equals(readings[0].numbers) for found in readings):
        return None
    marks = [*(f"without {sign!r}" for sign in units), readings[0].what]
    return Written(readings[0].numbers, " and ".join(filter(None, marks)))


def read_with_decimal(values: pd.Series, decimal: str) -> pd.Series:
    """A column of text with its numbers as Python writes them, if most values are numbers.

    Args:
        values: of a column.
        decimal: the decimal mark, "," or "."; the other one, a blank or ' stands between thousands.
    """
    mark, group = re.escape(decimal), ".,".replace(decimal, "")
    grouped = rf"\d{{1,3}}(?:[{group}\s']\d{{3}})+|\d*"
    pattern = rf"[{_SIGNS}]?\s?([-+]?(?=[\d{mark}])(?:{grouped})(?:{mark}\d+)?)\s?[{_SIGNS}]?"
    text = values.astype(str).str.strip()
    fits = text.str.fullmatch(pattern) & values.notna()
    if fits.sum() <= values.notna().sum() / 2:
        return values
    plain = text.str.replace(f"^{pattern}$", r"\1", regex=True)
    plain = plain.str.replace(rf"[{group}\s']", "", regex=True)
    return plain.str.replace(decimal, ".", regex=False).where(fits, values)


def _in_style(text: pd.Series, group: str, decimal: str) -> Written | None:
    """The numbers of one style, or None if a value is not of it or might be of another."""
    if group not in _MARKS and not text.str.contains(group, regex=False).any():
        return None  # the same as another style with this decimal mark
    sep, mark = re.escape(group), re.escape(decimal)
    exponent = r"(?:[eE][-+]?\d+)?"
    grouped = rf"[-+]?[1-9]\d{{0,2}}(?:{sep}\d{{3}})+(?:{mark}\d+)?{exponent}"
    either = rf"(?:{grouped}|[-+]?(?:\d+|\d*{mark}\d+){exponent})"
    # Most styles are told by the first values.
    if not text.head(_SAMPLE).str.fullmatch(either).all() or not text.str.fullmatch(either).all():
        return None
    has_group = text.str.contains(group, regex=False)
    has_mark = text.str.contains(decimal, regex=False)
    # With two groups, or a group and a decimal mark, it is clear which is which.
    proven = text[has_group].str.contains(rf"{sep}\d{{3}}(?:{sep}|{mark})").any()
    if has_group.any() and group in _MARKS and not proven:
        return None
    like_groups = text[has_mark].str.fullmatch(rf"[-+]?[1-9]\d{{0,2}}{mark}\d{{3}}")
    if has_mark.any() and like_groups.all() and not proven:
        return None
    numbers = text.str.replace(group, "", regex=False).str.replace(decimal, ".", regex=False)
    what = f"with {group!r} as thousands separator" if has_group.any() else ""
    return Written(pd.to_numeric(numbers, errors="coerce").astype("float64"), what)
