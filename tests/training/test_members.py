import numpy as np
import pytest
from keras_models import X, Y, dense

from gatecast._backend import keras
from gatecast._types import InputError
from gatecast.training import Watch, fit, fit_members


def build(seed: int) -> keras.Model:
    return dense(seed, optimizer=keras.optimizers.Adam(0.05))


def test_members_equal_separate_fits():
    x, y, seeds = X[:8], Y[:8] + 2, (3, 8)
    watch = Watch(validation_split=0.25, patience=2)
    settings = {"epochs": 15, "batch_size": 2, "watch": watch}
    members = fit_members(build, x, y, seeds=seeds, **settings)
    predictions = members.predict(x)
    epochs = set()
    for number, seed in enumerate(seeds):
        alone = build(seed)
        history = fit(alone, x, y, seed=seed, **settings)
        epochs.add(len(history.epoch))
        for together, single in zip(members.trainable, alone.trainable_variables, strict=True):
            np.testing.assert_allclose(together[number], single.value, rtol=1e-6, atol=1e-6)
        for name, curve in history.history.items():
            run, rest = np.split(members.curves[name][number], [len(curve)])
            np.testing.assert_allclose(run, curve, rtol=1e-5, atol=1e-6)
            assert np.isnan(rest).all()
        np.testing.assert_allclose(predictions[number], alone(x), rtol=1e-5, atol=1e-6)
    assert len(epochs) == 2, "each member stops on its own"


def test_no_seeds():
    with pytest.raises(InputError, match="seeds is empty: give one seed per member"):
        fit_members(build, X, Y, seeds=[])
