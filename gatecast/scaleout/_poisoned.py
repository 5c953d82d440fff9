"""Finding the series that cannot be worked on, so that they fail alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from gatecast._types import InputError
from gatecast.scaleout.partitions import Failure

Result = TypeVar("Result")

_ROW = re.compile(r"(, first at )?the data frame, row [\d,]*\d(: |, )?")


def in_halves(
    frame: pd.DataFrame, id_col: str, work: Callable[[pd.DataFrame], Result]
) -> tuple[list[Result], list[Failure]]:
    """Do some work on all series at once; if that fails, on each half, and so on.

    So one series of a thousand that cannot be used costs ten times two calls, not a thousand.

    Args:
        frame: sorted by series.
        id_col: the column that names them.
        work: on the rows of any series.

    Returns:
        The results of the series that it succeeds on, in their order, and the failures.
    """
    if frame.empty:
        return [], []
    try:
        return [work(frame)], []
    except Exception as error:  # noqa: BLE001 (whatever is wrong with a series, the others go on)
        starts = np.flatnonzero(frame[id_col].ne(frame[id_col].shift()))
        if len(starts) == 1:
            return [], [Failure(plain_id(frame[id_col].iloc[0]), in_words(error))]
    middle = starts[len(starts) // 2]
    results, failures = in_halves(frame.iloc[:middle].reset_index(drop=True), id_col, work)
    more, others = in_halves(frame.iloc[middle:].reset_index(drop=True), id_col, work)
    return results + more, failures + others


def in_words(error: Exception) -> str:
    """An error in one line, without the numbers of rows in a frame that nobody has."""
    words = _ROW.sub("", " ".join(str(error).split()))
    return words if isinstance(error, InputError) else f"{type(error).__name__}: {words}"


def plain_id(unique_id: Any) -> Any:
    """An id as JSON has it."""
    return unique_id.item() if hasattr(unique_id, "item") else unique_id
