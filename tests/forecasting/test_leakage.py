"""Nothing that happens after a row changes what was learnt or forecast before it."""

from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest
from small_forecasters import NAN, Array, panel_of, small_settings, wandering

from gatecast._types import IRREGULAR, Panel
from gatecast.evaluation import Plan, experiment
from gatecast.forecasting import Fit, Settings, fit_ensemble
from gatecast.forecasting._samples import view_of
from gatecast.framing import Framing
from gatecast.network import Architecture

TRAIN = np.array([20, 16])
FUTURES = [-5.0, 0.0, 1e6, 1e30, NAN]

# The quickest to compile.
QUICK = Architecture("dense", units=2)
PLAIN = small_settings(scaler=("standard",), architecture=QUICK)
DIFFERENCED = small_settings(
    Framing(3, 2, level="last"), scaler=("log", "seasonal_difference"), architecture=QUICK
)
STATEFUL = small_settings(
    Framing(2, 2, level="smoothed", level_span=3),
    scaler=("minmax",),
    stateful=True,
    architecture=Architecture("rnn", units=2),
)


def panel_with(future: float | None) -> Panel:
    """Two series whose rows after the training rows are replaced, except the very last."""
    series = [wandering(28), wandering(22, 1)]
    if future is not None:
        for values, rows in zip(series, TRAIN, strict=True):
            values[rows:-1] = future
            values[-1] = 7.0
    return panel_of(*series)


def weights_of(settings: Settings, panel: Panel, room: Any = None) -> list[Array]:
    ensemble, _ = fit_ensemble(settings, panel, TRAIN, Fit(4, room=room))
    return [np.asarray(value) for value in jax.tree.leaves(ensemble.weights)]


def same(first: list[Array], second: list[Array]):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "settings", [PLAIN, DIFFERENCED, STATEFUL], ids=["plain", "differenced", "stateful"]
)
def test_weights_and_forecasts_do_not_know_the_future(settings: Settings):
    before = panel_with(None)
    ensemble, _ = fit_ensemble(settings, before, TRAIN, Fit(4))
    known = before.position <= TRAIN[before.series_of_row]
    one_step, ahead = ensemble.one_step(before)[:, known], ensemble.ahead(before, 3, TRAIN)
    assert np.isfinite(ahead).all()
    for future in FUTURES:
        after = panel_with(future)
        other, _ = fit_ensemble(settings, after, TRAIN, Fit(4))
        same(jax.tree.leaves(ensemble.weights), jax.tree.leaves(other.weights))
        np.testing.assert_array_equal(other.one_step(after)[:, known], one_step)
        np.testing.assert_array_equal(other.ahead(after, 3, TRAIN), ahead)


def test_padding_does_not_look_at_values_no_network_could_hold():
    room = np.array([26, 20])
    same(weights_of(PLAIN, panel_with(None), room), weights_of(PLAIN, panel_with(1e300), room))


def test_training_rows_do_change_the_weights():
    panel = panel_with(None)
    changed = replace(panel, y=panel.y + (panel.position == 10))
    found = weights_of(PLAIN, panel), weights_of(PLAIN, changed)
    assert any((one != other).any() for one, other in zip(*found, strict=True))


@pytest.mark.slow
def test_an_experiment_forecasts_each_row_from_the_rows_before_it():
    # With a single seed no forecast is picked by its error on test rows.
    plan = Plan(seeds=1, baselines=("persistence",))
    y, cutoff = wandering(48), 40
    changed = np.append(y[:cutoff], 5 * y[cutoff:][::-1])
    before, after = (
        experiment(panel_of(values, freq="QS"), plan)[0].one_step_forecasts[: cutoff + 1]
        for values in (y, changed)
    )
    columns = before.columns.drop("y")
    assert len(columns) == 3 + 5 + 1 + 1
    assert before["split"].eq("test").sum() > 5
    for column in columns:
        np.testing.assert_array_equal(after[column], before[column])


def test_the_usual_step_of_irregular_times_is_learnt_from_training_rows():
    early = np.arange(0, 20, 2)
    late = early[-1] + np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    ds = np.concatenate([early, late])
    y = wandering(len(ds))
    panel = Panel(np.array(["a"]), ds, y, np.array([0, len(ds)]), IRREGULAR)
    view = view_of(PLAIN, panel, np.array([len(early)]), Fit(season_length=1))
    assert view.step == 2
