import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from network_runs import ORIGINS, SERIES, bits, data_of, train

from gatecast._progress import Progress, follow
from gatecast._types import InputError
from gatecast.training import Checkpoint, Trained, Training

EPOCHS = 9
SETTINGS = Training(epochs=EPOCHS, batch_size=3, validation=0.3, patience=4, learning_rate=0.01)


class Killed(BaseException):
    """The end of the process."""


def fit(path: Path | None, **changed: Any) -> Trained:
    data = data_of(train=ORIGINS[:7], validation=ORIGINS[7:])
    checkpoint = path and Checkpoint(path, every_seconds=0)
    given = {"settings": SETTINGS, "data": data, "seeds": [3, 7]} | changed
    return train(**given, cell="dense", checkpoint=checkpoint)


@pytest.fixture
def shown() -> Iterator[list[int]]:
    """The epochs after which a run tells its progress: with `fit`, all of them."""
    epochs: list[int] = []
    with follow(lambda progress: epochs.append(progress.done)):
        yield epochs


@contextmanager
def interrupted(epoch: int, how: Callable[[], None]) -> Iterator[None]:
    """Do something the first time that an epoch is over."""
    before: list[int] = []

    def told(progress: Progress) -> None:
        if progress.done == epoch and not before:
            before.append(epoch)
            how()

    with follow(told):
        yield


def kill() -> None:
    raise Killed


@pytest.fixture
def left(tmp_path: Path, shown: list[int]) -> Path:
    """The checkpoint of a fit killed in its fifth epoch."""
    path = tmp_path / "air.run"
    with interrupted(5, kill), pytest.raises(Killed):
        fit(path)
    shown.clear()
    shown.append(5)
    return path


def test_a_killed_fit_goes_on_to_the_same_bits(left: Path, shown: list[int]):
    resumed = fit(left)
    assert shown[1] == 5, "four epochs were in the checkpoint"
    assert not left.exists()
    assert not list(left.parent.iterdir())
    whole = fit(None)
    assert shown[-1] > 5
    assert bits(resumed) == bits(whole)


def test_ctrl_c_leaves_a_checkpoint(tmp_path: Path):
    path = tmp_path / "air.run"
    with interrupted(3, lambda: signal.raise_signal(signal.SIGINT)):
        assert fit(path).interrupted
    assert path.exists()
    assert bits(fit(path)) == bits(fit(None))


@pytest.mark.parametrize(
    "changed",
    [
        {"seeds": [3, 8]},
        {"settings": Training(**(vars(SETTINGS) | {"learning_rate": 0.02}))},
        {"data": data_of(SERIES + 1, train=ORIGINS[:7], validation=ORIGINS[7:])},
    ],
    ids=["seeds", "settings", "data"],
)
def test_another_fit_does_not_go_on_from_it(left: Path, changed: dict[str, Any]):
    with pytest.raises(InputError, match=r"belongs to a fit with other .*: delete it, or give"):
        fit(left, **changed)
    assert left.exists()


@pytest.mark.parametrize(
    "damage",
    [lambda content: content[:-9], lambda content: content[:-1] + bytes([content[-1] ^ 1])],
    ids=["cut off", "one bit"],
)
def test_damage_is_found(left: Path, damage: Callable[[bytes], bytes]):
    left.write_bytes(damage(left.read_bytes()))
    with pytest.raises(InputError, match=r"air.run is damaged \(.*\): delete it, or give another"):
        fit(left)


def test_a_folder_that_does_not_exist(tmp_path: Path):
    with pytest.raises(InputError, match=r"the folder of the checkpoint .* does not exist"):
        fit(tmp_path / "none" / "air.run")


def test_nothing_is_written_before_it_is_time(tmp_path: Path):
    checkpoint = Checkpoint(tmp_path / "air.run", every_seconds=1000)
    with interrupted(1, kill), pytest.raises(Killed):
        train(SETTINGS, data_of(train=ORIGINS[:7]), "dense", [3, 7], checkpoint=checkpoint)
    assert not list(tmp_path.iterdir())


def test_seconds_are_not_negative():
    with pytest.raises(InputError, match="every_seconds must be at least 0, got -1"):
        Checkpoint("air.run", every_seconds=-1)


def test_it_is_written_every_half_minute():
    assert Checkpoint("air.run").every_seconds == 30


LONG = Training(epochs=8000, batch_size=3, learning_rate=0.001)
# Processes are forked from one that has imported Keras, which comes after what chooses its backend.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["gatecast.training", "keras"])


def fit_long(path: str | None) -> list[bytes]:
    checkpoint = path and Checkpoint(path, every_seconds=0.01)
    return bits(train(LONG, data_of(), "rnn", [3, 7], checkpoint=checkpoint or None))


def kill_once_written(path: Path, wait_seconds: float = 0) -> None:
    """Kill a fit of its own process some time after it has written its checkpoint anew."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    process = FORKS.Process(target=fit_long, args=(str(path),), daemon=True)
    process.start()
    while not path.exists() or path.stat().st_mtime_ns == before:
        assert process.is_alive()
        time.sleep(0.001)
    time.sleep(wait_seconds)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert path.exists()


@pytest.mark.slow
def test_a_process_killed_by_force_goes_on_to_the_same_bits(tmp_path: Path):
    path = tmp_path / "air.run"
    kill_once_written(path)
    resumed = fit_long(str(path))
    assert not list(tmp_path.iterdir())
    assert resumed == fit_long(None)
    assert np.isfinite(np.frombuffer(resumed[0], np.float32)).all()


@pytest.mark.slow
def test_thirty_kills_go_on_to_the_same_bits(tmp_path: Path):
    path = tmp_path / "air.run"
    for wait_seconds in np.random.default_rng(0).uniform(0, 0.02, 30):
        kill_once_written(path, wait_seconds)
    assert fit_long(str(path)) == fit_long(None)
    assert not list(tmp_path.iterdir())
