"""New versions of models: they read the stored history while the one before serves."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection

from gatecast._types import InputError
from gatecast.serving import store
from gatecast.serving._served import Served
from gatecast.serving.engine._catch_up import catch_up
from gatecast.serving.engine._engine import BusyError, Engine
from gatecast.serving.engine._errors import NotFoundError, PreparingError
from gatecast.serving.engine._fits import check_fits
from gatecast.serving.engine._models import Models, served_of, warm_up
from gatecast.serving.store import Behind, Database, Preparation, StoreUnavailableError

_Found = TypeVar("_Found")


_log = logging.getLogger(__name__)

# Requests wait for a step no longer than about this.
_SECONDS = 0.05
_FEWEST_ROWS, _MOST_ROWS = 16, 4096
# Rows of each series that are read in a step. Many series together cost little more than one.
_ROWS_AT_ONCE = 8
# Series that may read on while observations wait for the switch, for each row of a step.
_SERIES_AT_SWITCH = 4
# Before the database is asked again.
_WAIT_SECONDS = 1.0


class Versions:
    """Prepares versions of models and lets them serve.

    A version reads the stored history of every series in the background, a little at a time between
    requests, while the one before it serves. Once it lacks nothing, observations wait for a moment,
    it reads what has just arrived, and serves from the next request on, in every process: each
    transaction reads which version serves. A process that dies leaves the old one serving, and
    `resume` goes on where it was.

    Of several processes one at a time prepares a model: PostgreSQL holds a lock for it, and SQLite
    has one process that writes. Should the lock be lost with its connection, two prepare at once,
    which does the same work twice and nothing else.

    Its methods wait for the engine, so they are called from other threads than the engine's.

    Args:
        database: that holds the log and the models.
        models: of this process.
        engine: that runs them.
    """

    def __init__(self, database: Database, models: Models, engine: Engine) -> None:
        self._database = database
        self._models = models
        self._engine = engine
        self._threads: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def close(self) -> None:
        """Stop after the step that is being done; close the engine later."""
        self._stopping.set()
        with self._lock:
            threads = [*self._threads.values()]
        for thread in threads:
            thread.join()

    def prepare(self, name: str, content: bytes) -> Preparation:
        """Let an artefact serve as soon as it has read the stored history.

        Args:
            name: of the model; one that is new is served at once.
            content: of the artefact.

        Returns:
            How far it is; `progress` tells more later.

        Raises:
            InputError: if it is no artefact, or does not fit the stored log; nothing has happened.
            PreparingError: if a version of the model is being prepared.
            StoreError: if the database fails.
        """

        def admitted() -> Served:
            candidate = served_of(name, content, adaptive=self._models.adaptive)
            with self._database.writing() as connection:
                versions = store.versions_of(connection, name, share=True)
                if versions is not None:
                    serving = self._models.version(connection, name, versions.version)
                    check_fits(connection, serving, candidate)
                store.put_artefact(connection, name, content)
            warm_up(candidate)
            return candidate

        return self._begin(name, admitted)

    def rollback(self, name: str) -> Preparation:
        """Let the version before serve again, once it has read what has arrived since.

        Raises:
            NotFoundError: if there is no such model.
            InputError: if no other version has served.
            PreparingError: if a version of the model is being prepared.
            StoreError: if the database fails.
        """

        def previous() -> Served:
            with self._database.reading() as connection:
                self._models.serving(connection, name)
                versions = store.versions_of(connection, name)
                if versions is None or versions.previous is None:
                    raise InputError(f"model {name!r} has no version to go back to")
                return self._models.version(connection, name, versions.previous)

        return self._begin(name, previous)

    def progress(self, name: str) -> Preparation | None:
        """How far the last preparation of a model is, in whichever process; None without any."""
        with self._database.reading() as connection:
            return store.preparation_of(connection, name)

    def resume(self) -> None:
        """Go on with preparations that were cut short, if no other process does."""
        with self._database.reading() as connection:
            left = [each for each in store.preparations(connection) if each.state == "replaying"]
        for each in left:
            try:
                self._begin(each.model, lambda each=each: self._stored(each))  # type: ignore[misc]
            except (PreparingError, NotFoundError):
                continue

    def _stored(self, preparation: Preparation) -> Served:
        with self._database.reading() as connection:
            return self._models.version(connection, preparation.model, preparation.version)

    def _begin(self, name: str, candidate_of: Callable[[], Served]) -> Preparation:
        with self._lock, ExitStack() as held:
            if self._busy(name) or not held.enter_context(
                self._database.alone(f"gatecast prepares {name}")
            ):
                raise PreparingError(
                    f"another version of model {name!r} is being prepared; wait until it serves"
                )
            candidate = self._engine.call(candidate_of).result()
            found: Preparation = self._engine.call(lambda: self._told(candidate)).result()
            if found.state == "serving":
                return found
            rest = candidate, held.pop_all()
            thread = threading.Thread(
                target=self._run, args=rest, name="gatecast-versions", daemon=True
            )
            self._threads[name] = thread
            thread.start()
            return found

    def _busy(self, name: str) -> bool:
        """Whether this process prepares a model."""
        thread = self._threads.get(name)
        if thread is None or not thread.is_alive():
            return False
        found = self.progress(name)
        if found is not None and found.state == "replaying":
            return True
        # What is left to do, to drop what is old, is soon done.
        thread.join()
        return False

    def _told(self, candidate: Served) -> Preparation:
        """Write that a version is being prepared; a new model serves already."""
        with self._database.writing() as connection:
            new = store.versions_of(connection, candidate.name, share=True) is None
            series = store.count_series(connection, candidate.name)
            found = Preparation(
                candidate.name, candidate.version, "replaying", 0, series, None, time.time()
            )
            store.put_preparation(connection, found)
        if new and self._switched(candidate, 0) is None:
            found = replace(found, state="serving")
        return found

    def _run(self, candidate: Served, held: ExitStack) -> None:
        """What the thread does."""
        with held:
            try:
                if self._prepare(candidate):
                    self._forget(candidate)
            except Exception as error:  # noqa: BLE001 (it is told, and the old version serves on)
                self._failed(candidate, error)

    def _prepare(self, candidate: Served) -> bool:
        """Whether the version serves in the end; it does not if the process is stopping."""
        rows = _FEWEST_ROWS
        while not self._stopping.is_set():
            at_once = rows * _SERIES_AT_SWITCH
            left = self._call(lambda most=at_once: self._switched(candidate, most))  # type: ignore[misc]
            if left is None:
                return True
            while left and not self._stopping.is_set():
                begun = time.perf_counter()
                left = self._call(lambda now=left, most=rows: self._step(candidate, now, most))  # type: ignore[misc]
                took = time.perf_counter() - begun
                quicker = min(max(_SECONDS / took, 0.5), 2)
                rows = min(max(int(rows * quicker), _FEWEST_ROWS), _MOST_ROWS)
                # Requests come first: at most half of the time is used.
                self._stopping.wait(took)
        return False

    def _step(self, candidate: Served, left: list[Behind], most: int) -> list[Behind]:
        """Let some series read on."""
        with self._database.writing() as connection:
            versions = store.versions_of(connection, candidate.name, share=True)
            if versions is None or versions.version == candidate.version:
                # It serves already, and moves on with the observations.
                return []
            count = min(len(left), max(most // _ROWS_AT_ONCE, 1))
            now, later = left[:count], left[count:]
            left = [*catch_up(connection, candidate, now, most // count), *later]
            self._write(connection, candidate, "replaying", len(left))
            return left

    def _switched(self, candidate: Served, most: int) -> list[Behind] | None:
        """Let the version serve if few series lack rows; else those that do."""
        with self._database.writing() as connection:
            # Transactions that observe are over now, or begin after this one.
            versions = store.versions_of(connection, candidate.name, change=True)
            left = []
            if versions is not None:
                name = candidate.name
                left = store.behind(connection, name, candidate.version, versions.version)
            if len(left) > most:
                return left
            each = max(most // max(len(left), 1), _ROWS_AT_ONCE)
            left = catch_up(connection, candidate, left, each)
            if left:
                return left
            store.serve_version(connection, candidate.name, candidate.version)
            store.release_version(connection, candidate.name, candidate.version)
            self._write(connection, candidate, "serving", 0)
        self._models.add(candidate)
        return None

    def _forget(self, candidate: Served) -> None:
        """Drop what belongs to versions that neither serve nor served before."""

        def some(after: int) -> int | None:
            with self._database.writing() as connection:
                versions = store.versions_of(connection, candidate.name, share=True)
                if versions is None:
                    return None
                kept = [each for each in (versions.version, versions.previous) if each]
                self._models.forget(candidate.name, kept)
                # Its states have been computed ahead of its serving.
                ahead = store.kept_version(connection, candidate.name)
                kept += [ahead] if ahead else []
                return store.forget_versions(connection, candidate.name, kept, after)

        after: int | None = 0
        while after is not None and not self._stopping.is_set():
            after = self._call(lambda now=after: some(now))  # type: ignore[misc]

    def _failed(self, candidate: Served, error: Exception) -> None:
        if self._stopping.is_set() and isinstance(error, BusyError | StoreUnavailableError):
            # It is begun again with the process.
            return
        if not isinstance(error, InputError):
            _log.error("model %r: a version was not prepared", candidate.name, exc_info=error)
        words = str(error) if isinstance(error, InputError | store.StoreError) else "internal error"

        def tell() -> None:
            with self._database.writing() as connection:
                known = store.preparation_of(connection, candidate.name)
                if known is not None:
                    left = known.series - known.done
                    self._write(connection, candidate, "failed", left, words)

        try:
            self._engine.call(tell).result()
        except (BusyError, store.StoreError):
            _log.warning("model %r: that it failed could not be written", candidate.name)

    def _write(
        self,
        connection: Connection,
        candidate: Served,
        state: store.PreparationState,
        left: int,
        error: str | None = None,
    ) -> None:
        series = store.count_series(connection, candidate.name)
        done = max(series - left, 0)
        found = Preparation(candidate.name, candidate.version, state, done, series, error)
        store.put_preparation(connection, found)

    def _call(self, function: Callable[[], _Found]) -> _Found:
        """What the engine makes of a step; while it or the database cannot do it, wait."""
        while True:
            try:
                found: _Found = self._engine.call(function).result()
            except (BusyError, StoreUnavailableError):
                if self._stopping.wait(_WAIT_SECONDS):
                    raise
            else:
                return found
