"""A raw table, and how wide it may be."""

from __future__ import annotations

from collections.abc import Sized
from typing import NamedTuple

import pandas as pd

from gatecast._types import InputError
from gatecast.data.reading._origin import Origin

MOST_COLUMNS = 2_000
"""Columns of a file; beyond, reading takes long, and a column has to be found among them."""


class Table(NamedTuple):
    """A raw table.

    Attributes:
        frame: its rows.
        origin: the place they came from.
        is_text: whether its values are still text.
        ordered: whether the order of its rows means something.
    """

    frame: pd.DataFrame
    origin: Origin
    is_text: bool = False
    ordered: bool = True


def require_few_columns(names: Sized, where: str) -> None:
    """Raise if a table has more columns than are read.

    Raises:
        InputError: with their number.
    """
    if len(names) > MOST_COLUMNS:
        raise InputError(
            f"{where} has {len(names):,} columns, but at most {MOST_COLUMNS:,} are read; lay it "
            "out with one row per series and time, or leave columns out"
        )
