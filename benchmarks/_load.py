"""A service in a process of its own, and a load on it from wrk."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import _peers

_SCRIPT = Path(__file__).parent / "load" / "observations.lua"
_START_SECONDS = 300
_ADDRESS = re.compile(r"http://[\d.]+:\d+")


@dataclass(frozen=True)
class Load:
    """What is sent.

    Attributes:
        path: of the requests; with %s for the id of a series where each is one row.
        first: number of the first series.
        series: that take turns.
        rate: requests a second; 0 sends the next as soon as one is answered.
        rows: of a request.
        connections: at once.
    """

    path: str
    first: int
    series: int
    rate: float = 0
    rows: int = 1
    connections: int = 64


@dataclass(frozen=True)
class Answered:
    """How a load was answered.

    Attributes:
        per_second: requests.
        p50: median milliseconds of a request.
        p99: their 99th percentile.
        cpu_ms: of the service, user and system, a request.
    """

    per_second: float
    p50: float
    p99: float
    cpu_ms: float


@dataclass
class Process:
    """A service that runs.

    Attributes:
        url: where it answers.
        number: of the process.
        seconds: from its start until it was ready.
    """

    url: str
    number: int
    seconds: float
    _sent: dict[tuple[int, int], int] = field(default_factory=dict)

    def under(self, load: Load, seconds: int) -> Answered:
        """How it answers a load.

        Raises:
            RuntimeError: if an answer is an error.
        """
        turn = (load.first, load.series)
        sent = self._sent.get(turn, 0)
        before = _cpu_seconds(self.number)
        options = ["-t1", f"-c{load.connections}", f"-d{seconds}s", "--timeout", "30s"]
        numbers = [load.rate, load.rows, load.path, load.first, load.series, sent]
        found = _peers.measured(
            [_wrk(), *options, "-s", str(_SCRIPT), self.url, "--", *map(str, numbers)]
        )
        used = _cpu_seconds(self.number) - before
        if found["errors"] or not found["requests"]:
            raise RuntimeError(f"{load}: {found}")
        # Those that were under way at the end may have been stored, and are not sent again.
        self._sent[turn] = sent + int(found["requests"] + load.connections) * load.rows
        requests, took = found["requests"], found["seconds"]
        return Answered(requests / took, found["p50"], found["p99"], used / requests * 1e3)


def installed() -> bool:
    """Whether wrk is there; a hint on standard error if it is not."""
    if shutil.which("wrk"):
        return True
    print(
        "there is no wrk, which makes the load: install it (apt-get install wrk)", file=sys.stderr
    )
    return False


@contextmanager
def running(command: Sequence[str], ready: str) -> Iterator[Process]:
    """A service, until the block ends.

    Args:
        command: that starts it; it prints its address on standard error.
        ready: path that answers 200 once it is.

    Raises:
        RuntimeError: if it does not start.
    """
    # A user has no programs that were compiled for another process.
    own = {key: value for key, value in os.environ.items() if key != "JAX_COMPILATION_CACHE_DIR"}
    began = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=own)
    try:
        url = _address(process)
        while not _answers(url + ready):
            if process.poll() is not None or time.perf_counter() - began > _START_SECONDS:
                raise RuntimeError(f"{' '.join(command)} did not start")
            time.sleep(0.02)
        yield Process(url, process.pid, time.perf_counter() - began)
    finally:
        process.terminate()
        process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    lines = []
    for line in process.stderr or ():
        found = _ADDRESS.search(line)
        if found:
            return found[0]
        lines.append(line)
    raise RuntimeError("".join(lines))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)  # noqa: PLR2004 (OK)
    except (urllib.error.URLError, ConnectionError):
        return False


def _cpu_seconds(process: int) -> float:
    """User and system time of a process so far; on Linux."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wrk() -> str:
    return shutil.which("wrk") or "wrk"
