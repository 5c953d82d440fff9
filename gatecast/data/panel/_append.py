"""Panels that go on: rows after the last."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gatecast._types import IRREGULAR, InputError, Panel
from gatecast.data._words import show_kind, show_series, show_time
from gatecast.data.calendar import calendar_for, steps_between
from gatecast.data.panel._categories import same_categories
from gatecast.data.panel._checks import warn_about_gaps
from gatecast.data.panel._static import series_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatecast._types import Integers


def append(panel: Panel, new: Panel, *, silent: bool = False) -> Panel:
    """The rows of a panel followed by new ones.

    Calendar steps left out between the two become rows without values, which an `InputWarning`
    tells. Series without new rows, and the static columns, stay as they are.

    Args:
        panel: the series so far.
        new: later rows of some of them, with the same frequency, targets and exogenous columns.
        silent: whether the user knows of steps that are left out.

    Raises:
        InputError: naming what differs, a series the panel does not have, or a row that is not
            after the last one.
    """
    require_alike(panel, new)
    panel, new = same_categories(panel, new)
    known = _known(panel, new)
    first, last = new.ds[new.offsets[:-1]], panel.ds[panel.offsets[1:] - 1][known]
    early = first <= last
    if early.any():
        number = int(early.argmax())
        raise InputError(
            f"series {show_series(new, number)}: the row at {show_time(first[number])} is not "
            f"after the last one seen, {show_time(last[number])}; leave it out"
        )
    skipped = np.zeros(len(panel.ids), dtype=np.int64)
    if panel.freq != IRREGULAR:
        skipped[known] = steps_between(last, first, panel.freq) - 1
    whole = joined(panel, new, known, skipped)
    if skipped.any() and not silent:
        warn_about_gaps(whole, panel.lengths)
    return whole


def joined(panel: Panel, new: Panel, known: Integers, skipped: Integers) -> Panel:
    """Both panels, row after row, with so many skipped steps between them in each series."""
    added = np.zeros(len(panel.ids), dtype=np.int64)
    added[known] = new.lengths
    offsets = np.concatenate([[0], np.cumsum(panel.lengths + skipped + added)])
    begins = offsets[:-1]
    old_place = begins[panel.series_of_row] + panel.position
    new_place = (begins + panel.lengths + skipped)[known][new.series_of_row] + new.position

    def merge(old: NDArray[Any], fresh: NDArray[Any]) -> NDArray[Any]:
        values = np.full(offsets[-1], np.nan)
        values[old_place], values[new_place] = old, fresh
        return values

    ds = np.empty(offsets[-1], dtype=panel.ds.dtype)
    ds[old_place], ds[new_place] = panel.ds, new.ds
    between = np.delete(np.arange(len(ds)), np.concatenate([old_place, new_place]))
    if len(between):
        number = np.searchsorted(offsets, between, side="right") - 1
        last = offsets[number] + panel.lengths[number] - 1
        ds[between] = calendar_for(panel.freq, ds).advance(ds[last], between - last)
    return replace(
        panel,
        ds=ds,
        y=merge(panel.y, new.y),
        offsets=offsets,
        exog={name: merge(values, new.exog[name]) for name, values in panel.exog.items()},
    )


def require_alike(panel: Panel, new: Panel) -> None:
    """Raise unless the rows have the same frequency, targets and exogenous columns."""
    pairs = {
        "freq": (panel.freq, new.freq),
        "targets": (panel.targets, new.targets),
        "times": (show_kind(panel.ds), show_kind(new.ds)),
        "exogenous columns": (sorted(panel.exog), sorted(new.exog)),
        "columns of categories": (sorted(panel.categories), sorted(new.categories)),
    }
    for name, (expected, found) in pairs.items():
        if expected != found:
            raise InputError(f"the new rows have {name} {found!r}, those before {expected!r}")


def _known(panel: Panel, new: Panel) -> Integers:
    """[new series] the number of each new series in the panel."""
    if np.array_equal(new.ids, panel.ids):
        return np.arange(len(panel.ids))
    count = len(panel.targets)
    known = series_numbers(new.ids[::count], panel.ids[::count])
    if (known < 0).any():
        unknown = str(new.ids[::count][known < 0][0])
        raise InputError(
            f"series {unknown!r} is new to this model: forecast it with predict(df=...) from its "
            "history, or fit again"
        )
    return (known[:, None] * count + np.arange(count)).reshape(-1)
