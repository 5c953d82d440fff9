"""What `--record` adds to `results.csv`: one row a figure."""

from __future__ import annotations

import argparse
import csv
import math
import os
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jax

FILE = Path(__file__).with_name("results.csv")
COLUMNS = ("date", "commit", "machine", "benchmark", "metric", "value", "target", "command")


@dataclass(frozen=True)
class Record:
    """Where the figures of a run go, and what is the same for all of them.

    Attributes:
        path: the CSV file.
        date: of the run, year-month-day.
        commit: the short hash, with "+" where files had changed since.
        command: what was run.
    """

    path: Path
    date: str
    commit: str
    command: str

    @property
    def benchmark(self) -> str:
        """The module that was run, without its package where that is `benchmarks`."""
        found = re.search(r"-m (?:benchmarks\.)?([\w.]+)", self.command)
        return found[1] if found else self.command

    def append(self, results: Mapping[str, float], targets: Mapping[str, str]) -> None:
        """Add a row for each figure; those that are not finite were not measured.

        Args:
            results: by metric.
            targets: of some metrics, such as "<=1.5"; the quick form of a benchmark has none.
        """
        begins = not self.path.exists() or not self.path.stat().st_size
        wanted = {} if "--quick" in self.command else targets
        head = (self.date, self.commit, machine(), self.benchmark)
        with self.path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            if begins:
                writer.writerow(COLUMNS)
            writer.writerows(
                (*head, metric, f"{value:.6g}", wanted.get(metric, ""), self.command)
                for metric, value in results.items()
                if math.isfinite(value)
            )


def recording() -> argparse.ArgumentParser:
    """A parent for a benchmark's parser: `record` is a `Record`, or None if it is not asked for."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--record", action=_Begin, nargs=0, help=f"append the figures to benchmarks/{FILE.name}"
    )
    parser.add_argument("--record-to", action=_Begin, metavar="FILE", help="or to another CSV file")
    return parser


class _Begin(argparse.Action):
    """Looks at the commit when the run begins: files may change before it ends."""

    def __init__(self, option_strings: Sequence[str], dest: str, **settings: Any) -> None:
        super().__init__(option_strings, "record", **settings)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        today = datetime.now(tz=UTC).date().isoformat()
        path = Path(values) if values else FILE
        namespace.record = Record(path, today, commit(), command(sys.orig_argv))


def command(argv: Sequence[str]) -> str:
    """What was run, without what names the interpreter and the record."""
    rest = " ".join(shlex.quote(part) for part in argv[1:])
    return "python " + re.sub(r" --record(-to[ =]('[^']*'|\S+))?(?= |$)", "", rest)


def commit(folder: Path = FILE.parent) -> str:
    """The short hash of the last commit; empty where there is no repository.

    It ends in "+" where a file differs from that commit, new files included; the record itself does
    not count.
    """
    try:
        found = _git(folder, "rev-parse", "--short=7", "HEAD").strip()
        changed = _git(folder, "status", "--porcelain", "--", ":/", f":(exclude){FILE.name}")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return found + ("+" if changed else "")


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],  # noqa: S607 (wherever it is installed)
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def machine() -> str:
    """The GPU where JAX uses one, else the CPU, and how many cores there are."""
    device = jax.devices()[0]
    name = processor() if device.platform == "cpu" else device.device_kind
    every = (
        os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    )
    return f"{name}, {len(every)} cores"


def processor() -> str:
    """The name of the CPU."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor()
