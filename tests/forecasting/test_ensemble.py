from typing import Any

import jax
import numpy as np
import pytest
from small_forecasters import (
    NAN,
    Array,
    asked_of_the_trainer,
    beyond_by_hand,
    drawn_ensemble,
    empty_state,
    forward_of,
    panel_of,
    small_settings,
    wandering,
)

from gatecast._types import InputError, Panel
from gatecast.data import tail
from gatecast.forecasting import Ensemble, Fit, fit_ensemble
from gatecast.forecasting._settings import Settings
from gatecast.framing import Framing, Windows, last_windows
from gatecast.network import Architecture
from gatecast.training import Trained, Training

SEASON = 4
MEMBERS = 2
TRAIN = np.array([14, 9, 12])

# A gap that is bridged is an input like any other.
OWN = {"members": MEMBERS, "gaps": "bridge"}
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


def ensemble_of(settings: Settings, panel: Panel) -> Ensemble:
    return drawn_ensemble(settings, panel, TRAIN, SEASON)


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

    def forecasts(self, forward: Any, t: int, h: int) -> list[float]:
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
    ensemble = ensemble_of(settings, panel)
    found = ensemble.one_step(panel)
    expected = np.full((MEMBERS, panel.rows), np.nan)
    for member in range(MEMBERS):
        forward = forward_of(ensemble, member)
        for series, first in enumerate(panel.offsets[:-1]):
            hand = ByHand(settings, panel, series)
            for t in range(3 + hand.lag, panel.lengths[series]):
                expected[member, first + t] = hand.forecasts(forward, t, 1)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@CASES
@pytest.mark.parametrize("rows", [None, np.array([16, 8, 12])], ids=["end", "cutoffs"])
def test_ahead_goes_on_from_any_cutoff(settings: Settings, rows: Any):
    panel = unequal_panel()
    ensemble = ensemble_of(settings, panel)
    found = ensemble.ahead(panel, 5, rows)
    cutoffs = panel.lengths if rows is None else rows
    for member in range(MEMBERS):
        forward = forward_of(ensemble, member)
        for series, cutoff in enumerate(cutoffs):
            hand = ByHand(settings, panel, series)
            expected = hand.forecasts(forward, int(cutoff), 5)
            np.testing.assert_allclose(found[member, series], expected, rtol=1e-5)


@CASES
def test_the_last_rows_and_the_memory_are_all_a_forecast_needs(settings: Settings):
    panel = unequal_panel()
    ensemble = ensemble_of(settings, panel)
    last = tail(panel, ensemble.context_rows)
    assert last.lengths.tolist() == [ensemble.context_rows] * 3
    state = ensemble.memory(panel, last_windows(panel)) if settings.stateful else None
    found = ensemble.from_windows(last, last_windows(last), 5, state)
    np.testing.assert_allclose(found.point, ensemble.ahead(panel, 5), rtol=1e-6)
    assert found.quantiles is None


def test_from_windows_takes_several_origins_of_one_series():
    panel = unequal_panel()
    ensemble = ensemble_of(CHAIN, panel)
    windows = last_windows(panel).where(np.array([1, 1, 0]))
    found = ensemble.from_windows(panel, windows, 5).point
    np.testing.assert_allclose(found, ensemble.ahead(panel, 5)[:, [1, 1, 0]], rtol=1e-6)


def test_memory_moves_on_over_some_more_windows():
    panel = unequal_panel()
    ensemble = ensemble_of(MEMORY, panel)
    windows = last_windows(panel)
    before = Windows(windows.series, windows.origin - np.array([4, 0, 1]))
    state = ensemble.memory(panel, before)
    more = [before.origin[0] + np.arange(4), before.origin[2] + np.arange(1)]
    moved = Windows(np.array([0, 0, 0, 0, 2]), np.concatenate(more))
    found = ensemble.moved(panel, moved, state, None)
    for one, other in zip(found, ensemble.memory(panel, windows), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


@pytest.mark.parametrize("cell", ["dense", "rnn"])
def test_room_for_more_samples_changes_nothing(cell: Any):
    panel = unequal_panel()
    stateful = cell != "dense"
    settings = small_settings(
        architecture=Architecture(cell, units=2),
        training=Training(epochs=2, batch_size=1, shuffle=False),
        stateful=stateful,
        **OWN,
    )
    tight, run = fit_ensemble(settings, panel, TRAIN, Fit(1))
    roomy, roomy_run = fit_ensemble(settings, panel, TRAIN, Fit(1, room=panel.lengths))
    for first, second in zip(
        jax.tree.leaves(tight.weights), jax.tree.leaves(roomy.weights), strict=True
    ):
        np.testing.assert_allclose(first, second, atol=1e-6)
    np.testing.assert_allclose(run.curves["loss"], roomy_run.curves["loss"], rtol=1e-5)


def test_early_stopping_watches_the_newest_samples(monkeypatch: pytest.MonkeyPatch):
    panel = unequal_panel()
    settings = small_settings(training=Training(validation=0.25))
    _, seen = asked_of_the_trainer(settings, panel, TRAIN, monkeypatch)
    # Series of 14, 9, 12 training rows give 10, 5 and 8 samples; the newest quarter is held back.
    offsets = panel.offsets[:-1]
    first = [offset + np.arange(3, 3 + n) for offset, n in zip(offsets, [8, 4, 6], strict=True)]
    last = [
        offset + np.arange(3 + n, 3 + n + more)
        for offset, n, more in zip(offsets, [8, 4, 6], [2, 1, 2], strict=True)
    ]
    np.testing.assert_array_equal(seen["train"], np.concatenate(first))
    np.testing.assert_array_equal(seen["validation"], np.concatenate(last))


def test_gaps_are_no_targets(monkeypatch: pytest.MonkeyPatch):
    panel = unequal_panel()
    _, seen = asked_of_the_trainer(small_settings(scaler=()), panel, TRAIN, monkeypatch)
    np.testing.assert_array_equal(seen["values"][5:8, 0], np.float32(panel.y[[5, 5, 5]]))
    assert seen["observed"][[5, 8]].all()
    assert not seen["observed"][6:8].any()
    targets = np.where(panel.position < TRAIN[panel.series_of_row], panel.y, np.nan)
    np.testing.assert_array_equal(seen["targets"][:, 0], np.float32(targets))


def test_too_few_rows_are_counted():
    panel = panel_of(wandering(8))
    settings = small_settings(scaler=("difference", "seasonal_difference"))
    words = r"^the longest series has 5 training rows, but at least 6 are needed: give more rows$"
    with pytest.raises(InputError, match=words):
        fit_ensemble(settings, panel, np.array([5]), Fit(3))


def test_diverging_training_is_told(monkeypatch: pytest.MonkeyPatch):
    def diverge(*_: Any, **__: Any) -> Trained:
        weights = {"trainable": [np.array([[1.0, NAN]])], "non_trainable": []}
        return Trained(weights, {}, interrupted=False, compile_seconds=0, train_seconds=0)

    monkeypatch.setattr("gatecast.forecasting._fitting.train_network", diverge)
    settings = small_settings(training=Training(learning_rate=1e30))
    with pytest.raises(InputError, match=r"^training diverged: .* lower learning_rate 1e\+30"):
        fit_ensemble(settings, panel_of(wandering(20)), np.array([20]), Fit(1))
