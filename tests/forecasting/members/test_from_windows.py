"""What members forecast, and the memory they carry, against one series in plain Python."""

import numpy as np
import pytest
from small_forecasters import (
    NAN,
    Array,
    Forward,
    beyond_by_hand,
    drawn_members,
    empty_state,
    forward_of,
    panel_of,
    small_settings,
    wandering,
)

from gatecast._types import Panel
from gatecast.data import head, tail
from gatecast.forecasting import Members, Settings
from gatecast.forecasting.members import (
    NOTHING,
    PartState,
    ahead,
    from_windows,
    memory_after,
    memory_before,
    one_step,
)
from gatecast.framing import Framing, last_windows

SEASON = 4
NUMBER = 2
TRAIN = np.array([14, 9, 12])

# A gap that is bridged is an input like any other.
OWN = {"members": NUMBER, "gaps": "bridge"}
CHAIN = small_settings(
    Framing(3, 2, level="last"), scaler=("log", "seasonal_difference", "standard"), **OWN
)
MINMAX = small_settings(Framing(3, 2, level="mean", level_span=2), scaler=("minmax",), **OWN)
MEMORY = small_settings(Framing(3, 2), scaler=CHAIN.scaler, stateful=True, **OWN)
CASES = pytest.mark.parametrize(
    "settings", [CHAIN, MINMAX, MEMORY], ids=["chain", "minmax", "memory"]
)


def unequal_panel() -> Panel:
    """Three series, the first with a gap of two rows."""
    first = wandering(19)
    first[6:8] = NAN
    return panel_of(first, wandering(13, 1), wandering(15, 2))


def members_of(settings: Settings, panel: Panel) -> Members:
    return drawn_members(settings, panel, TRAIN, SEASON)


class ByHand:
    """One series in plain Python: bridge gaps, scale, forecast, and back."""

    def __init__(self, settings: Settings, panel: Panel, series: int) -> None:
        self.settings = settings
        y = panel.y[panel.offsets[series] : panel.offsets[series + 1]]
        train = TRAIN[series]
        self.y = list(y)
        for row in range(len(y)):
            if np.isnan(y[row]):
                self.y[row] = self.y[row - 1]
        if settings.scaler == CHAIN.scaler:
            self.lag = SEASON
            changes = [np.log(y[t]) - np.log(y[t - SEASON]) for t in range(SEASON, train)]
            # What was not observed is not learnt from.
            self.shift, self.scale = np.nanmean(changes), np.nanstd(changes)
        else:
            self.lag = 0
            self.shift = np.nanmin(y[:train])
            self.scale = np.nanmax(y[:train]) - self.shift

    def scaled(self, t: int) -> float:
        value = self.y[t]
        if self.lag:
            value = np.log(value) - np.log(self.y[t - SEASON])
        return (value - self.shift) / self.scale

    def window(self, t: int) -> Array:
        return np.array([self.scaled(row) for row in range(t - 3, t)])

    def unscaled(self, forecasts: Array, t: int) -> list[float]:
        """Scaled forecasts of rows t, t + 1, ... in the user's units."""
        known = self.y[:t]
        for value in forecasts:
            change = value * self.scale + self.shift
            known.append(known[-SEASON] * np.exp(change) if self.lag else change)
        return known[t:]

    def forecasts(self, forward: Forward, t: int, h: int) -> list[float]:
        """`h` rows from row t on."""
        state = empty_state(self.settings)
        if self.settings.stateful:
            for row in range(3 + self.lag, t):
                _, state = forward(self.window(row), state)
        carried = self.settings.stateful
        return self.unscaled(beyond_by_hand(forward, self.window(t), state, h, carried=carried), t)


@CASES
def test_one_step_forecasts_each_row_from_the_rows_before_it(settings: Settings):
    panel = unequal_panel()
    members = members_of(settings, panel)
    found = one_step(members, panel)
    expected = np.full((NUMBER, panel.rows), np.nan)
    for member in range(NUMBER):
        forward = forward_of(members, member)
        for series, first in enumerate(panel.offsets[:-1]):
            hand = ByHand(settings, panel, series)
            for t in range(3 + hand.lag, panel.lengths[series]):
                expected[member, first + t] = hand.forecasts(forward, t, 1)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    newest = np.array([2, 0, 40])
    expected[
        :,
        panel.offsets[1:][panel.series_of_row] - np.arange(panel.rows)
        > newest[panel.series_of_row],
    ] = np.nan
    np.testing.assert_allclose(one_step(members, panel, newest), expected, rtol=1e-5)


@CASES
@pytest.mark.parametrize("rows", [None, np.array([16, 8, 12])], ids=["end", "cutoffs"])
def test_ahead_goes_on_from_any_cutoff(settings: Settings, rows: Array | None):
    panel = unequal_panel()
    members = members_of(settings, panel)
    found = ahead(members, panel, 5, rows)
    cutoffs = panel.lengths if rows is None else rows
    for member in range(NUMBER):
        forward = forward_of(members, member)
        for series, cutoff in enumerate(cutoffs):
            hand = ByHand(settings, panel, series)
            expected = hand.forecasts(forward, int(cutoff), 5)
            np.testing.assert_allclose(found[member, series], expected, rtol=1e-5)


@CASES
def test_the_last_rows_and_the_memory_are_all_a_forecast_needs(settings: Settings):
    panel = unequal_panel()
    members = members_of(settings, panel)
    last = tail(panel, members.context_rows)
    assert last.lengths.tolist() == [members.context_rows] * 3
    state = NOTHING
    if settings.stateful:
        state = PartState(memory_before(members, panel, last_windows(panel)), None)
    found = from_windows(members, last, last_windows(last), 5, state)
    np.testing.assert_allclose(found.point, ahead(members, panel, 5), rtol=1e-6)
    assert found.quantiles is None


def test_from_windows_takes_several_origins_of_one_series():
    panel = unequal_panel()
    members = members_of(CHAIN, panel)
    windows = last_windows(panel).where(np.array([1, 1, 0]))
    found = from_windows(members, panel, windows, 5).point
    np.testing.assert_allclose(found, ahead(members, panel, 5)[:, [1, 1, 0]], rtol=1e-6)


@pytest.mark.parametrize(
    "new",
    # Of ten rows less, the last series is too young for a window.
    [np.array([4, 0, 1]), np.array([0, 3, 10])],
    ids=["rows", "rows of a young series"],
)
def test_memory_moves_on_with_new_rows(new: Array):
    panel = unequal_panel()
    members = members_of(MEMORY, panel)
    known = head(panel, panel.lengths - new)
    before = PartState(memory_before(members, known, last_windows(known)), None)
    found = memory_after(members, known, panel, before)
    expected = memory_before(members, panel, last_windows(panel))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)
    for member in range(NUMBER):
        forward = forward_of(members, member)
        for series, rows in enumerate(panel.lengths):
            hand, state = ByHand(MEMORY, panel, series), empty_state(MEMORY)
            for t in range(3 + hand.lag, rows):
                _, state = forward(hand.window(t), state)
            for one, by_hand in zip(found, state, strict=True):
                np.testing.assert_allclose(one[member, series], by_hand, rtol=1e-4, atol=1e-6)


def test_what_carries_no_memory_has_none_afterwards():
    panel = unequal_panel()
    members = members_of(CHAIN, panel)
    assert memory_after(members, head(panel, panel.lengths - 1), panel, NOTHING) == []
