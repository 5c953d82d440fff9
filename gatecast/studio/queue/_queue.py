"""The thread that lets one run work after the other."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gatecast._types import InputError
from gatecast.serving.store import Database, StoreError
from gatecast.studio import store
from gatecast.studio.queue._process import Process
from gatecast.studio.store import Run, RunState
from gatecast.studio.work import Plan, Progress

_LOOK_SECONDS = 0.5
_TELL_SECONDS = 0.4
_RETRY_SECONDS = 5.0
_ATTEMPTS = 3
_MOST_LOSSES = 400
_LOG = logging.getLogger("gatecast.studio")


class Queue:
    """Lets runs work, one at a time, each in a process of its own.

    Of several services on one database, one does. A run whose process is gone, because the service
    ended, waits again and begins anew.

    Args:
        database: that holds the runs.
        seconds: that a run may take.
    """

    def __init__(self, database: Database, seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        self._stopping = threading.Event()
        self._added = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gatecast-studio")

    def open(self) -> None:
        """Begin to work."""
        self._thread.start()

    def close(self) -> None:
        """End the run that works, which waits again, and stop."""
        self._stopping.set()
        self._added.set()
        self._thread.join()

    def added(self) -> None:
        """Look for runs now."""
        self._added.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._database.alone("studio") as alone:
                    if alone:
                        with self._database.writing() as connection:
                            store.requeue(connection, _ATTEMPTS)
                        self._work()
            except StoreError as error:
                _LOG.warning("the queue of the studio waits: %s", error)
            self._stopping.wait(_RETRY_SECONDS)

    def _work(self) -> None:
        """Carry out what waits, until the service stops."""
        while not self._stopping.is_set():
            self._added.clear()
            with self._database.reading() as connection:
                waits = store.next_run(connection) is not None
            if not waits:
                # Another service on the database may have added one.
                self._added.wait(_LOOK_SECONDS if not self._database.one_writer else None)
                continue
            with self._database.writing() as connection:
                run = store.begin_next(connection)
            if run is not None:
                self._try(run)

    def _try(self, run: Run) -> None:
        """Carry out a run; whatever is wrong with it, the next one has its turn."""
        problem = ""
        try:
            self._carry_out(run)
        except InputError as error:
            problem = str(error)
        except OSError as error:
            problem = f"the files of this run cannot be written: {error.strerror}"
        if not problem:
            return
        with self._database.writing() as connection:
            store.end_run(connection, run.id, "failed", problem)

    def _carry_out(self, run: Run) -> None:
        with TemporaryDirectory(prefix="gatecast-run-") as name:
            folder = Path(name)
            if not self._prepare(run, folder):
                return
            process = Process(folder)
            try:
                last = self._follow(run, process)
            finally:
                code = process.end()
            self._settle(run, folder, last, code)

    def _prepare(self, run: Run, folder: Path) -> bool:
        """Put the plan and the file where the process finds them; whether both are there."""
        (folder / "plan.json").write_text(run.plan, encoding="utf-8")
        (folder / "data").mkdir()
        data = folder / "data" / Path(Plan.from_json(run.plan).source).name
        with self._database.reading() as connection:
            store.write_content(connection, run.file, store.CONTENT, data)
        if data.stat().st_size:
            return True
        with self._database.writing() as connection:
            store.end_run(connection, run.id, "failed", "the file of this run has been deleted")
        return False

    def _follow(self, run: Run, process: Process) -> Progress | None:
        """Store what a process tells until it ends or is to be ended; the last that it told."""
        progress: dict[str, Any] = {}
        losses: list[list[float]] = []
        last: Progress | None = None
        began, stored = time.monotonic(), 0.0
        while (told := process.told(_LOOK_SECONDS)) is not None:
            for each in told:
                last = each
                progress = asdict(each)
                if each.loss is not None:
                    losses.append([each.training, each.epoch, each.loss])
            if len(losses) > _MOST_LOSSES:
                losses = losses[::2]
            if self._stopping.is_set():
                return None
            if time.monotonic() - began > self._seconds:
                words = f"the run took longer than the {self._seconds / 60:.0f} minutes it may take"
                return Progress("failed", problem=f"{words}; choose fewer series or epochs")
            if told and time.monotonic() - stored < _TELL_SECONDS:
                time.sleep(_TELL_SECONDS)
            state = self._tell(run, progress | {"losses": losses})
            stored = time.monotonic()
            if state != "running":
                return None
        return last

    def _tell(self, run: Run, progress: dict[str, Any]) -> RunState | None:
        with self._database.writing() as connection:
            return store.tell_progress(connection, run.id, progress)

    def _settle(self, run: Run, folder: Path, last: Progress | None, code: int) -> None:
        """Store what has come out of a run whose process has ended."""
        with self._database.writing() as connection:
            now = store.run_of(connection, run.id)
            if now is None:
                return
            if now.state == "stopping":
                store.end_run(connection, run.id, "cancelled")
            elif self._stopping.is_set() and (last is None or last.stage != "done"):
                store.postpone_run(connection, run.id)
            elif last is not None and last.stage == "done" and code == 0:
                for path in sorted((folder / "results").iterdir()):
                    with path.open("rb") as file:
                        store.put_content(connection, run.id, path.name, file)
                store.end_run(connection, run.id, "done")
            else:
                store.end_run(connection, run.id, "failed", _problem(folder, last, code))


def _problem(folder: Path, last: Progress | None, code: int) -> str:
    if last is not None and last.problem and not last.ours:
        return last.problem
    with suppress(OSError):
        _LOG.error(
            "a run of the studio failed: %s", (folder / "log.txt").read_text("utf-8")[-4000:]
        )
    if last is not None and last.problem:
        return f"this is a fault of gatecast, please report it: {last.problem}"
    if code < 0:
        return "the process of this run was ended from outside, perhaps because memory was short"
    return f"the process of this run ended early (exit code {code})"
