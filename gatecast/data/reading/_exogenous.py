"""Exogenous columns: numbers as they are, text as the numbers of its categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api import types

from gatecast.data.calendar import looks_numeric
from gatecast.data.reading._values import (
    ADVICE,
    MISSING,
    given_text,
    is_text,
    read_numbers,
)
from gatecast.data.reading._written import looks_written, read_written

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gatecast._types import Floats
    from gatecast.data.reading._origin import Rows

# Unlike among numbers, "none" is an answer among categories: no promotion, no holiday.
_MISSING = tuple(word for word in MISSING if word != "none")
_ADVICE = f"{ADVICE}. For a column of categories give text, or the pandas type category"


@dataclass(frozen=True)
class ExogenousValues:
    """Columns beside the target.

    Attributes:
        values: [columns, rows] numbers; of a column of text the place of each value among its
            categories. NaN where missing.
        categories: column of text -> its categories, sorted.
    """

    values: Floats
    categories: dict[str, tuple[str, ...]]


def read_exogenous(
    frame: pd.DataFrame,
    names: Sequence[str],
    rows: Rows,
    categorical: Collection[str] | None = None,
) -> ExogenousValues:
    """Read columns of numbers, truth values or categories.

    A column holds categories if it has the pandas type for them, or text that is not meant to be
    numbers. Null, blank and words such as "nan" are missing.

    Args:
        frame: the rows.
        names: the columns.
        rows: where the rows came from.
        categorical: which of the columns hold categories, where that is known.

    Raises:
        InputError: at the first value that is none of these.
    """
    values = np.empty((len(names), len(frame)))
    categories = {}
    for place, name in enumerate(names):
        column = frame[name]
        if _holds_categories(column) if categorical is None else name in categorical:
            values[place], categories[name] = _read_categories(column, rows)
        else:
            values[place] = read_numbers(column, rows, _ADVICE)
    return ExogenousValues(values, categories)


def _holds_categories(values: pd.Series) -> bool:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return True
    if not is_text(values):
        return False
    given = given_text(values)
    as_numbers = looks_numeric(given) or looks_written(given) or read_written(given) is not None
    return not given.empty and not as_numbers


def _read_categories(values: pd.Series, rows: Rows) -> tuple[Floats, tuple[str, ...]]:
    """[rows] the place of each value among the categories, NaN where missing; the categories."""
    values = values.astype(object)
    odd = values.notna() & ~values.map(types.is_scalar)
    rows.refuse(odd, values, "is neither text nor a number")
    number, unique = pd.factorize(values.to_numpy())
    words = pd.Series([_word(value) for value in unique], dtype=object)
    missing = words.str.strip().str.lower().isin(_MISSING).to_numpy(dtype=bool)
    categories = tuple(sorted(set(words[~missing])))
    place = pd.Index(categories, dtype=object).get_indexer(pd.Index(words, dtype=object))
    # A missing value has the number -1, and so takes the NaN at the end.
    places = np.append(np.where(missing, np.nan, place), np.nan)
    return places[number], categories


def _word(value: Any) -> str:
    """The value as text; a whole number without a fraction, as a file has it."""
    if isinstance(value, float | np.floating) and value.is_integer():
        return str(int(value))
    return str(value)
