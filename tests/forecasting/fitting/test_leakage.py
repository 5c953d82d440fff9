"""Nothing that happens after a row changes what was learnt or forecast before it."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from small_forecasters import NAN, Array, fitted_members, panel_of, small_settings, wandering

from gatecast._types import IRREGULAR, Panel
from gatecast.evaluation import Plan, experiment
from gatecast.forecasting import Members, Settings
from gatecast.forecasting.fitting import PartOptions
from gatecast.forecasting.fitting._samples import learnt_view
from gatecast.forecasting.members import ahead, one_step
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


def fitted(settings: Settings, panel: Panel, pad_to: Array | None = None) -> Members:
    return fitted_members(settings, panel, TRAIN, season_length=4, pad_to=pad_to)


def weights_of(members: Members) -> list[Array]:
    return [np.asarray(value) for value in jax.tree.leaves(members.weights)]


def same(first: list[Array], second: list[Array]):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "settings", [PLAIN, DIFFERENCED, STATEFUL], ids=["plain", "differenced", "stateful"]
)
def test_weights_and_forecasts_do_not_know_the_future(settings: Settings):
    before = panel_with(None)
    members = fitted(settings, before)
    known = before.position <= TRAIN[before.series_of_row]
    next_rows, later = one_step(members, before)[:, known], ahead(members, before, 3, TRAIN)
    assert np.isfinite(later).all()
    for future in FUTURES:
        after = panel_with(future)
        other = fitted(settings, after)
        same(weights_of(members), weights_of(other))
        np.testing.assert_array_equal(one_step(other, after)[:, known], next_rows)
        np.testing.assert_array_equal(ahead(other, after, 3, TRAIN), later)


def test_padding_does_not_look_at_values_no_network_could_hold():
    pad_to = np.array([26, 20])
    found = (weights_of(fitted(PLAIN, panel_with(future), pad_to)) for future in (None, 1e300))
    same(*found)


def test_training_rows_do_change_the_weights():
    panel = panel_with(None)
    changed = replace(panel, y=panel.y + (panel.position == 10))
    found = (weights_of(fitted(PLAIN, each)) for each in (panel, changed))
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
    view = learnt_view(PLAIN, panel, np.array([len(early)]), PartOptions(season_length=1))
    assert view.step == 2
