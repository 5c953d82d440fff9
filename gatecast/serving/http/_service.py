"""What the routes of an app share."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol, TypeVar

from fastapi import Request
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from gatecast.forecasting.intervals import Record, record_of
from gatecast.serving import store
from gatecast.serving._served import Served
from gatecast.serving.engine import (
    Engine,
    Models,
    Outcome,
    PreparingError,
    Versions,
    warm_up,
)
from gatecast.serving.http._metrics import Metrics
from gatecast.serving.http._settings import ServeSettings
from gatecast.serving.store import Database

Found = TypeVar("Found")

_EPOCH, _DAY = date(1970, 1, 1), 86_400_000_000_000
# So many are told without NumPy, which is faster.
_DAYS = 100_000

# A process looks so often which version serves, where it only reads columns of requests.
_LOOK_SECONDS = 1.0
# A record of a model is made of so many series at most.
_SERIES_OF_A_RECORD = 1000


class Companion(Protocol):
    """What works beside the service, from when it is ready until it ends."""

    def open(self) -> None:
        """Begin."""

    def close(self) -> None:
        """End; nothing of it is left at work."""


@dataclass
class Service:
    """The parts of a running service.

    Attributes:
        settings: how it runs.
        database: the log, states, models and keys.
        models: the versions that are loaded.
        engine: the thread that works.
        versions: prepares versions that are to serve.
        metrics: what has been done.
        ready: whether all models are loaded and warm.
        stopping: set when the service ends, so that streams of events do.
        companions: work beside it; the last one that is opened is closed first.
        most_bytes: path -> the bytes that a request to it may have, where they differ.
    """

    settings: ServeSettings
    database: Database
    models: Models
    engine: Engine
    versions: Versions
    metrics: Metrics = field(default_factory=Metrics)
    ready: bool = False
    stopping: threading.Event = field(default_factory=threading.Event)
    companions: list[Companion] = field(default_factory=list)
    most_bytes: dict[str, int] = field(default_factory=dict)
    _waiting: dict[tuple[str, str], set[asyncio.Event]] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop | None = None
    _looked: dict[str, tuple[float, Served]] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: ServeSettings) -> Service:
        """The parts, not yet at work.

        Raises:
            InputError: for a state URL that cannot be used.
        """
        database, models = Database(settings.state), Models(adaptive=settings.adaptive)
        engine = Engine(database, models)
        return cls(settings, database, models, engine, Versions(database, models, engine))

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Bring the database up to date, store the models that were given, and load all.

        Args:
            loop: that answers the requests.

        Raises:
            InputError: naming a model that cannot be read.
            StoreError: if the database fails.
        """
        self._loop = loop
        self.database.upgrade()
        given = {name: path.read_bytes() for name, path in self.settings.models.items()}
        with self.database.writing() as connection:
            for name, content in given.items():
                if store.versions_of(connection, name, change=True) is None:
                    version = store.put_artefact(connection, name, content)
                    store.serve_version(connection, name, version)
        self.engine.on_observed(self.metrics.observed)
        self.engine.on_observed(self._observed)
        self.engine.start()
        try:
            self.engine.call(self._warm_up).result()
            self.versions.resume()
            self._prepare(given)
        except BaseException:
            # The threads would keep the process from ending.
            self.close()
            raise
        self.ready = True

    def close(self) -> None:
        """Finish what was asked, and let go of the database."""
        self.ready = False
        self.versions.close()
        self.engine.close()
        self.database.close()

    async def served(self, name: str) -> Served:
        """The version of a model that serves, as it was at most a second ago.

        Raises:
            NotFoundError: if there is no such model.
        """
        looked = self._looked.get(name)
        if looked is None or time.monotonic() - looked[0] > _LOOK_SECONDS:
            found = await run_in_threadpool(self._serving, name)
            looked = (time.monotonic(), found)
            self._looked[name] = looked
        return looked[1]

    async def answer(self, future: Future[Found]) -> Found:
        """What the engine found.

        Raises:
            TimeoutError: if it took too long.
        """
        return await asyncio.wait_for(
            asyncio.wrap_future(future), timeout=self.settings.limits.seconds
        )

    def record(self, connection: Connection, served: Served) -> Record:
        """How well a version forecast, over up to a thousand of its series."""
        states = store.some_states(connection, served.name, served.version, _SERIES_OF_A_RECORD)
        read = served.states_from(b"".join(states))
        return record_of(read["track"].reshape(-1))

    async def woken(self, series: tuple[str, str], seconds: float) -> float:
        """Wait for rows of a series (model and id), or so long; return how long it was."""
        began, event = time.monotonic(), asyncio.Event()
        self._waiting.setdefault(series, set()).add(event)
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            self._waiting[series].discard(event)
            if not self._waiting[series]:
                del self._waiting[series]
        return time.monotonic() - began

    def _observed(self, model: str, _rows: object, outcome: Outcome) -> None:
        """Wake who waits for these rows; runs in the thread of the engine."""
        names = {(model, name) for name in outcome.ids}
        if self._loop is not None and not names.isdisjoint(self._waiting):
            self._loop.call_soon_threadsafe(self._wake, names)

    def _wake(self, names: set[tuple[str, str]]) -> None:
        for name in names:
            for event in self._waiting.get(name, ()):
                event.set()

    def _serving(self, name: str) -> Served:
        with self.database.reading() as connection:
            return self.models.serving(connection, name)

    def _prepare(self, given: Mapping[str, bytes]) -> None:
        """Let the models that were given serve in place of other versions of theirs."""
        for name, content in given.items():
            with self.database.reading() as connection:
                versions = store.versions_of(connection, name)
            if versions is not None and versions.version != store.version_of(content):
                # Another worker, or a preparation that goes on, may be faster.
                with suppress(PreparingError):
                    self.versions.prepare(name, content)

    def _warm_up(self) -> None:
        with self.database.reading() as connection:
            names = [each.name for each in store.models(connection)]
            every = [self.models.serving(connection, name) for name in names]
        for served in every:
            warm_up(served)


def service_of(request: Request) -> Service:
    """The service behind a request."""
    found: Service = request.app.state.service
    return found


def shown_ds(served: Served, ds: Any) -> str | int:
    """A time for JSON: an integer, or text without an idle midnight."""
    if not served.dated:
        return int(ds)
    day, rest = divmod(int(ds), _DAY)
    if not rest and abs(day) < _DAYS:
        return (_EPOCH + timedelta(day)).isoformat()
    text = str(served.time(int(ds)).astype("datetime64[us]"))
    return text.removesuffix(".000000").removesuffix("T00:00:00")
