"""Exogenous columns of text, which a panel holds as the numbers of their categories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import Floats, Panel


def in_words(panel: Panel, name: str, values: Floats | None = None) -> NDArray[Any]:
    """[rows] an exogenous column as it was given: numbers, or text with None where missing.

    Args:
        panel: the series.
        name: the column.
        values: [rows] numbers of the column; `panel.exog[name]` if None.
    """
    values = panel.exog[name] if values is None else values
    if name not in panel.categories:
        return values
    # A missing value takes the None at the end.
    words = np.array([*panel.categories[name], None], dtype=object)
    found: NDArray[Any] = words[np.nan_to_num(values, nan=-1).astype(int)]
    return found


def same_categories(panel: Panel, other: Panel) -> tuple[Panel, Panel]:
    """Both panels with the categories of both, numbered alike."""
    if panel.categories == other.categories:
        return panel, other
    both = {
        name: tuple(sorted({*panel.categories[name], *other.categories[name]}))
        for name in panel.categories
    }
    return _numbered(panel, both), _numbered(other, both)


def _numbered(panel: Panel, categories: Mapping[str, tuple[str, ...]]) -> Panel:
    """The panel with its values numbered among other categories, which contain its own."""
    exog = dict(panel.exog)
    for name, words in categories.items():
        place = pd.Index(words, dtype=object).get_indexer(
            pd.Index(panel.categories[name], dtype=object)
        )
        places = np.append(place.astype(float), np.nan)
        exog[name] = places[np.nan_to_num(exog[name], nan=-1).astype(int)]
    return replace(panel, exog=exog, categories=categories)
