"""What every series has to satisfy, and what its owner should know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gatecast._types import IRREGULAR, InputError
from gatecast._warn import warn
from gatecast.data._words import show_series, show_some, show_time

if TYPE_CHECKING:
    from gatecast._types import Integers, Panel

# A few equal rows, such as an update brings, are no constant series.
_FEWEST_ROWS = 8


# Squares of larger values, and sums of those, may not be finite.
LARGEST = 1e100


def refuse_huge(panel: Panel) -> None:
    """Raise if a value is so large that errors cannot be computed.

    Raises:
        InputError: naming the first such series, time, value, and its column if it is exogenous.
    """
    for name, column in {"y": panel.y, **panel.exog}.items():
        huge = np.flatnonzero(np.abs(column) > LARGEST)
        if len(huge):
            row = huge[0]
            raise InputError(
                f"series {show_series(panel, panel.series_of_row[row])} has {name} = "
                f"{column[row]:g} at {show_time(panel.ds[row])}: values beyond {LARGEST:g} cannot "
                "be forecast; give them in a larger unit"
            )


def refuse_tiny(panel: Panel) -> None:
    """Raise if a series has values other than zero, but all so small that their squares are none.

    Raises:
        InputError: naming the first such series and its largest value.
    """
    largest = np.fmax.reduceat(np.abs(panel.y), panel.offsets[:-1])
    tiny = np.flatnonzero((largest > 0) & (largest < 1 / LARGEST))
    if len(tiny):
        raise InputError(
            f"series {show_series(panel, tiny[0])} has no value beyond {largest[tiny[0]]:g}: "
            f"series below {1 / LARGEST:g} cannot be forecast; give them in a smaller unit"
        )


def warn_about_constants(panel: Panel) -> None:
    """Warn once if series never change, over rows enough to tell."""
    # Rows without a value are passed over by fmin and fmax.
    lowest = np.fmin.reduceat(panel.y, panel.offsets[:-1])
    highest = np.fmax.reduceat(panel.y, panel.offsets[:-1])
    constant = np.flatnonzero((lowest == highest) & (panel.lengths >= _FEWEST_ROWS))
    if len(constant):
        names = show_some(constant, lambda number: show_series(panel, number))
        warn(f"{len(constant):,} constant series: {names}; repeating the value forecasts them best")


def warn_about_gaps(panel: Panel, since: Integers | None = None) -> None:
    """Warn once if rows have no value.

    Args:
        panel: the series.
        since: [series] the place of the first row to look at; all rows if None.
    """
    series = panel.series_of_row
    asked = panel.position >= (0 if since is None else since[series])
    gaps = np.flatnonzero(np.isnan(panel.y) & asked)
    if len(gaps):
        places = show_some(
            gaps, lambda row: f"{show_series(panel, series[row])} at {show_time(panel.ds[row])}"
        )
        unit = "rows" if panel.freq == IRREGULAR else f"calendar steps ({panel.freq})"
        warn(
            f"{len(gaps):,} of {asked.sum():,} {unit} have no value and "
            f"count as missing: series {places}"
        )


def require_rows(panel: Panel, minimum: int, why: str) -> None:
    """Raise if a series has fewer observed rows than a model needs.

    Args:
        panel: the series.
        minimum: rows needed, for example `look_back + h`.
        why: what needs them, in words that name the settings: "look_back=24 and h=12".

    Raises:
        InputError: naming the first such series, its rows and what to change.
    """
    observed = np.add.reduceat(~np.isnan(panel.y), panel.offsets[:-1], dtype=np.int64)
    short = np.flatnonzero(observed < minimum)
    if len(short):
        others = f" ({len(short) - 1:,} more series are too short)" if len(short) > 1 else ""
        raise InputError(
            f"series {show_series(panel, short[0])} has {observed[short[0]]:,} observed rows, but "
            f"{why} need at least {minimum:,}{others}; lower these settings, add rows or leave "
            "the series out"
        )
