"""Columns of sequences as the features that a network reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatecast._types import Floats, InputError
from gatecast.data import show_name
from gatecast.sequences.reading import Sequences


@dataclass(frozen=True)
class ColumnScaler:
    """z = (x - mean) / standard deviation of each column over all training sequences.

    A missing value is read as the mean. Columns with missing values in training have a feature
    more, 1 where the value is missing, else 0.

    Attributes:
        center: [columns] mean of the training rows.
        spread: [columns] their standard deviation; 1 for a constant column.
        flagged: [columns] whether values were missing.
    """

    center: Floats
    spread: Floats
    flagged: NDArray[np.bool_]

    @property
    def features(self) -> int:
        """Numbers that a network reads at each step."""
        return len(self.center) + int(self.flagged.sum())

    def features_of(self, sequences: Sequences) -> Floats:
        """[rows, features] in float32."""
        missing = np.isnan(sequences.values)
        scaled = np.where(missing, 0.0, (sequences.values - self.center) / self.spread)
        return np.hstack([scaled, missing[:, self.flagged]]).astype(np.float32)


def fit_scaler(sequences: Sequences) -> ColumnScaler:
    """Learn from training sequences; rows without any value do not count.

    Raises:
        InputError: naming a column without any value.
    """
    rows = sequences.values[sequences.seen]
    missing = np.isnan(rows)
    empty = missing.all(axis=0)
    if empty.any():
        name = show_name(np.asarray(sequences.columns)[empty][0])
        raise InputError(f"column {name} has no value in any training sequence; leave it out")
    spread = np.nanstd(rows, axis=0)
    flagged = np.asarray(missing.any(axis=0))
    return ColumnScaler(np.nanmean(rows, axis=0), np.where(spread > 0, spread, 1.0), flagged)
