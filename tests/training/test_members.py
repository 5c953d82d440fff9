import numpy as np
import pytest
from keras_models import X, Y, dense, lstm, values_of

from gatecast._backend import keras
from gatecast._types import InputError
from gatecast.training import Watch, fit, fit_members

SEEDS = (3, 8)


def build(seed: int) -> keras.Model:
    return dense(seed, optimizer=keras.optimizers.Adam(0.05))


@pytest.mark.parametrize("watch", [Watch(), Watch(validation_split=0.25, patience=2)])
def test_members_equal_separate_fits(watch: Watch):
    x, y = X[:8], Y[:8] + 2
    settings = {"epochs": 15, "batch_size": 2, "watch": watch}
    members = fit_members(build, x, y, seeds=SEEDS, **settings)
    predictions = members.predict(x)
    for number, seed in enumerate(SEEDS):
        alone = build(seed)
        history = fit(alone, x, y, seed=seed, **settings)
        for together, single in zip(members.trainable, alone.trainable_variables, strict=True):
            np.testing.assert_allclose(together[number], single.value, rtol=1e-6, atol=1e-6)
        for name, curve in history.history.items():
            run, rest = np.split(members.curves[name][number], [len(curve)])
            np.testing.assert_allclose(run, curve, rtol=1e-5, atol=1e-6)
            assert np.isnan(rest).all()
        np.testing.assert_allclose(predictions[number], alone(x), rtol=1e-5, atol=1e-6)


def test_members_stop_on_their_own():
    watch = Watch(validation_split=0.25, patience=1)
    members = fit_members(build, X[:8], Y[:8], seeds=range(6), epochs=15, batch_size=2, watch=watch)
    epochs = np.isfinite(members.curves["loss"]).sum(axis=1)
    assert len(set(epochs)) > 1


def test_no_seeds():
    with pytest.raises(InputError, match="^seeds is empty: give one seed per member$"):
        fit_members(build, X, Y, seeds=[])
