"""What a part is trained on, and what is made of its weights."""

from typing import Any, Literal

import jax
import numpy as np
import pytest
from small_forecasters import (
    NAN,
    asked_of_the_trainer,
    fitted_members,
    panel_of,
    small_settings,
    wandering,
)

from gatecast._types import InputError, Panel
from gatecast.forecasting import Part
from gatecast.forecasting.fitting import PartOptions, train
from gatecast.network import Architecture
from gatecast.training import NetworkVariables, Trained, Training

TRAIN = np.array([14, 9, 12])


def unequal_panel() -> Panel:
    """Three series, the first with a gap of two rows."""
    first = wandering(19)
    first[6:8] = NAN
    return panel_of(first, wandering(13, 1), wandering(15, 2))


@pytest.mark.parametrize("cell", ["dense", "rnn"])
def test_room_for_more_samples_changes_nothing(cell: Literal["dense", "rnn"]):
    panel = unequal_panel()
    settings = small_settings(
        architecture=Architecture(cell, units=2),
        training=Training(epochs=2, batch_size=1, shuffle=False),
        stateful=cell != "dense",
        members=2,
        gaps="bridge",
    )
    (tight,), run = train(Part(settings), panel, [TRAIN], PartOptions(1, verbose=False))
    options = PartOptions(1, pad_to=panel.lengths, verbose=False)
    (padded,), padded_run = train(Part(settings), panel, [TRAIN], options)
    for first, second in zip(
        jax.tree.leaves(tight.weights), jax.tree.leaves(padded.weights), strict=True
    ):
        np.testing.assert_allclose(first, second, atol=1e-6)
    assert run is not None
    assert padded_run is not None
    np.testing.assert_allclose(run.curves["loss"], padded_run.curves["loss"], rtol=1e-5)


def test_there_is_room_for_the_samples_of_so_many_rows():
    panel, places = unequal_panel(), []

    def count(_: Any, __: Any, data: Any, *___: Any, **____: Any) -> Trained:
        places.append(data.data.train)
        raise InterruptedError

    for pad_to in (None, panel.lengths):
        with pytest.raises(InterruptedError):
            fitted_members(small_settings(), panel, TRAIN, pad_to=pad_to, trainer=count)
    # Of n rows there are n - 3 - 2 + 1 samples.
    tight, padded = places
    assert (len(tight), len(padded)) == (10 + 5 + 8, 15 + 9 + 11)
    np.testing.assert_array_equal(padded[: len(tight)], tight)
    assert (padded[len(tight) :] == -1).all()


def test_early_stopping_watches_the_newest_samples():
    panel = unequal_panel()
    _, seen = asked_of_the_trainer(small_settings(training=Training(validation=0.25)), panel, TRAIN)
    # Series of 14, 9, 12 training rows give 10, 5 and 8 samples; the newest quarter is held back.
    offsets = panel.offsets[:-1]
    first = [offset + np.arange(3, 3 + n) for offset, n in zip(offsets, [8, 4, 6], strict=True)]
    last = [
        offset + np.arange(3 + n, 3 + n + more)
        for offset, n, more in zip(offsets, [8, 4, 6], [2, 1, 2], strict=True)
    ]
    np.testing.assert_array_equal(seen.train, np.concatenate(first))
    np.testing.assert_array_equal(seen.validation, np.concatenate(last))


def test_gaps_are_no_targets():
    panel = unequal_panel()
    _, seen = asked_of_the_trainer(small_settings(scaler=()), panel, TRAIN)
    rows = seen.source
    np.testing.assert_array_equal(rows.values[5:8, 0], np.float32(panel.y[[5, 5, 5]]))
    assert rows.observed[[5, 8]].all()
    assert not rows.observed[6:8].any()
    targets = np.where(panel.position < TRAIN[panel.series_of_row], panel.y, np.nan)
    np.testing.assert_array_equal(rows.targets[:, 0], np.float32(targets))


def test_too_few_rows_are_counted():
    settings = small_settings(scaler=("difference", "seasonal_difference"))
    words = r"^the longest series has 5 training rows, but at least 6 are needed: give more rows$"
    with pytest.raises(InputError, match=words):
        fitted_members(settings, panel_of(wandering(8)), np.array([5]), season_length=3)


def test_diverging_training_is_told():
    def diverge(*_: Any, **__: Any) -> Trained:
        weights = NetworkVariables([np.array([[1.0, NAN]])], [], [], [], 0.0, 0)
        return Trained(weights, {}, interrupted=False, compile_seconds=0, train_seconds=0)

    settings = small_settings(training=Training(learning_rate=1e30))
    with pytest.raises(InputError, match=r"^training diverged: .* lower learning_rate 1e\+30"):
        fitted_members(settings, panel_of(wandering(20)), trainer=diverge)
