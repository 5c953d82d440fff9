"""Panels to frame: written by hand, and drawn by hypothesis."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from gatecast._types import Panel

NAN = float("nan")


def panel_of(*series: Sequence[float]) -> Panel:
    """Series "a", "b", ... of the given values, NaN for a gap; `ds` counts from 1 in each."""
    lengths = [len(values) for values in series]
    return Panel(
        ids=np.array([chr(ord("a") + number) for number in range(len(series))]),
        ds=np.concatenate([np.arange(1, length + 1) for length in lengths]),
        y=np.concatenate([np.asarray(values, dtype=np.float64) for values in series]),
        offsets=np.cumsum([0, *lengths]),
        freq=1,
    )


@st.composite
def panels(
    draw: st.DrawFn,
    values: st.SearchStrategy[float] = st.integers(1, 1000).map(float),  # noqa: B008 (immutable)
    min_length: int = 1,
) -> Panel:
    """One to four series of up to 15 rows; gaps lie between observations, as in any panel."""

    def series() -> list[float]:
        inner = st.lists(values | st.just(NAN), min_size=min_length - 1, max_size=13)
        return [*draw(st.tuples(values)), *draw(inner), draw(values)]

    return panel_of(*(series() for _ in range(draw(st.integers(1, 4)))))


@st.composite
def leading_rows(draw: st.DrawFn, panel: Panel) -> np.ndarray:
    """[series] a number of leading rows for each series, at least one."""
    return np.array([draw(st.integers(1, int(length))) for length in panel.lengths])


def rows_of(panel: Panel, values: np.ndarray) -> list[np.ndarray]:
    """The values of each series, as slices."""
    return [values[i:j] for i, j in zip(panel.offsets[:-1], panel.offsets[1:], strict=True)]
