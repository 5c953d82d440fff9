"""Values and lists in the words of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from gatecast._types import Panel


def show_time(value: Any) -> str:
    """A timestamp without an idle midnight, or an integer."""
    if isinstance(value, np.datetime64 | pd.Timestamp):
        return str(pd.Timestamp(value)).removesuffix(" 00:00:00")
    return str(value)


def show_kind(times: NDArray[Any]) -> str:
    """Whether times are dates or integers."""
    return "integers" if np.issubdtype(times.dtype, np.integer) else "dates"


def show_step(step: Any) -> str:
    """A duration or an integer."""
    if isinstance(step, np.timedelta64):
        return str(pd.Timedelta(step)).removesuffix(" 00:00:00").removeprefix("0 days ")
    return str(step)


def show_name(name: Any) -> str:
    """A series or column name in quotes."""
    return repr(str(name))


def show_series(panel: Panel, number: int) -> str:
    """A series by its id and, where several columns are forecast, its target."""
    name = show_name(panel.ids[number])
    targets = panel.targets
    return name if len(targets) == 1 else f"{name} ({targets[number % len(targets)]})"


def show_some(
    items: Sequence[Any] | NDArray[Any], show: Callable[[Any], str] = show_name, most: int = 3
) -> str:
    """The first few items and the number of the others."""
    more = f" and {len(items) - most:,} more" if len(items) > most else ""
    return ", ".join(show(item) for item in items[:most]) + more
