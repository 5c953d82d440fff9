"""What dies in mid-run costs time, but no series: on a real cluster, each node a process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
import ray
from ray.cluster_utils import Cluster
from small_sources import H, fitted, in_files, long_series

import gatecast
from gatecast import InputError
from gatecast.scaleout import backtest, predict

pytestmark = [
    pytest.mark.slow,
    # JAX says so when a node is started; it does not go on with the threads of this process.
    pytest.mark.filterwarnings("ignore:.*_at_fork"),
]
SERIES, PARTS = 24, 6
NODE: dict[str, Any] = {"object_store_memory": 100_000_000, "node_ip_address": "127.0.0.1"}
# The driver that is killed: it stands for an hour after the first part.
DRIVER = """
import sys, time
import gatecast
from gatecast.scaleout import predict

def stand(progress):
    if progress.done:
        time.sleep(3600)

model, source, out, address = sys.argv[1:]
with gatecast.follow(stand):
    predict(model, source, out=out, address=address, verbose=False)
"""


class Deadly:
    """Forecasts the last value; a series that ends with 666 ends the process."""

    alias = "Deadly"

    def forecast(self, y: np.ndarray, h: int, **_: Any) -> dict[str, np.ndarray]:
        if 666 in y:
            os._exit(1)
        return {"mean": np.repeat(y[-1], h)}


@pytest.fixture(scope="module")
def nodes() -> Iterator[Cluster]:
    """A head that works on nothing, and two nodes of one worker each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        head = NODE | {"num_cpus": 0, "include_dashboard": False}
        found = Cluster(initialize_head=True, head_node_args=head)
        try:
            for _ in range(2):
                found.add_node(num_cpus=1, **NODE)
            yield found
        finally:
            found.shutdown()


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A model, a source, and the forecasts of a run that nothing disturbs."""
    folder, frame = tmp_path_factory.mktemp("given"), long_series(SERIES)
    model = fitted(frame[frame["unique_id"] < 2], intervals=False).save(folder / "m.gatecast")
    source = in_files(frame, folder / "rows")
    assert predict(model, source, out=folder / "out").parts == PARTS
    return model, source, folder / "out"


def check_whole(out: Path, undisturbed: Path) -> None:
    """Every forecast is there, once, and the same bits."""
    rows = duckdb.read_parquet(f"{out}/part-*.parquet")
    twice = "SELECT unique_id, ds FROM rows GROUP BY ALL HAVING count(*) > 1"
    assert not rows.query("rows", twice).fetchall()
    counts = rows.query("rows", "SELECT count(DISTINCT unique_id), count(*) FROM rows").fetchall()
    assert counts == [(SERIES, SERIES * H)]
    own, other = (sorted(folder.glob("part-*")) for folder in (out, undisturbed))
    assert [each.name for each in own] == [each.name for each in other]
    assert [each.read_bytes() for each in own] == [each.read_bytes() for each in other]
    assert not (out / "_work").exists()


def after_the_first_part(do: Callable[[], object]) -> Callable[[gatecast.Progress], None]:
    """What follows a run, and does something once the first part is there."""
    done = []

    def told(progress: gatecast.Progress) -> None:
        if 0 < progress.done < progress.total and not done:
            done.append(True)
            do()

    return told


def kill_workers() -> None:
    """Kill -9 every worker of the cluster that this process has started."""
    parents, workers = {}, []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            stat, command = (place / "stat").read_text(), (place / "cmdline").read_bytes()
        except OSError:
            continue  # it has just ended
        parents[int(place.name)] = int(stat.rpartition(")")[2].split()[1])
        if command.startswith((b"ray::_run", b"ray::IDLE")):
            workers.append(int(place.name))
    killed = 0
    for worker in workers:
        parent = parents.get(worker, 0)
        while parent not in (0, os.getpid()):
            parent = parents.get(parent, 0)
        if parent:
            os.kill(worker, signal.SIGKILL)
            killed += 1
    assert killed


def test_workers_that_are_killed(nodes: Cluster, given: tuple[Path, Path, Path], tmp_path: Path):
    model, source, undisturbed = given
    with gatecast.follow(after_the_first_part(kill_workers)):
        predict(model, source, out=tmp_path / "out", address=nodes.address)
    check_whole(tmp_path / "out", undisturbed)


def test_a_node_that_is_killed(nodes: Cluster, given: tuple[Path, Path, Path], tmp_path: Path):
    model, source, undisturbed = given
    lost = nodes.add_node(num_cpus=1, **NODE)
    nodes.wait_for_nodes()

    def kill() -> None:
        nodes.remove_node(lost, allow_graceful=False)

    with gatecast.follow(after_the_first_part(kill)):
        predict(model, source, out=tmp_path / "out", address=nodes.address)
    check_whole(tmp_path / "out", undisturbed)


def test_a_driver_that_is_killed_and_started_again(
    nodes: Cluster, given: tuple[Path, Path, Path], tmp_path: Path
):
    model, source, undisturbed = given
    out = tmp_path / "out"
    arguments = [*map(str, (model, source, out)), nodes.address]
    command = [sys.executable, "-c", DRIVER, *arguments]
    with subprocess.Popen(command) as driver:
        while not list(out.glob("_work/parts/*.json")):
            assert driver.poll() is None
            time.sleep(0.05)
        driver.send_signal(signal.SIGKILL)
    before = {note: note.read_bytes() for note in out.glob("_work/parts/*.json")}
    there = {part: part.stat().st_mtime_ns for part in out.glob("part-*")}
    assert before
    assert not (out / "_manifest.json").exists()
    done = predict(model, source, out=out, address=nodes.address)
    assert done.series == SERIES
    noted = {f"part-{note.stem}.parquet" for note in before}
    kept = {part for part in there if part.name in noted}
    assert {part: part.stat().st_mtime_ns for part in kept} == {part: there[part] for part in kept}
    check_whole(out, undisturbed)


def test_a_series_that_kills_its_worker_is_found_and_left_out(nodes: Cluster, tmp_path: Path):
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(["bad", "good"], 12),
            "ds": np.tile(np.arange(12), 2),
            "y": np.arange(24.0),
        }
    )
    frame.loc[5, "y"] = 666
    good = frame[frame["unique_id"] == "good"]
    found = backtest(
        Deadly(), frame, h=2, n_windows=1, level=[], out=tmp_path / "out", address=nodes.address
    )
    alone = gatecast.backtest(Deadly(), good, h=2, n_windows=1, level=[])
    assert (found.done.series, found.done.failures) == (1, 1)
    assert found.done.failed[0].unique_id == "bad"
    assert found.done.failed[0].error.startswith("the process that works on it dies")
    scores = [each.scores.drop(columns="seconds") for each in (found, alone)]
    pd.testing.assert_frame_equal(*scores, check_dtype=False)


def test_a_folder_that_cannot_be_written(given: tuple[Path, Path, Path], tmp_path: Path):
    model, source, _ = given
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="file/out: cannot be written: Not a directory"):
        predict(model, source, out=tmp_path / "file" / "out")


def _as_root(*command: str) -> None:
    subprocess.run(command, check=True)


@pytest.mark.root
def test_a_disk_that_is_full_and_then_is_not(given: tuple[Path, Path, Path], tmp_path: Path):
    model, source, undisturbed = given
    _as_root("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path))
    try:
        with pytest.raises(InputError, match="cannot be written: No space left on device"):
            predict(model, source, out=tmp_path / "out")
        _as_root("mount", "-o", "remount,size=100m", str(tmp_path))
        predict(model, source, out=tmp_path / "out")
        check_whole(tmp_path / "out", undisturbed)
    finally:
        _as_root("umount", str(tmp_path))


def test_the_driver_is_not_connected_any_more():
    assert not ray.is_initialized()
