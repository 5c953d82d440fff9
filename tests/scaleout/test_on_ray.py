"""Tasks run once each, wherever; errors and deaths of workers come back as they are.

All tests that need Ray are here, so that it is started once.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from small_sources import fitted, in_files, long_series, series

import gatecast
from gatecast import InputError
from gatecast.cli import main
from gatecast.scaleout import predict
from gatecast.scaleout.executors import Executor, LocalExecutor, Outcome, Shared, executor_of

pytestmark = pytest.mark.filterwarnings("ignore:.*have no value and count as missing")


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


@pytest.mark.usefixtures("cluster")
def test_forecasts_on_ray_are_the_same_bits(tmp_path: Path):
    frame = long_series()
    model = fitted(frame[frame["unique_id"] < 2], intervals=False)
    source = in_files(frame, tmp_path / "rows")
    here = predict(model, source, out=tmp_path / "here")
    there = predict(model, source, out=tmp_path / "there", address="local")
    assert (there.series, there.parts, there.failures) == (12, here.parts, 0)
    for part in (tmp_path / "here").glob("part-*.parquet"):
        assert part.read_bytes() == (tmp_path / "there" / part.name).read_bytes()


@pytest.fixture
def shell(
    cluster: Executor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs a command in this process, which is connected to the cluster."""
    assert cluster.workers

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["gatecast", *map(str, arguments)])
        monkeypatch.setattr(gatecast, "use_compilation_cache", lambda: None)
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        return (int(end.value.code or 0), *capsys.readouterr())

    return run


@pytest.mark.slow
def test_the_shell_fits_and_forecasts_on_a_cluster(
    shell: Callable[..., tuple[int, str, str]], tmp_path: Path
):
    frame = series(8, rows=36)
    infinite = frame[frame["unique_id"] == "s001"].assign(unique_id="infinite", y=float("inf"))
    rows = in_files(pd.concat([frame, infinite]), tmp_path / "rows")
    model, out = tmp_path / "m.gatecast", tmp_path / "out"
    code, text, err = shell(
        *("fit", f"{rows}/*.parquet", "-o", model, "--h", 3, "--quality", "zero_shot"),
        *("--ray", "local", "--json", "--quiet"),
    )
    assert (code, json.loads(text)["series"]) == (0, 8), err
    code, text, err = shell(
        *("fit", rows, "-o", model, "--h", 3, "--quality", "zero_shot", "--ray", "local"),
    )
    assert code == 0, err
    assert re.match(r"fitted LSTM in [\d.]+ s: .*\nit holds the last rows of 8 series\nsaved", text)
    told = ("forecast", model, "--data", rows, "--out", out, "--ray", "local", "--level", 80)
    code, text, err = shell(*told, "--json")
    assert code == 0, err
    facts = json.loads(text)
    assert {name: facts[name] for name in ("series", "rows", "parts", "failures", "out")} == {
        "series": 8,
        "rows": 24,
        "parts": 1,
        "failures": 1,
        "out": str(out),
    }
    assert facts["series_per_second"] > 0
    assert facts["failed"][0]["unique_id"] == "infinite"
    assert "1 series failed, such as 'infinite': series 'infinite' at" in err
    code, text, err = shell(*told)
    assert code == 0
    assert re.match(r"forecast 8 series in [\d.]+ s, [\d.]+ a second\n24 rows in 1 part: ", text)
    forecasts = pd.read_parquet(out)
    plain = gatecast.load(model).predict(level=[80])
    assert list(forecasts.columns) == list(plain.columns)
    assert forecasts["LSTM"].to_numpy() == pytest.approx(plain["LSTM"].to_numpy(), rel=1e-5)


@pytest.mark.slow
def test_the_shell_reads_what_does_not_change_in_time(
    shell: Callable[..., tuple[int, str, str]], tmp_path: Path
):
    rows, out = series(6), tmp_path / "out"
    static = pd.DataFrame({"unique_id": rows["unique_id"].unique(), "kind": ["a", "b", "c"] * 2})
    static.to_csv(tmp_path / "kinds.csv", index=False)
    model = fitted(rows, static)
    given = ("forecast", model.save(tmp_path / "m.gatecast"), "--ray", "local", "--out", out)
    given = (*given, "--data", in_files(rows, tmp_path / "rows"), "--level", 80)
    code, _, err = shell(*given)
    assert code == 2
    assert "(kind): give static (--static)" in err
    code, _, err = shell(*given, "--static", tmp_path / "kinds.csv")
    assert code == 0, err
    found = pd.read_parquet(out).sort_values(["unique_id", "ds"], ignore_index=True)
    expected = model.predict(df=rows, static_df=static, level=[80])
    pd.testing.assert_frame_equal(found, expected, rtol=1e-5)


def test_the_shell_tells_what_does_not_go_together(
    shell: Callable[..., tuple[int, str, str]], tmp_path: Path
):
    for words, arguments in {
        "--ray forecasts any number of series: give --data": ("forecast", "m", "--ray", "local"),
        "--ray does not go with --sql": ("forecast", "m", "--ray", "x", "--data", "d", "--sql"),
        "--workers says how many": ("forecast", "m", "--workers", 2),
        "--ray needs --horizon": ("fit", "d", "-o", "m", "--ray", "local"),
        "--ray does not go with --wide, --decimal": (
            *("fit", "d", "-o", "m", "--ray", "local", "--wide", "--decimal", ","),
        ),
    }.items():
        code, _, err = shell(*arguments)
        assert code == 2
        assert err.startswith(f"error: {words}")
        assert err.count("\n") == 1
    model = fitted(series()).save(tmp_path / "m.gatecast")
    given = ("forecast", model, "--data", "nowhere", "--out", tmp_path / "o")
    code, _, err = shell(*given, "--ray", "local")
    assert (code, err) == (2, "error: nowhere: there is no such file or folder\n")


def test_without_an_address_the_work_stays_in_this_process():
    with executor_of(None) as executor:
        assert executor.workers == 1
        assert [each.value for each in executor.map(os.getpgid, [os.getpid()])]
    with pytest.raises(InputError, match="workers=2 needs a cluster"), executor_of(None, 2):
        pass


def test_without_ray_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install 'gatecast\[scale\]'"), executor_of("auto"):
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


@pytest.mark.slow
def test_a_machine_that_is_too_busy_for_ray_is_told(tmp_path: Path):
    # Ray's own processes have fifteen seconds: one of them sleeps longer.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, time\n"
        "if any(each.endswith('dashboard/agent.py') for each in sys.orig_argv): time.sleep(20)\n"
    )
    code = (
        "from gatecast.scaleout.executors import executor_of\n"
        "with executor_of('local', workers=1): pass"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "InputError: address='local': Ray did not start on this machine (The current" in (
        ended.stderr
    )


def test_the_room_loads_nothing_that_is_heavy():
    code = (
        "import sys, gatecast.scaleout.executors as e; e.LocalExecutor, e.executor_of;"
        "sys.exit(bool({'ray', 'jax', 'keras'} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
