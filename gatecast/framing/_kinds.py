"""What kind of numbers the values of a series are: yes or no, counts, or many zeros."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gatecast._group import ALONE, Group
from gatecast._types import Floats, Integers, Panel

KINDS = ("plain", "zeros", "counts", "yes_no")
PLAIN, ZEROS, COUNTS, YES_NO = range(len(KINDS))

# Whole numbers with a mean of at most this are counts: of larger ones, rounding changes little.
_SMALL = 10.0
# From this share on there are many zeros.
_MANY = 0.2


def yes_no_targets(panel: Panel, rows: Integers, group: Group = ALONE) -> Integers:
    """[targets] 1 where the values of all series are 0 or 1, and both occur; else 0.

    Args:
        panel: the series.
        rows: [series] leading rows to look at.
        group: processes that decide together, each with series of its own.
    """
    found = _Extent.of(panel, rows)
    targets = len(panel.targets)
    yes_no = [
        not group.any((~found.binary[own::targets]).any())
        and group.any((found.lowest[own::targets] == 0).any())
        and group.any((found.highest[own::targets] == 1).any())
        for own in range(targets)
    ]
    return np.array(yes_no, int)


def kinds_of(panel: Panel, rows: Integers, yes_no: Integers) -> Integers:
    """[series] the number of the kind in `KINDS`.

    A series of 0 and 1 is "yes_no" where all series of its target are, else it is one of "counts":
    whole numbers from 0 on, which are small or often zero. "zeros" has many zeros besides numbers
    of any kind; "plain" is everything else.

    Args:
        panel: the series.
        rows: [series] leading rows to look at.
        yes_no: [targets] 1 where all series hold 0 and 1 alone.
    """
    found = _Extent.of(panel, rows)
    never_negative: Any = found.lowest >= 0
    counts = found.whole & ((found.mean <= _SMALL) | (found.zeros >= _MANY))
    own = np.resize(yes_no, len(panel.ids)) > 0
    kinds = np.where(found.zeros >= _MANY, ZEROS, PLAIN)
    kinds = np.where(counts, COUNTS, kinds)
    kinds = np.where(found.binary & own, YES_NO, kinds)
    return np.where(never_negative, kinds, PLAIN)


@dataclass(frozen=True)
class _Extent:
    """[series] each: NaN or False where nothing was observed; binary is True there."""

    lowest: Floats
    highest: Floats
    mean: Floats
    zeros: Floats
    whole: Any
    binary: Any

    @classmethod
    def of(cls, panel: Panel, rows: Integers) -> _Extent:
        starts = panel.offsets[:-1]
        values = np.where(panel.position < rows[panel.series_of_row], panel.y, np.nan)
        seen = ~np.isnan(values)
        number = np.add.reduceat(seen.astype(float), starts)

        def share(which: Integers) -> Floats:
            total = np.add.reduceat(np.where(seen, which, 0).astype(float), starts)
            return np.divide(total, number, out=np.zeros(len(number)), where=number > 0)

        return cls(
            lowest=np.fmin.reduceat(values, starts),
            highest=np.fmax.reduceat(values, starts),
            mean=share(values),
            zeros=share(values == 0),
            whole=share(values % 1 == 0) == 1,
            binary=np.add.reduceat((seen & (values != 0) & (values != 1)).astype(int), starts) == 0,
        )
