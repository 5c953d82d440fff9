"""Forecasts of finished runs with other values of what is known in advance.

The models run in a process of their own, `python -m gatecast.studio.work --what-if`, which is
started when it is first asked and ends with its service: it reads questions from its standard input
and writes answers, a line of JSON each. A service has its JAX in one thread, and nobody should wait
there for somebody else's model to be loaded.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory, mkdtemp
from typing import IO, Protocol

from gatecast._types import InputError

FILES = ("model.gatecast", "future.csv")
"""Of a run, what is needed of it."""

_KEPT = 4
_SWITCH = "--what-if"


class Fetch(Protocol):
    """Brings a file of a run to a path."""

    def __call__(self, name: str, path: Path) -> None:
        """Write the file of this name."""


class WhatIf:
    """Asks the process, one question at a time; it opens and closes with its service."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._home: TemporaryDirectory[str] | None = None
        self._runs: OrderedDict[str, Path] = OrderedDict()

    def open(self) -> None:
        """Nothing is done before the first question."""

    def ask(
        self, run: str, fetch: Fetch, series: str, changes: Mapping[str, float | str]
    ) -> list[float]:
        """[rows] the forecast of a series if some columns had other values all along.

        Args:
            run: its id.
            fetch: brings the files of the run, where they are not here already.
            series: its id.
            changes: column -> the value in all rows to forecast.

        Raises:
            InputError: if the model cannot forecast with these values.
        """
        with self._lock:
            folder = self._folder(run, fetch)
            question = {"folder": str(folder), "series": series, "changes": dict(changes)}
            answer = json.loads(self._answer(json.dumps(question)))
        if "problem" in answer:
            raise InputError(answer["problem"])
        return [float(value) for value in answer["forecast"]]

    def forget(self, run: str) -> None:
        """Remove what is kept of a run that is deleted."""
        with self._lock:
            if (folder := self._runs.pop(run, None)) is not None:
                rmtree(folder)
                if self._process is not None:
                    self._end(self._process)

    def close(self) -> None:
        """End the process and remove what was kept."""
        with self._lock:
            if self._process is not None:
                self._end(self._process)
            if self._home is not None:
                self._home.cleanup()
                self._home = None
            self._runs.clear()

    def _folder(self, run: str, fetch: Fetch) -> Path:
        if self._home is None:
            self._home = TemporaryDirectory(prefix="gatecast-what-if-")
        if run not in self._runs:
            folder = Path(mkdtemp(dir=self._home.name))
            for name in FILES:
                fetch(name, folder / name)
            self._runs[run] = folder
        self._runs.move_to_end(run)
        while len(self._runs) > _KEPT:
            _, old = self._runs.popitem(last=False)
            rmtree(old)
        return self._runs[run]

    def _answer(self, line: str) -> str:
        # A process that has died is replaced once.
        for _ in range(2):
            process = self._running()
            with suppress(BrokenPipeError):
                _written(process.stdin).write(f"{line}\n")
                _written(process.stdin).flush()
                if found := _written(process.stdout).readline():
                    return found
            self._end(process)
        raise InputError("this cannot be computed now; try again in a moment")

    def _end(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        # Closes the pipes as well.
        with suppress(OSError):
            process.communicate()
        self._process = None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(  # noqa: S603 (this very program)
                [sys.executable, "-m", "gatecast.studio.work", _SWITCH],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        return self._process


def _written(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise RuntimeError("the process has no pipe")
    return stream
