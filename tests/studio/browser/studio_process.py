"""`gatecast studio` as a process of its own, as people start it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

_START_SECONDS = 120.0
_STOP_SECONDS = 30.0


class StudioProcess:
    """A studio on a free port, with its database and its log in a folder."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        """Starts nothing yet.

        Args:
            folder: for the database and the log.
            arguments: more of the command.
        """
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.origin}/studio"
        self.state = f"sqlite:///{folder / 'studio.db'}"
        self._log = folder / "studio.log"
        self._command = [
            *(sys.executable, "-m", "gatecast", "studio", "--no-auth"),
            *("--state", self.state, "--port", str(self.port), *arguments),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env=os.environ | {"NO_COLOR": "1"}
            )
        until = time.monotonic() + _START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self.log
            assert time.monotonic() < until, self.log
            time.sleep(0.1)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._process = None

    def restart(self) -> None:
        """End it and start it again on the same port and database."""
        self.stop()
        self.start()

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text(encoding="utf-8")

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.origin}/readyz", timeout=5) as answer:  # noqa: S310 (our own)
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False
