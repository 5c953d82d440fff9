"""A fold of a backtest, fitted from the whole panel, is a fit of the rows of the fold alone."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zlib import crc32

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_forecasters import Array, draw_weights, panel_of, small_settings, wandering

from gatecast._types import InputError, Panel
from gatecast.data import head
from gatecast.forecasting import FitOptions, Part, Quality, recipe_parts
from gatecast.forecasting.fitting import Fitted, PartsOf, fit
from gatecast.framing import Framing
from gatecast.network import Architecture
from gatecast.training import NetworkVariables, Trained, Training, TrainingSet

H = 2
QUICK = small_settings(
    Framing(3, H, level="last"),
    architecture=Architecture("dense", units=2),
    training=Training(epochs=2, batch_size=4),
)
TRAINED = FitOptions(verbose=False)
# Of the second series a third is held back: fewer rows than of all it has.
ROWS = np.array([20, 11])
# Enough for networks to be adapted, as a recipe has it.
MANY_ROWS = np.array([40, 38, 40, 39, 40, 36, 37, 40])


def panel_with(lengths: Sequence[int], rows: Array, future: float) -> Panel:
    """Series whose values after the leading rows are multiplied by so much."""
    series = [wandering(length, seed) for seed, length in enumerate(lengths)]
    for values, known in zip(series, rows, strict=True):
        values[known:] *= future
    return panel_of(*series)


def adapted_by_samples(
    _: Any, framing: Framing, data: TrainingSet, __: Any, *, initial: Any, seeds: Any, **___: Any
) -> Trained:
    """A trainer that changes the weights a little, in another way for other samples."""
    origins = data.data.train[data.data.train >= 0]
    # One program: each operation by itself would be another for every shape.
    sample = jax.jit(framing)(jax.tree.map(jnp.asarray, data.data.source), origins)
    # Missing targets as zero, and one kind of zero.
    read = jax.tree.leaves((sample.inputs, sample.targets))
    every = np.concatenate([np.nan_to_num(array).reshape(-1) for array in read]) + 0.0
    random = np.random.default_rng(crc32(every.tobytes()))
    trainable, others = initial
    changed = [each + random.normal(0, 0.01, each.shape).astype(np.float32) for each in trainable]
    variables = NetworkVariables(changed, others, [], [], 0.0, 0)
    curves = {"loss": np.zeros((len(seeds), 1))}
    return Trained(variables, curves, interrupted=False, compile_seconds=0, train_seconds=0)


ADAPTED = FitOptions(choose=True, verbose=False, trainer=adapted_by_samples)


def spied(parts_of: PartsOf) -> tuple[PartsOf, list[Panel]]:
    """The same parts, and the panels for which they were asked."""
    seen: list[Panel] = []

    def ask(panel: Panel) -> Sequence[Part]:
        seen.append(panel)
        return parts_of(panel)

    return ask, seen


def assert_a_fold_is_a_fit_of_its_rows(
    parts_of: PartsOf, panel: Panel, rows: Array, options: FitOptions
) -> Fitted:
    known = head(panel, rows)
    (fold,) = fit(parts_of, panel, [rows], H, options)
    (alone,) = fit(parts_of, known, [rows], H, options)
    assert [each.part for each in fold.members.parts] == [each.part for each in alone.members.parts]
    found, expected = fold.members.ahead(panel, H, rows), alone.members.ahead(known, H)
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert fold.calibration is not None
    assert alone.calibration is not None
    # Errors on the rows that were held back: of a fold they are some of its own.
    np.testing.assert_allclose(fold.calibration.scores, alone.calibration.scores, rtol=1e-4)
    np.testing.assert_allclose(fold.calibration.scale, alone.calibration.scale)
    assert fold.calibration.skill == pytest.approx(alone.calibration.skill, rel=1e-4)
    return fold


def test_networks_that_are_really_trained():
    panel = panel_with((28, 22), ROWS, -1e6)
    fold = assert_a_fold_is_a_fit_of_its_rows(lambda _: [Part(QUICK)], panel, ROWS, TRAINED)
    # What was trained on more rows is another.
    (more,) = fit(lambda _: [Part(QUICK)], panel, [ROWS + 1], H, TRAINED)
    assert (fold.members.ahead(panel, H, ROWS) != more.members.ahead(panel, H, ROWS)).any()


@pytest.mark.parametrize(
    ("quality", "roles"),
    [("zero_shot", ["pretrained"]), ("fast", ["pretrained", "adapted_lightly"])],
)
def test_a_recipe(quality: Quality, roles: list[str]):
    panel = panel_with([50] * 8, MANY_ROWS, 1e3)
    known = head(panel, MANY_ROWS)
    wanted = recipe_parts(quality, known, H)
    assert [part.role for part in wanted] == roles
    ask, seen = spied(lambda panel: recipe_parts(quality, panel, H))
    fold = assert_a_fold_is_a_fit_of_its_rows(ask, panel, MANY_ROWS, ADAPTED)
    assert [each.part for each in fold.members.parts] == wanted
    for panel_seen in seen:
        np.testing.assert_array_equal(panel_seen.lengths, MANY_ROWS)
        np.testing.assert_array_equal(panel_seen.y, known.y)


def last_samples(parts_of: PartsOf, panel: Panel, options: FitOptions) -> tuple[Fitted, list[int]]:
    """A fit, and the last sample of each training."""
    ends: list[int] = []

    def trainer(network: Any, framing: Framing, data: TrainingSet, *rest: Any, **how: Any) -> Any:
        ends.append(int(data.data.train.max()))
        return (options.trainer)(network, framing, data, *rest, **how)

    (fitted,) = fit(parts_of, panel, [panel.lengths], H, replace(options, trainer=trainer))
    return fitted, ends


def test_networks_are_not_trained_again_for_a_tenth_of_the_rows():
    def recipe(panel: Panel) -> Sequence[Part]:
        return recipe_parts("fast", panel, H)

    # A hundred windows of two rows are held back: 101 rows.
    short, long = panel_of(wandering(900)), panel_of(wandering(1100))
    again, once, own = [900 - 101 - H, 900 - H], [1100 - 101 - H], [1100 - 101 - H, 1100 - H]
    assert last_samples(recipe, short, ADAPTED)[1] == again
    fitted, ends = last_samples(recipe, long, replace(ADAPTED, choose=False))
    assert ends == once
    assert [part.part.role for part in fitted.members.parts] == ["pretrained", "adapted_lightly"]
    assert len(fitted.runs) == 1
    # Settings of one's own are trained on all rows, and so is what goes on from an older fit.
    drawn = FitOptions(verbose=False, trainer=draw_weights)
    assert last_samples(lambda _: [Part(QUICK)], long, drawn)[1] == own
    older = replace(ADAPTED, choose=False, start=fitted.members.parts)
    assert last_samples(recipe, long, older)[1] == own


def test_a_recipe_for_more_rows_would_be_another():
    panel = panel_with([50] * 8, MANY_ROWS, 1.0)
    every, known = (recipe_parts("fast", each, H) for each in (panel, head(panel, MANY_ROWS)))
    assert every[0] == known[0]
    # No series has more rows to read, and there are fewer samples for as many steps.
    assert [part.settings.framing.read for part in (every[1], known[1])] == [50, 40]
    assert every[1].settings.training != known[1].settings.training


def test_folds_with_other_parts_are_fitted_with_their_own():
    panel = panel_with((28, 22), ROWS, 1.0)
    folds = [np.array([20, 16]), np.array([24, 0]), np.array([22, 18])]

    def by_length(panel: Panel) -> list[Part]:
        """One unit more for a panel with a longer first series."""
        units = 2 if panel.lengths[0] < 23 else 3
        return [Part(small_settings(architecture=Architecture("dense", units=units)))]

    ask, seen = spied(by_length)
    options = FitOptions(intervals=False, verbose=False, trainer=draw_weights)
    fitted = fit(ask, panel, folds, H, options)
    # Of a series that is left out a row is left, so that it can have a name.
    assert [each.lengths.tolist() for each in seen] == [[20, 16], [24, 1], [22, 18]]
    units = [each.members.parts[0].settings.architecture.units for each in fitted]
    assert units == [2, 3, 2]
    for rows, fold in zip(folds, fitted, strict=True):
        shift = fold.members.parts[0].view.scaler.arrays()["0.shift"]
        for series, known in enumerate(rows):
            if known:
                first = panel.offsets[series]
                mean = panel.y[first : first + known].mean()
                assert shift[series] == pytest.approx(mean)


def test_a_part_that_cannot_be_trained_early_is_left_out():
    # A part is adapted from 200 samples on: each series has three of all its rows, but none of
    # those before the third that is held out.
    panel = panel_of(*(wandering(22, seed) for seed in range(67)), freq="MS")
    wanted = recipe_parts("auto", panel, 1)
    assert [part.role for part in wanted] == ["pretrained", "adapted_lightly"]
    options = FitOptions(choose=True, verbose=False, trainer=draw_weights)
    (fold,) = fit(lambda _: wanted, panel, [panel.lengths], 1, options)
    assert [each.part for each in fold.members.parts] == wanted[:1]
    assert fold.calibration is not None


@given(st.integers(1, 14), st.sampled_from([1, 100]))
@example(9, 100)
@settings(max_examples=3, deadline=None, derandomize=True)
def test_a_recipe_takes_any_panel_that_its_networks_take(rows: int, series: int):
    lengths = [max(1, rows - seed % 5) for seed in range(series)]
    panel = panel_of(*(wandering(length, seed) for seed, length in enumerate(lengths)), freq="QS")
    options = FitOptions(choose=True, verbose=False, trainer=draw_weights)
    (fold,) = fit(lambda panel: recipe_parts("auto", panel, 1), panel, [panel.lengths], 1, options)
    assert fold.members.parts[0].part.role == "pretrained"
    assert np.isfinite(fold.members.ahead(panel, 1)).all()


def test_settings_of_ones_own_say_how_many_rows_are_missing():
    panel = panel_of(wandering(18), freq="MS")
    season = Framing(24, H, level="seasonal", season=12)
    with pytest.raises(InputError, match="has 18 training rows, but at least 19 are needed"):
        fit(lambda _: [Part(small_settings(season))], panel, [panel.lengths], H, TRAINED)
    # One more row is one sample; but none where rows are held out, so that none are.
    longer = panel_of(wandering(19), freq="MS")
    drawn = FitOptions(verbose=False, trainer=draw_weights)
    (fold,) = fit(lambda _: [Part(small_settings(season))], longer, [longer.lengths], H, drawn)
    assert fold.calibration is None
