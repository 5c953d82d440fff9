"""Forecasts of windows that members have not seen, each made once."""

from dataclasses import replace

import numpy as np
import pytest
from climbers import Climber
from small_forecasters import (
    NAN,
    Array,
    drawn_members,
    panel_of,
    small_settings,
    wandering,
)

from gatecast._types import Panel
from gatecast.forecasting import Combination, Settings
from gatecast.forecasting.intervals import (
    HeldBack,
    choosing_rows,
    forecast_held_back,
    held_back_rows,
)
from gatecast.forecasting.members import ahead
from gatecast.framing import Framing, Windows
from gatecast.network import Architecture

H = 3
TRAIN = np.array([12, 8, 13])


def uneven_panel() -> Panel:
    """Series of which six, two and no whole windows are held back; with a gap in the first."""
    first = wandering(20)
    first[15] = NAN
    return panel_of(first, wandering(12, 1), wandering(15, 2))


ORIGINS = [*range(12, 18), 20 + 8, 20 + 9]


def held_back(members: Climber, panel: Panel, train: Array, h: int, *, choose: bool) -> HeldBack:
    found = forecast_held_back(members, panel, train, h, choose=choose)
    assert found is not None
    return found


def sorted_by_origin(found: HeldBack) -> tuple[Windows, Array, list[Array]]:
    """Windows, what came, and the forecasts of each part."""
    order = np.argsort(found.windows.origin, kind="stable")
    points = [part.point[order] for part in found.parts]
    return found.windows.where(order), found.actual[order], points


def test_held_back_rows_by_hand():
    # Of a hundred series one window each would be enough.
    panel = panel_of(*[np.ones(300), np.ones(60), np.ones(7)] * 34)
    for held, h, season, expected in (
        # Twice the horizon, or the horizon and two seasons; at most a third.
        (held_back_rows, 12, 1, [24, 20, 2]),
        (held_back_rows, 12, 12, [36, 20, 2]),
        (choosing_rows, 12, 12, [36, 20, 2]),
        # One horizon where that leaves half of the rows.
        (held_back_rows, 3, 1, [6, 6, 3]),
    ):
        np.testing.assert_array_equal(held(panel, h, season)[:3], expected)


@pytest.mark.parametrize(
    ("rows", "h", "expected"),
    [
        # The horizon, and 99 rows for the windows that begin after the first; at most a third.
        (400, 12, 111),
        (60, 12, 20),
        # Three rows from one window to the next: the windows begin in a tenth of 3,652 rows.
        (3652, 14, 14 + 3 * 99),
        # At most a horizon from one to the next.
        (10_000, 5, 5 + 5 * 99),
    ],
)
def test_a_single_series_holds_out_a_hundred_windows(rows: int, h: int, expected: int):
    panel = panel_of(np.arange(float(rows)))
    held = held_back_rows(panel, h, 1)
    assert held.tolist() == [expected]
    found = held_back(Climber(), panel, panel.lengths - held, h, choose=False)
    assert len(found.windows) == min(100, expected - h + 1)
    assert len(np.unique(np.diff(found.windows.origin))) == 1
    # The choice between parts is made on the newest rows.
    assert choosing_rows(panel, h, 1).tolist() == [min(2 * h, rows // 3)]


@pytest.mark.parametrize("one_origin", [False, True])
def test_windows_begin_after_the_training_rows_and_end_with_their_series(*, one_origin: bool):
    panel = uneven_panel()
    climber = Climber((1.0, -2.0), one_origin=one_origin)
    found = held_back(climber, panel, TRAIN, H, choose=False)
    windows, actual, points = sorted_by_origin(found)
    assert windows.origin.tolist() == ORIGINS
    assert windows.series.tolist() == [0] * 6 + [1] * 2
    np.testing.assert_array_equal(actual, [panel.y[t : t + H] for t in ORIGINS])
    for point, climb in zip(points, (1.0, -2.0), strict=True):
        by_hand = [[panel.y[t - 1] + climb * k for k in (1, 2, 3)] for t in ORIGINS]
        np.testing.assert_array_equal(point, by_hand)
    assert found.calibrates.all()
    assert not found.chooses.any()


@pytest.mark.parametrize(
    ("one_origin", "calls"),
    # All windows at once; or a first window of each series, a second one, up to the longest.
    [(False, 1), (True, 6)],
)
@pytest.mark.parametrize("choose", [False, True])
def test_every_window_is_forecast_once_whatever_it_is_for(
    *, one_origin: bool, calls: int, choose: bool
):
    climber = Climber((1.0, -2.0), one_origin=one_origin)
    held_back(climber, uneven_panel(), TRAIN, H, choose=choose)
    assert len(climber.calls) == calls
    asked = np.concatenate([windows.origin for windows in climber.calls])
    # A series without a window left stands at its end.
    ends = [20, 32, 47]
    assert sorted(t for t in asked if t not in ends) == ORIGINS


def test_a_few_even_windows_choose_and_more_calibrate():
    # 130 windows of one row: each second calibrates, the newest, 44th and 88th before it choose.
    panel, train = panel_of(np.arange(200.0)), np.array([70])
    climber = Climber((1.0, 2.0))
    found = held_back(climber, panel, train, 1, choose=True)
    windows = found.windows.origin
    assert windows[found.calibrates].tolist() == [*range(71, 200, 2)]
    assert windows[found.chooses].tolist() == [199 - 88, 199 - 44, 199]
    assert (found.calibrates | found.chooses).all()
    assert len(np.unique(windows)) == len(windows)
    # Those that are to calibrate are the same where nothing is to be chosen.
    alone = held_back(climber, panel, train, 1, choose=False)
    assert alone.windows.origin.tolist() == windows[found.calibrates].tolist()
    # Of the newest rows alone others choose, and the same calibrate.
    recent = forecast_held_back(climber, panel, train, 1, choose=True, recent=np.array([30]))
    assert recent is not None
    assert recent.windows.origin[recent.chooses].tolist() == [179, 189, 199]
    assert recent.windows.origin[recent.calibrates].tolist() == alone.windows.origin.tolist()


def test_one_part_leaves_no_choice():
    found = held_back(Climber((1.0,)), uneven_panel(), TRAIN, H, choose=True)
    assert not found.chooses.any()


@pytest.mark.parametrize(
    ("series", "one_origin", "most"), [(1, False, 100), (1, True, 60), (2, False, 60)]
)
def test_at_most_so_many_windows_a_series_the_newest_among_them(
    *, series: int, one_origin: bool, most: int
):
    panel = panel_of(*[np.arange(1000.0)] * series)
    climber = Climber(one_origin=one_origin)
    found = held_back(climber, panel, np.full(series, 500), 1, choose=False)
    origins = found.windows.origin[found.windows.series == 0]
    assert 0.8 * most <= len(origins) <= most
    assert origins.max() == 999
    assert len(np.unique(np.diff(np.sort(origins)))) == 1


@pytest.mark.parametrize("one_origin", [False, True])
def test_nothing_is_forecast_without_a_whole_window(*, one_origin: bool):
    panel, climber = uneven_panel(), Climber(one_origin=one_origin)
    assert forecast_held_back(climber, panel, panel.lengths - 2, H, choose=True) is None
    assert climber.calls == []


def test_targets_of_an_id_are_held_back_with_it():
    # Two ids of two targets each: rows 0 to 5 and 6 to 11 of "a", 12 to 17 and 18 to 23 of "b".
    panel = replace(
        panel_of(*(10 * number + np.arange(6.0) for number in range(4))),
        ids=np.repeat(["a", "b"], 2),
        targets=("y", "z"),
    )
    found = held_back(Climber((1.0, 1.0)), panel, np.array([3, 3, 4, 4]), 2, choose=True)
    windows, actual, points = sorted_by_origin(found)
    assert windows.origin.tolist() == [3, 4, 9, 10, 16, 22]
    assert windows.series.tolist() == [0, 0, 1, 1, 2, 3]
    first = np.array([3, 4, 13, 14, 24, 34])
    np.testing.assert_array_equal(actual, np.column_stack([first, first + 1]))
    for point in points:
        # The series climb by one a row, as the forecasts do.
        np.testing.assert_array_equal(point, actual)
    assert found.calibrates.all()
    assert found.chooses.all()


LEVEL = small_settings(
    Framing(3, 2, level="last"), architecture=Architecture("dense", units=2), scaler=("log",)
)
CARRIED = small_settings(Framing(3, 2), stateful=True)


@pytest.mark.parametrize("other", [LEVEL, CARRIED], ids=["at once", "one after the other"])
def test_forecasts_are_those_made_separately(other: Settings):
    panel = uneven_panel()
    settings = small_settings(Framing(4, 2, level="mean"), random_seed=5)
    parts = tuple(drawn_members(each, panel, TRAIN) for each in (settings, other))
    found = forecast_held_back(Combination(parts), panel, TRAIN, H, choose=True)
    assert found is not None
    windows, _, points = sorted_by_origin(found)
    assert windows.origin.tolist() == ORIGINS
    for members, point in zip(parts, points, strict=True):
        for window, series, forecast in zip(windows.origin, windows.series, point, strict=True):
            rows = TRAIN.copy()
            rows[series] = window - panel.offsets[series]
            expected = ahead(members, panel, H, rows)[0, series]
            np.testing.assert_allclose(forecast, expected, rtol=1e-5)


def test_some_of_the_parts_are_those_of_the_same_windows():
    found = held_back(Climber((1.0, 2.0, 3.0)), uneven_panel(), TRAIN, H, choose=True)
    some, which = found.of([2, 0]), found.windows.series == 1
    assert some.windows is found.windows
    expected = found.parts[1].point[which]
    # Two more per row and none more, on average as the middle one.
    np.testing.assert_allclose(some.forecast(which).point, expected)
