"""Ordered split of every series into a training part and a test part."""

import numpy as np

from gatecast._types import InputError, Integers, Panel


def split_rows(panel: Panel, train_share: float) -> Integers:
    """Number of leading calendar rows of each series that are for training.

    Args:
        panel: the series.
        train_share: share of rows for training, between 0 and 1; the count is rounded down.

    Returns:
        [series] training rows, at least 1 and at most one less than the series has.

    Raises:
        InputError: if the share is not between 0 and 1 or a series has a single row.
    """
    if not 0 < train_share < 1:
        raise InputError(f"train_share must lie between 0 and 1, got {train_share}")
    if (panel.lengths <= 1).any():
        short = panel.ids[panel.lengths <= 1][0]
        raise InputError(f"series {str(short)!r} has one row: nothing is left to test on")
    return np.clip((panel.lengths * train_share).astype(np.int64), 1, panel.lengths - 1)
