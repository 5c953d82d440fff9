"""Members of a learning rate each, trained in one program."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from network_runs import FRAMING, bits, data_of, network_of, train

from gatecast import InputError, Training
from gatecast.training import TrainingSet, train_network

SETTINGS = Training(epochs=3, batch_size=4)


def trained(settings: Training, **how: Any) -> Any:
    return train_network(network_of(), FRAMING, TrainingSet(data_of()), settings, **how)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_each_member_learns_at_its_own_rate(optimizer: str):
    settings = replace(SETTINGS, optimizer=optimizer)
    rates, seeds = (0.001, 0.05), (3, 4)
    together = trained(settings, seeds=seeds, rates=rates)
    for member, (rate, seed) in enumerate(zip(rates, seeds, strict=True)):
        alone = train(replace(settings, learning_rate=rate), data_of(), seeds=(seed,))
        np.testing.assert_allclose(
            together.curves["loss"][member], alone.curves["loss"][0], rtol=1e-4
        )


def test_equal_rates_are_the_rate_of_the_settings():
    settings = replace(SETTINGS, learning_rate=0.05)
    given = trained(settings, seeds=(1, 2), rates=(0.05, 0.05))
    assert bits(given) == bits(trained(settings, seeds=(1, 2)))


def test_rates_that_cannot_be():
    with pytest.raises(InputError, match="1 values for 2 members"):
        trained(SETTINGS, seeds=(1, 2), rates=(0.1,))
    with pytest.raises(InputError, match="schedule='constant'"):
        trained(replace(SETTINGS, schedule="cosine"), seeds=(1,), rates=(0.1,))
