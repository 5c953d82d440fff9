"""Exogenous columns of text as columns of 0 and 1, one for each category that training has seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._group import ALONE, Group
from gatecast._types import Floats, InputError, Panel
from gatecast._warn import warn
from gatecast.data import show_some, show_time

_MOST_CATEGORIES = 50
"""Of an exogenous column: each is a column that the network reads."""


def categories_seen(
    panel: Panel, names: Iterable[str], seen: NDArray[np.bool_], group: Group = ALONE
) -> dict[str, Any]:
    """Exogenous column of text -> the categories in some rows, sorted.

    Args:
        panel: the series.
        names: exogenous columns.
        seen: [rows] which rows to look at.
        group: the processes whose rows these are.

    Raises:
        InputError: if a column has more than 50, or is not text in every process.
    """
    found = {}
    for name in names:
        if len({*group.gather(name in panel.categories)}) > 1:
            raise InputError(
                f"column {name!r} holds texts in some files and numbers in others: make it one"
            )
        if name not in panel.categories:
            continue
        places = np.unique(panel.exog[name][seen & ~np.isnan(panel.exog[name])])
        words = [panel.categories[name][int(place)] for place in places]
        if not group.alone:
            words = sorted(set().union(*group.gather(words)))
        if len(words) > _MOST_CATEGORIES:
            raise InputError(
                f"column {name!r} holds {len(words):,} different texts in the training rows, but "
                f"at most {_MOST_CATEGORIES} categories are read; put rare ones together, give "
                "numbers, or leave the column out"
            )
        found[name] = tuple(words)
    return found


def as_columns(panel: Panel, name: str, values: Floats, known: Mapping[str, Any]) -> list[Floats]:
    """[rows] each: an exogenous column of numbers itself; one of 0 and 1 for each known category.

    Args:
        panel: the series.
        name: the column.
        values: [rows] its numbers, NaN where missing, and then in each column.
        known: exogenous column of text -> the categories to give columns; others are 0 in all.
    """
    if name not in known:
        return [values]
    places = pd.Index(panel.categories[name], dtype=object).get_indexer(
        pd.Index(known[name], dtype=object)
    )
    return [np.where(np.isnan(values), np.nan, values == place) for place in places]


def warn_about_unseen(
    panel: Panel, known: Mapping[str, Any], rows: NDArray[np.bool_] | None = None
) -> None:
    """Warn, once for each column, if values are none of the known categories.

    Args:
        panel: the series.
        known: exogenous column of text -> the categories seen in training.
        rows: [rows] which to look at; all if None.
    """
    for name, words in known.items():
        new = [place for place, word in enumerate(panel.categories[name]) if word not in words]
        unseen = np.isin(panel.exog[name], new)
        # Several targets have the same columns: look at those of the first.
        unseen &= panel.series_of_row % len(panel.targets) == 0
        unseen &= True if rows is None else rows
        places = np.flatnonzero(unseen)
        if len(places):
            row = places[0]
            word = panel.categories[name][int(panel.exog[name][row])]
            near = get_close_matches(word, words, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            others = f"; {len(places) - 1:,} more values are not either" if len(places) > 1 else ""
            warn(
                f"series {str(panel.ids[panel.series_of_row[row]])!r} has {name} = {word!r} at "
                f"{show_time(panel.ds[row])}, which was not seen in training{hint}{others}. Such "
                f"values count as none of the known ones: {show_some(words, most=10)}"
            )
