"""A period that series show by themselves, where the calendar gives none.

Each whole number of rows is tried as a period: the series is cut into cycles, and each cycle is
foretold by the mean of the others, as in cross-validation (Stone 1974). Folding a series at trial
periods and comparing what is left with what there was is the minimization of phase dispersion
(Stellingwerf 1978). Noise with any memory hardly foretells its own cycles, and less so the more of
them there are, which gives the bar that a period has to pass.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gatecast._types import Floats, Integers, Panel

# The newest rows of so many series are looked at; of shorter series none.
_MOST_ROWS, _MOST_SERIES, _FEWEST_ROWS = 10_000, 32, 16
_MOST_GAPS = 0.3
_SHORTEST, _FEWEST_CYCLES = 3, 3
# Up to so many rows every period is tried; longer ones some rows apart, so that cycles at the ends
# are off by less than a sixteenth of a period.
_EVERY, _APART = 200, 8
# Of how many stretches a cycle is compared with the others.
_STRETCHES = 24
# The share of c cycles to be explained is more than 0.08 + 1.8 / c ("Periods" in docs/tried.md).
_SHARE, _SHARE_OF_FEW = 0.08, 1.8
# A part of a period is a period, too, if it explains as much but for this.
_AS_MUCH = 0.02
# Changes beyond so many of the median size count as these.
_FAR = 6.0
# In a panel: the share of series that have to agree, to this share of the period.
_AGREE, _ALIKE = 0.5, 0.02
_TINY = 1e-12


class Period(NamedTuple):
    """A period that was found.

    Attributes:
        rows: in it; 1 for none.
        share: of the changes within a cycle that the mean of the other cycles explains.
    """

    rows: int = 1
    share: float = 0.0


def periods_of(panel: Panel, longest: int) -> list[Period]:
    """The period of each of some series, evenly chosen.

    Args:
        panel: the series, whose rows are taken to be evenly spaced.
        longest: rows of the longest period.
    """
    long = np.flatnonzero(panel.lengths >= _FEWEST_ROWS)
    some = long[np.unique(np.linspace(0, len(long) - 1, _MOST_SERIES).round().astype(int))]
    ends = panel.offsets[some + 1]
    starts = np.maximum(panel.offsets[some], ends - _MOST_ROWS)
    return [period_in(panel.y[start:end], longest) for start, end in zip(starts, ends, strict=True)]


def agreed(found: list[Period]) -> Period:
    """The period that more than half of them are about equal to, as their median."""
    rows = np.array([each.rows for each in found])
    alike = np.abs(rows - rows[:, None]) <= _ALIKE * rows[:, None]
    alike &= (rows > 1)[:, None]
    if not len(rows) or alike.sum(axis=1).max() <= _AGREE * len(rows):
        return Period()
    best = np.flatnonzero(alike[alike.sum(axis=1).argmax()])
    share = float(np.mean([found[place].share for place in best]))
    return Period(int(np.sort(rows[best])[len(best) // 2]), share)


def period_in(y: Floats, longest: int) -> Period:
    """The period of one series: of those that pass the bar the one that explains most.

    Args:
        y: [rows] NaN where nothing was observed.
        longest: rows of the longest period.
    """
    seen = np.flatnonzero(~np.isnan(y))
    if len(seen) < _FEWEST_ROWS:
        return Period()
    values = np.interp(np.arange(seen[0], seen[-1] + 1), seen, y[seen])
    longest = min(longest, len(values) // _FEWEST_CYCLES)
    if len(seen) < (1 - _MOST_GAPS) * len(values) or longest < _SHORTEST:
        return Period()
    best = _best(values, _trials(len(values), longest))
    if best.rows == 1:
        return best
    around = _reach(best.rows, len(values))
    near = np.arange(max(best.rows - around, _SHORTEST), min(best.rows + around, longest) + 1)
    best = _best(values, near)
    for rows in range(_SHORTEST, best.rows // 2 + 1):
        # Stretches as long as those of the whole.
        parts = max(2, _STRETCHES * rows // best.rows)
        if best.rows % rows == 0 and explained(values, rows, parts) >= best.share - _AS_MUCH:
            return Period(rows, explained(values, rows))
    return best


def _trials(rows: int, longest: int) -> Integers:
    """Periods to try in a series of so many rows."""
    tried = [*range(_SHORTEST, min(longest, _EVERY) + 1)]
    while tried[-1] < longest:
        tried.append(min(tried[-1] + max(_reach(tried[-1], rows), 1), longest))
    return np.array(tried)


def _reach(period: int, rows: int) -> int:
    """How far apart trials around a period are."""
    return 0 if period < _EVERY else period * period // (_APART * rows)


def _best(values: Floats, tried: Integers) -> Period:
    """The period that explains most, of those that pass the bar."""
    shares = np.array([explained(values, rows) for rows in tried.tolist()])
    bars = _SHARE + _SHARE_OF_FEW / (len(values) // tried)
    shares = np.where(shares > bars, shares, 0)
    place = int(shares.argmax())
    return Period(int(tried[place]), float(shares[place])) if shares[place] else Period()


def explained(values: Floats, period: int, parts: int = _STRETCHES) -> float:
    """The share of the changes within cycles that the mean of the other cycles explains.

    1 - sum (cycle - mean of the others)^2 / sum cycle^2

    Cycles are means of equal stretches, less a straight line that follows their level.

    Args:
        values: [rows] at least two periods.
        period: rows of each cycle.
        parts: the number of stretches, if cycles have so many rows.
    """
    cycles, stretches = len(values) // period, min(period, parts)
    newest = values[len(values) - cycles * period :].reshape(cycles, period)
    edges = np.arange(stretches) * period // stretches
    own = np.add.reduceat(newest, edges, axis=1) / np.diff(np.append(edges, period))
    level = own.mean(axis=1)
    along = (np.arange(stretches) + 1 / 2) / stretches - 1 / 2
    own = own - level[:, None] - np.gradient(level)[:, None] * along
    far = _FAR * np.median(np.abs(own))
    own = np.clip(own, -far, far) if far > 0 else own
    total = (own**2).sum()
    if total <= _TINY * (values**2).sum():
        return 0.0
    others = (own.sum(axis=0) - own) / (cycles - 1)
    return float(1 - ((own - others) ** 2).sum() / total)
