"""Windows that members have not seen: the forecasts of each part, and the observed values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gatecast._group import ALONE, Group
from gatecast._types import Floats, Integers, Panel
from gatecast.forecasting.members import Combination, Finish, Forecast, joined, mean_of
from gatecast.framing import Windows, first_target, last_windows, of_every_target, rows_from

# Of so many windows the largest error is the end of a 99 % interval. Few series need many each.
_ENOUGH_WINDOWS = 100
# The share of a long series that they are spread over, so that they overlap less: a tenth.
_SPREAD = 10
# Origins per series and in all to calibrate on: more cost time and, as they overlap, add little.
_MOST_ORIGINS = 60
_MOST_WINDOWS = 6_000
_MOST_DRAWN = 2_000
# Series that several processes judge by.
_MOST_TOGETHER = 10_000
# Origins that decide which parts stay.
_FEW_ORIGINS = 3
_FEW_WINDOWS = 3_000


@dataclass(frozen=True)
class HeldBack:
    """Windows of the held-out rows; they begin after the training rows and end within the series.

    Attributes:
        windows: [windows] over all targets' series.
        parts: the forecast of each part of a combination.
        actual: [windows, h] observed values; NaN where nothing was observed.
        calibrates: [windows] whether intervals are calibrated on the window.
        chooses: [windows] whether it helps to decide which parts stay.
        finish: what makes combined forecasts those of the kinds of the series, or None.
    """

    windows: Windows
    parts: tuple[Forecast, ...]
    actual: Floats
    calibrates: Any
    chooses: Any
    finish: Finish | None = None

    def of(self, kept: Sequence[int]) -> HeldBack:
        """The same windows, with the forecasts of some parts only."""
        return replace(self, parts=tuple(self.parts[part] for part in kept))

    def forecast(self, which: Any) -> Forecast:
        """The combined forecast of all parts for some of the windows."""
        found = mean_of([part.chosen(which) for part in self.parts])
        return found if self.finish is None else self.finish.chosen(which).of(found)


def held_back_rows(panel: Panel, h: int, season_length: int, group: Group = ALONE) -> Integers:
    """[series] the number of rows to hold out for calibration.

    As many as make a hundred windows over all series, which begin one row after the other, or, in
    a tenth of a long series, further apart; but no fewer than `choosing_rows`. At most a third of
    the rows, or one horizon and half of them.
    """
    origins = _enough(group.total(len(panel.ids) // len(panel.targets)))
    apart = np.clip(panel.lengths // (_SPREAD * origins), 1, h)
    wanted = np.maximum(_usual(h, season_length), h + apart * (origins - 1))
    return _at_most_a_third(panel, h, wanted)


def choosing_rows(panel: Panel, h: int, season_length: int) -> Integers:
    """[series] the newest held-out rows, on which parts are chosen: three horizons or seasons."""
    return _at_most_a_third(panel, h, _usual(h, season_length))


def _enough(series: int) -> int:
    """Origins in each of so many series that make windows enough."""
    return -(-_ENOUGH_WINDOWS // series)


def _usual(h: int, season_length: int) -> int:
    return max(2 * h, h + 2 * season_length)


def _at_most_a_third(panel: Panel, h: int, wanted: Any) -> Integers:
    third = np.where(panel.lengths >= 2 * h, np.maximum(panel.lengths // 3, h), panel.lengths // 3)
    rows: Integers = np.minimum(wanted, third)
    return rows


def forecast_held_back(
    members: Combination,
    panel: Panel,
    train: Integers,
    h: int,
    *,
    choose: bool,
    recent: Integers | None = None,
    group: Group = ALONE,
) -> HeldBack | None:
    """Let each part forecast the rows it was not trained on, once.

    Args:
        members: trained on the leading `train` rows of each series.
        panel: the series.
        train: [series] leading rows they have seen.
        h: rows to forecast.
        choose: whether there is a choice between the parts.
        recent: [series] the newest rows that decide on it; all held-out ones if None.
        group: the processes that judge together. Of many series only every so many-th is forecast.

    Returns:
        The forecasts, or None where no series has `h` held-out rows, in any process.
    """
    ids, series = first_target(panel), group.total(len(first_target(panel).ids))
    known = train[:: len(panel.targets)]
    if not group.alone:
        # None of the others has rows that are held out.
        passed_over = np.arange(len(known)) % -(-series // _MOST_TOGETHER) > 0
        known = np.where(passed_over, ids.lengths, known)
    calibrating = _origins(ids, known, h, _many(members, h, series))
    choosing = [origins[:0] for origins in calibrating]
    if choose and len(members.parts) > 1:
        few = int(np.clip(_FEW_WINDOWS / series, 1, _FEW_ORIGINS))
        if recent is not None:
            known = np.maximum(known, ids.lengths - recent[:: len(panel.targets)])
        choosing = _origins(ids, known, h, few)
    every = [np.union1d(*pair) for pair in zip(calibrating, choosing, strict=True)]
    calls = _calls(ids, every, one_origin=members.one_origin)
    if not group.any(calls):
        return None
    # Windows that do not lie inside are left out: other processes need none but their shape.
    calls = calls or [last_windows(ids)]
    windows, parts = _forecast(members, panel, calls, h)
    place = windows.origin - panel.offsets[windows.series]
    return HeldBack(
        windows,
        parts,
        rows_from(panel.y, windows.origin, h),
        _among(calibrating, windows.series // len(panel.targets), place),
        _among(choosing, windows.series // len(panel.targets), place),
        members.finish(panel, windows),
    )


def _many(members: Combination, h: int, series: int) -> int:
    """The origins of each of so many series to calibrate on."""
    most = (_MOST_DRAWN if members.draws(h) else _MOST_WINDOWS) / series
    # Where a call takes one origin, each one more would be a run along the whole panel.
    own = _MOST_ORIGINS if members.one_origin else max(_MOST_ORIGINS, _enough(series))
    return int(np.clip(most, 1, own))


def _forecast(
    members: Combination, panel: Panel, calls: list[Windows], h: int
) -> tuple[Windows, tuple[Forecast, ...]]:
    """The windows of all calls that lie inside their series, and the forecasts of each part."""
    forecasts = [members.by_part(panel, windows, h) for windows in calls]
    windows = [of_every_target(panel, each) for each in calls]
    inside = [_inside(panel, each, h) for each in windows]
    together = Windows(
        np.concatenate([each.series[kept] for each, kept in zip(windows, inside, strict=True)]),
        np.concatenate([each.origin[kept] for each, kept in zip(windows, inside, strict=True)]),
    )
    parts = (
        joined([call[part].chosen(kept) for call, kept in zip(forecasts, inside, strict=True)])
        for part in range(len(members.parts))
    )
    return together, tuple(parts)


def _origins(ids: Panel, known: Integers, h: int, most: int) -> list[Integers]:
    """Up to `most` places in each series to forecast `h` rows from, spread evenly."""
    chosen: list[Integers] = []
    for rows, trained in zip(ids.lengths, known, strict=True):
        available = np.arange(trained, rows - h + 1)
        stride = max(1, -(-len(available) // most))
        chosen.append(available[::-1][::stride][::-1])
    return chosen


def _calls(ids: Panel, chosen: list[Integers], *, one_origin: bool) -> list[Windows]:
    """The origins as windows over the series of the first target, by call of the forecast.

    There is one call for all of them. Where a call takes one origin of each series, there are
    several calls, and a series that has no more origins repeats its last row.
    """
    counts = np.array([len(origins) for origins in chosen])
    series = np.arange(len(ids.ids))
    if not counts.any():
        return []
    if not one_origin:
        every = np.repeat(series, counts)
        return [Windows(every, ids.offsets[every] + np.concatenate(chosen))]
    return [
        Windows(
            series,
            ids.offsets[:-1]
            + [
                origins[call] if call < len(origins) else rows
                for origins, rows in zip(chosen, ids.lengths, strict=True)
            ],
        )
        for call in range(counts.max())
    ]


def _inside(panel: Panel, windows: Windows, h: int) -> Any:
    """[windows] whether all rows of a window lie inside its series."""
    return windows.origin + h <= panel.offsets[windows.series + 1]


def _among(chosen: list[Integers], ids: Integers, place: Integers) -> Any:
    """[windows] whether the place of a window is among those chosen in its series."""
    wanted = [set(origins.tolist()) for origins in chosen]
    return np.array(
        [p in wanted[i] for i, p in zip(ids.tolist(), place.tolist(), strict=True)], bool
    )
