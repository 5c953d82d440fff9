"""The first rows of each series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gatecast._types import Integers, Panel


def head(panel: Panel, rows: Integers) -> Panel:
    """The first rows of each series, [series] so many."""
    kept = panel.position < rows[panel.series_of_row]
    return replace(
        panel,
        ds=panel.ds[kept],
        y=panel.y[kept],
        offsets=np.concatenate([[0], np.cumsum(np.minimum(rows, panel.lengths))]),
        exog={name: column[kept] for name, column in panel.exog.items()},
    )
