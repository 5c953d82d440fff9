"""The process of a run, seen from the service."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from gatecast.studio.work import Progress

_KILL_SECONDS = 5.0


class Process:
    """A process that carries out the plan of a folder.

    Args:
        folder: with `plan.json` and `data/`.
    """

    def __init__(self, folder: Path) -> None:
        self._log = (folder / "log.txt").open("wb")
        # A process of its own group would outlive a Ctrl-C that ends the service.
        self._process = subprocess.Popen(  # noqa: S603 (a command of our own)
            [sys.executable, "-m", "gatecast.studio.work", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self._told: queue.Queue[Progress | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, name="gatecast-studio-run", daemon=True)
        self._reader.start()

    def told(self, seconds: float) -> list[Progress] | None:
        """What it has told since, waiting so long at most; None once it has ended."""
        found: list[Progress] = []
        with suppress(queue.Empty):
            each = self._told.get(timeout=seconds)
            while each is not None:
                found.append(each)
                each = self._told.get_nowait()
            # The end stays, for the next time.
            self._told.put(None)
            return found or None
        return found

    def end(self) -> int:
        """Terminate it if it works, and kill it if that is not enough; its exit code."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_KILL_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        code = self._process.wait()
        self._reader.join()
        self._log.close()
        return code

    def _read(self) -> None:
        if self._process.stdout is not None:
            with self._process.stdout as lines:
                for line in lines:
                    # A library may print something as well.
                    with suppress(ValueError, TypeError, UnicodeDecodeError):
                        self._told.put(Progress.from_json(line.decode()))
        self._told.put(None)
