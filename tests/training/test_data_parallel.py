from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from network_runs import FRAMING, ORIGINS, data_of, network_of
from sharded_runs import CARRIED, carried, plain, train, weights_of
from two_processes import finish, finish_both, started

from gatecast._types import InputError
from gatecast.training import DataParallel, Trained, Training, TrainingSet, train_network

PROGRAM = Path(__file__).with_name("sharded_runs.py")


def assert_close(found: Trained, expected: Trained):
    for own, other in zip(found.variables.trainable, expected.variables.trainable, strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-5)
    assert found.curves.keys() == expected.curves.keys()
    for name, curve in expected.curves.items():
        np.testing.assert_allclose(found.curves[name], curve, rtol=1e-5)


@pytest.mark.parametrize(
    ("shards", "settings"),
    [
        (3, Training(epochs=4, batch_size=6, shuffle=False, clip=0.1)),
        (2, Training(epochs=6, batch_size=100, optimizer="sgd", validation=0.1, patience=2)),
    ],
    ids=["batches", "whole"],
)
def test_shards_take_the_steps_of_the_whole_batch(shards: int, settings: Training):
    data = data_of(train=ORIGINS[:7], validation=ORIGINS[7:])
    found = train(DataParallel(shards), data, settings)
    assert_close(found, train(train_network, data, settings))


def test_shards_carry_the_state_of_their_series():
    assert_close(
        train(DataParallel(2), carried(), CARRIED), train(train_network, carried(), CARRIED)
    )


@pytest.mark.slow
def test_shards_draw_their_dropout_for_themselves():
    # Twice the same samples, in places that belong to the first and the second shard.
    twice = data_of(train=np.repeat(ORIGINS[:8], 2))
    settings = Training(epochs=2, batch_size=16, shuffle=False, optimizer="sgd")

    def run(trainer: Any, **more: Any) -> Trained:
        return train(trainer, twice, replace(settings, **more.pop("settings", {})), **more)

    assert_close(run(DataParallel(2)), run(DataParallel(1)))
    alone = run(DataParallel(1), dropout=0.5, settings={"batch_size": 8})
    both = run(DataParallel(2), dropout=0.5)
    assert not np.allclose(alone.variables.trainable[0], both.variables.trainable[0], atol=1e-5)


def test_only_one_global_model_is_trained_on_shards():
    given = TrainingSet(data_of(train=ORIGINS[None]), own="origins")
    with pytest.raises(InputError, match="one global model"):
        DataParallel(2)(network_of(), FRAMING, given, Training(), seeds=[0])


def test_shards_need_a_validation_sample_whose_target_was_observed():
    unseen = data_of(np.full(14, np.nan, np.float32), train=ORIGINS[:4], validation=ORIGINS[4:])
    with pytest.raises(InputError, match="no target of any validation sample"):
        DataParallel(2)(network_of(), FRAMING, TrainingSet(unseen), Training(), seeds=[0])


def assert_written(path: Path, expected: dict[str, Any]):
    found = np.load(path)
    assert {*found} == {*expected}
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_devices_of_one_process_equal_shards_on_one_device(tmp_path: Path):
    finish(started(PROGRAM, str(tmp_path), flags="--xla_force_host_platform_device_count=4"))
    expected = weights_of(
        plain=train(DataParallel(4), plain()), carried=train(DataParallel(4), carried(), CARRIED)
    )
    assert_written(tmp_path / "devices.npz", expected)


@pytest.mark.slow
def test_two_processes_stop_and_go_on_together(tmp_path: Path):
    finish_both(PROGRAM, tmp_path)
    expected = weights_of(plain=train(DataParallel(2), plain()))
    for rank in range(2):
        assert_written(tmp_path / f"process{rank}.npz", expected)
    assert not (tmp_path / "checkpoint").exists()
