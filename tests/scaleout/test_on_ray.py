"""Tasks run once each, wherever; errors and deaths of workers come back as they are."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gatecast import InputError
from gatecast.scaleout.executors import Executor, LocalExecutor, Outcome, Shared, executor_of


@dataclass(frozen=True)
class Times:
    factor: Shared[int]

    def __call__(self, task: int) -> int:
        return task * self.factor.get()


def refuse_three(task: int) -> int:
    if task == 3:
        raise InputError("series 3: not a number")
    return task


def threads(_: int) -> tuple[int, list[str]]:
    """The process, and the names of the threads of a program that has run."""
    import jax.numpy as jnp  # noqa: PLC0415

    (jnp.ones((64, 64)) @ jnp.ones((64, 64))).block_until_ready()
    own = Path("/proc/self/task")
    return os.getpid(), [(each / "comm").read_text() for each in own.iterdir()]


@dataclass(frozen=True)
class DiesUntil:
    """Notes each try in a file, and ends the process until there are enough."""

    folder: Path
    tries: int

    def __call__(self, task: int) -> int:
        with (self.folder / str(task)).open("a") as file:
            file.write("x")
        if task == 1 and (self.folder / "1").stat().st_size < self.tries:
            os._exit(1)
        return task


@pytest.fixture(params=["local", "ray"])
def executor(request: pytest.FixtureRequest) -> Executor:
    if request.param == "local":
        return LocalExecutor()
    found: Executor = request.getfixturevalue("cluster")
    return found


def test_every_task_is_done_once(executor: Executor):
    work = Times(executor.share(3))
    found = list(executor.map(work, range(40)))
    assert Counter(found) == Counter(Outcome(task, 3 * task) for task in range(40))
    assert list(executor.map(work, [])) == []


def test_an_error_of_the_work_is_raised_as_it_was(executor: Executor):
    with pytest.raises(InputError, match=r"^series 3: not a number$"):
        list(executor.map(refuse_three, range(5)))


def test_few_tasks_are_under_way(executor: Executor):
    taken = []

    def tasks() -> Iterator[int]:
        for task in range(100):
            taken.append(task)
            yield task

    outcomes = executor.map(refuse_three, (task for task in tasks() if task != 3))
    next(outcomes)
    outcomes.close()
    assert len(taken) <= 2 * executor.workers + 2


@pytest.mark.slow
def test_a_task_whose_worker_dies_is_done_again(cluster: Executor, tmp_path: Path):
    found = list(cluster.map(DiesUntil(tmp_path, tries=3), range(3)))
    assert sorted(outcome.value for outcome in found) == [0, 1, 2]
    assert (tmp_path / "1").read_text() == "xxx"


@pytest.mark.slow
def test_a_task_that_kills_every_worker_is_given_up(cluster: Executor, tmp_path: Path):
    found = {each.task: each for each in cluster.map(DiesUntil(tmp_path, tries=99), range(3))}
    assert found[0].value == 0
    assert found[2].value == 2
    assert "died" in (found[1].lost or "")
    with pytest.raises(RuntimeError, match="died"):
        _ = found[1].value


def test_a_worker_computes_on_one_thread(cluster: Executor):
    found = dict(outcome.value for outcome in cluster.map(threads, range(4)))
    assert os.getpid() not in found
    for names in found.values():
        assert sum("XLAEigen" in name for name in names) <= 1


def test_two_executors_at_a_time_share_a_connection(cluster: Executor):
    with executor_of("local", workers=1) as inner:
        assert inner.workers == 1
        assert [each.value for each in inner.map(refuse_three, [1])] == [1]
    assert [each.value for each in cluster.map(refuse_three, [1])] == [1]


def test_without_an_address_the_work_stays_in_this_process():
    with executor_of(None) as executor:
        assert executor.workers == 1
        assert [each.value for each in executor.map(os.getpgid, [os.getpid()])]
    with pytest.raises(InputError, match="workers=2 needs a cluster"), executor_of(None, 2):
        pass


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1:1", "nobody answers there"),
        ("ray://127.0.0.1:1", "nobody answers there"),
        ("http://127.0.0.1:1", "address must be"),
        ("somewhere", "address must be"),
        ("host:port", "address must be"),
    ],
)
def test_an_address_that_is_none_is_told_at_once(address: str, words: str):
    with pytest.raises(InputError, match=re.escape(words)), executor_of(address):
        pass


def test_the_room_loads_nothing_that_is_heavy():
    code = (
        "import sys, gatecast.scaleout.executors as e; e.LocalExecutor, e.executor_of;"
        "sys.exit(bool({'ray', 'jax', 'keras'} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
