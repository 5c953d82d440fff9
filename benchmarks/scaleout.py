"""Series per second of `gatecast.scaleout`: one worker against two, with Ray and without.

Series of 120 monthly rows lie in Parquet files, which are read by pieces. Each run is a process of
its own; its Ray, of this machine alone, is started before the clock is. Before the clock too, a
small run lets every worker load the model and find its programs.

- `zero_shot_series_per_second_*`: forecasts of 12 rows with two intervals, by `AutoLSTM` without
  training, calibrated before: in one process that has one core (`alone`), and by one and two
  workers of one core each.
- `efficiency_2_workers`: the last divided by twice the one before it. Both cores of a machine with
  two are busy then, and the driver's work is not free.
- `ray_overhead`: seconds of one worker more than those of one process, as a share of them.
- `local_series_per_second_*`: fits of a small LSTM of its own for each series, and
  `local_efficiency_2_workers`.
- `worker_mib_some`, `worker_mib_many`: the most memory that a worker held at the fewest and at the
  most series, and `worker_memory_growth`, the second divided by the first.
- `autoets_series_per_second_*`: statsforecast's AutoETS on the same Ray and the same rows, in tasks
  of its own, with the same intervals.
- `recovery_seconds`: how much longer the forecasts take on two nodes of one core if one is killed
  in the middle and a new one started at once. There a worker starts and loads the model, and the
  part on which the old one worked is done again. Every forecast must be there, once.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import gatecast
from benchmarks._record import recording
from benchmarks._report import print_results
from gatecast import scaleout
from gatecast._lazy import lazy
from gatecast.scaleout import executors
from gatecast.scaleout.executors import executor_of

# What a run does not need is not loaded.
statsforecast = lazy("statsforecast")
models = lazy("statsforecast.models")
cluster_utils = lazy("ray.cluster_utils")

MONTHS, H, LEVELS = 120, 12, [80, 95]
EACH_FILE, EACH_GROUP = 5_000, 100
# No run takes so long: it hangs.
LIMIT_SECONDS = 4 * 3600.0
NODE: dict[str, Any] = {"node_ip_address": "127.0.0.1", "object_store_memory": 100_000_000}
TARGETS = {
    "efficiency_2_workers": ">=0.85",
    "ray_overhead": "<=0.1",
    "worker_memory_growth": "<=1.1",
}


@dataclass(frozen=True)
class Sizes:
    """Series of each measurement."""

    forecast: int = 100_000
    many: int = 1_000_000
    local: int = 2_000
    ets: int = 4_000


# An even number of parts, so that two workers end together.
QUICK = Sizes(forecast=5_000, many=15_000, local=200, ets=200)


@dataclass(frozen=True)
class Run:
    """One process.

    Attributes:
        what: "fit", "forecast", "local" or "ets"; or "nodes" or "killed": forecasts on nodes that
            all stay, or of which one is killed.
        rows: the folder of the series.
        folder: for what it writes.
        workers: of Ray, or nodes; 0 for one process without.
    """

    what: str
    rows: str
    folder: str
    workers: int


def main() -> None:
    """Measure; each run is a process of its own, see `_process`."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="fewer series")
    parser.add_argument("--series", type=int, help="to forecast; and for memory three times more")
    arguments = parser.parse_args()
    sizes = QUICK if arguments.quick else Sizes()
    if arguments.series:
        sizes = replace(QUICK, forecast=arguments.series, many=3 * arguments.series)
    with tempfile.TemporaryDirectory(prefix="gatecast-scaleout-") as folder:
        results = _measured(Path(folder), sizes)
    packages = ("keras", "jax", "ray", "statsforecast")
    print_results(results, packages, record=arguments.record, targets=TARGETS)


def _measured(folder: Path, sizes: Sizes) -> dict[str, float]:
    def run(what: str, series: int, workers: int, limit: float = LIMIT_SECONDS) -> dict[str, float]:
        rows = _series(folder / f"rows-{series}", series)
        place = folder / f"{what}-{series}-{workers}"
        found = _process(Run(what, str(rows), str(place), workers), limit)
        print(f"{what}, {series:,} series, {workers} workers: {found}", flush=True)
        return {"rate": series / found["seconds"], **found}

    _series(folder / "rows-1000", 1_000)
    _process(Run("fit", str(folder / "rows-1000"), str(folder), 0))
    alone = run("forecast", sizes.forecast, 0)
    one, two = (run("forecast", sizes.forecast, workers) for workers in (1, 2))
    many = run("forecast", sizes.many, 1)
    local_one, local_two = (run("local", sizes.local, workers) for workers in (1, 2))
    ets_one, ets_two = (run("ets", sizes.ets, workers) for workers in (1, 2))
    undisturbed = run("nodes", sizes.forecast, 2)
    disturbed = run("killed", sizes.forecast, 2, limit=300 + 5 * undisturbed["seconds"])
    _check_whole(folder / f"killed-{sizes.forecast}-2", sizes.forecast)
    return {
        "zero_shot_series_per_second_alone": alone["rate"],
        "zero_shot_series_per_second_1_worker": one["rate"],
        "zero_shot_series_per_second_2_workers": two["rate"],
        "efficiency_2_workers": two["rate"] / (2 * one["rate"]),
        "ray_overhead": one["seconds"] / alone["seconds"] - 1,
        "worker_mib_some": one["worker_mib"],
        "worker_mib_many": many["worker_mib"],
        "worker_memory_growth": many["worker_mib"] / one["worker_mib"],
        "local_series_per_second_1_worker": local_one["rate"],
        "local_series_per_second_2_workers": local_two["rate"],
        "local_efficiency_2_workers": local_two["rate"] / (2 * local_one["rate"]),
        "autoets_series_per_second_1_worker": ets_one["rate"],
        "autoets_series_per_second_2_workers": ets_two["rate"],
        "recovery_seconds": disturbed["seconds"] - undisturbed["seconds"],
    }


def _check_whole(folder: Path, series: int) -> None:
    """Raise unless every forecast is there, once."""
    columns = "count(DISTINCT unique_id), count(DISTINCT (unique_id, ds)), count(*)"
    found = duckdb.read_parquet(f"{folder}/part-*.parquet").aggregate(columns).fetchall()
    if found != [(series, series * H, series * H)]:
        raise RuntimeError(f"series, forecasts and rows in {folder}: {found}")


def _process(run: Run, limit: float = LIMIT_SECONDS) -> dict[str, float]:
    # Not as the main module, whose classes would have to travel to the workers.
    command = [sys.executable, "-c", "from benchmarks.scaleout import here; here()"]
    command.append(json.dumps(asdict(run)))
    # Ray's processes end with it.
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=limit)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-2000:])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _series(folder: Path, series: int) -> Path:
    """Files of random walks with a season, written one after the other."""
    if folder.exists():
        return folder
    folder.mkdir()
    months = np.arange("2010-01", "2020-01", dtype="datetime64[M]").astype("datetime64[us]")
    season = 10 * np.sin(2 * np.pi * np.arange(MONTHS) / 12)
    for first in range(0, series, EACH_FILE):
        count = min(EACH_FILE, series - first)
        random = np.random.default_rng(first)
        y = 100 + random.standard_normal((count, MONTHS)).cumsum(axis=1) + season
        ids = pa.array([f"series-{first + place:07d}" for place in range(count)])
        table = pa.table(
            {
                "unique_id": ids.take(pa.array(np.repeat(np.arange(count), MONTHS))),
                "ds": np.tile(months, count),
                "y": y.reshape(-1),
            }
        )
        path = folder / f"rows-{first:07d}.parquet"
        pq.write_table(table, path, row_group_size=EACH_GROUP * MONTHS)
    return folder


def here() -> None:
    """Do the run that is given as JSON, and print what it measured."""
    print(json.dumps(_here(Run(**json.loads(sys.argv[1])))))


def _here(run: Run) -> dict[str, float]:
    if run.what == "fit":
        return _fit(run)

    rows = _series(Path(run.folder).parent / "rows-small", EACH_GROUP)
    small = Run(run.what, str(rows), f"{run.folder}-warm", run.workers)
    with ExitStack() as stack:
        address = "local" if run.workers else None
        nodes = None
        if run.what in ("nodes", "killed"):
            nodes = stack.enter_context(_nodes(run.workers))
            address = nodes.address
        if address is None:
            _one_core()
        executor = stack.enter_context(executor_of(address, run.workers or None))
        warm_up = WarmUp(small, max(run.workers, 1))
        for outcome in executor.map(warm_up, range(warm_up.workers)):
            _ = outcome.value
        if run.what == "killed":
            stack.enter_context(_one_killed(nodes))
        began = time.perf_counter()
        _do(run, executor, address)
        seconds = time.perf_counter() - began
        return {"seconds": seconds, "worker_mib": _worker_mib()}


@contextmanager
def _nodes(number: int) -> Iterator[Any]:
    """A cluster of nodes of one core, beside a head that works on nothing."""
    head = NODE | {"num_cpus": 0, "include_dashboard": False}
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args=head)
    try:
        for _ in range(number):
            cluster.add_node(num_cpus=1, **NODE)
        yield cluster
    finally:
        cluster.shutdown()


@contextmanager
def _one_killed(nodes: Any) -> Iterator[None]:
    """Kill a node once half of the work is done, and start a new one."""
    doomed = [next(iter(nodes.worker_nodes))]

    def told(progress: gatecast.Progress) -> None:
        if doomed and progress.total <= 2 * progress.done < 2 * progress.total:
            nodes.remove_node(doomed.pop(), allow_graceful=False)
            nodes.add_node(wait=False, num_cpus=1, **NODE)

    with gatecast.follow(told):
        yield
    if doomed:
        raise RuntimeError("the work was over before a node was killed: give more series")


@dataclass(frozen=True)
class WarmUp:
    """A small run in each worker, once all of them are there.

    Attributes:
        run: the small run.
        workers: that meet.
    """

    run: Run
    workers: int

    def __call__(self, number: int) -> None:
        """Wait for the others, then run."""
        place = Path(self.run.folder)
        place.mkdir(exist_ok=True)
        (place / f"{number}.here").touch()
        _until(lambda: len([*place.glob("*.here")]) == self.workers)
        _do(replace(self.run, folder=str(place / str(number))), executors.LocalExecutor(), None)


def _do(run: Run, executor: executors.Executor, address: str | None) -> None:
    {"local": _local, "ets": _ets}.get(run.what, _forecast)(run, executor, address)


def _fit(run: Run) -> dict[str, float]:

    model = gatecast.AutoLSTM(h=H, quality="zero_shot", verbose=False)
    model.fit(pd.read_parquet(run.rows))
    model.save(Path(run.folder) / "model.gatecast")
    return {}


def _forecast(run: Run, _executor: executors.Executor, address: str | None) -> None:

    model = Path(run.rows).parent / "model.gatecast"
    scaleout.predict(model, run.rows, out=run.folder, level=LEVELS, address=address, verbose=False)


def _local(run: Run, _executor: executors.Executor, address: str | None) -> None:
    model = gatecast.LSTMForecaster(
        h=H,
        look_back=12,
        units=8,
        scope="local",
        training=gatecast.Training(epochs=20),
        verbose=False,
    )
    scaleout.fit(model, run.rows, out=run.folder, address=address, freq="MS", verbose=False)


def _ets(run: Run, executor: executors.Executor, _address: str | None) -> None:
    groups = [
        (str(path), group)
        for path in sorted(Path(run.rows).glob("*.parquet"))
        for group in range(pq.ParquetFile(path).num_row_groups)
    ]
    Path(run.folder).mkdir()
    for outcome in executor.map(Ets(run.folder), groups):
        _ = outcome.value


@dataclass(frozen=True)
class Ets:
    """AutoETS on the series of a row group of a file."""

    folder: str

    def __call__(self, task: tuple[str, int]) -> int:
        """Returns the number of forecasts."""
        path, group = task
        rows = pq.ParquetFile(path).read_row_group(group).to_pandas()
        ets = statsforecast.StatsForecast([models.AutoETS(season_length=12)], freq="MS", n_jobs=1)
        forecast = ets.forecast(df=rows, h=H, level=LEVELS)
        forecast.to_parquet(Path(self.folder) / f"{Path(path).stem}-{group}.parquet")
        return len(forecast)


def _until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 600
    while not done():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.05)


def _one_core() -> None:
    """Keep this process to one core and one thread, as a worker is."""
    os.environ |= dict.fromkeys(("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _worker_mib() -> float:
    """The most that a worker of this process's Ray, or else this process, has held."""
    found: dict[int, dict[str, str]] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            lines = status.read_text(encoding="utf-8").splitlines()
            found[int(status.parent.name)] = {
                name: value.strip() for name, _, value in (line.partition(":") for line in lines)
            }

    def is_own(process: int) -> bool:
        while process in found and process != os.getpid():
            process = int(found[process]["PPid"])
        return process == os.getpid()

    workers = [pid for pid in found if found[pid]["Name"].startswith("ray::") and is_own(pid)]
    return max(int(found[pid]["VmHWM"].split()[0]) / 1024 for pid in workers or [os.getpid()])


if __name__ == "__main__":
    main()
