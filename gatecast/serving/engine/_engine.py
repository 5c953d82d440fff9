"""One thread that does all the work of a process: it gathers requests and runs the models.

JAX runs in this thread alone: two threads whose programs use all cores can wait for each other for
ever. Requests that arrive while it works are gathered, and answered in one transaction and one call
per model. So the more there are, the less each one costs, and a commit is paid for by all of them.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from gatecast._types import InputError
from gatecast.serving._served import Served
from gatecast.serving.engine._forecasts import (
    ForecastAnswer,
    ForecastRequest,
    Stand,
    forecasts,
    forecasts_from,
)
from gatecast.serving.engine._models import Models
from gatecast.serving.engine._new_rows import Futures, NewRow, Outcome
from gatecast.serving.engine._observe import stands_after
from gatecast.serving.engine._once import Once, Rows, observe_once
from gatecast.serving.store import Database

# Rows that are taken in one transaction, unless a single request has more.
_ROWS_AT_ONCE = 2000
# Requests that wait at most; a further one is refused.
_WAITING = 10_000


class BusyError(Exception):
    """More requests wait than can be answered soon."""


@dataclass
class _Observe:
    model: str
    given: Rows
    wanted: Sequence[ForecastRequest] = ()
    future: Future[Outcome] = field(default_factory=Future)

    @property
    def size(self) -> int:
        return len(self.given.rows)


@dataclass
class _Forecast:
    model: str
    requests: Sequence[ForecastRequest]
    future: Future[list[ForecastAnswer | InputError]] = field(default_factory=Future)

    @property
    def size(self) -> int:
        return len(self.requests)


@dataclass
class _Call:
    function: Callable[[], Any]
    future: Future[Any] = field(default_factory=Future)
    size: int = 1


_Job = _Observe | _Forecast | _Call


class Engine:
    """Takes observations and forecasts of all models of a process.

    Args:
        database: that holds the log, the states and the models.
        models: that are served.
    """

    def __init__(self, database: Database, models: Models) -> None:
        self._database = database
        self._models = models
        self._jobs: queue.Queue[_Job | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="gatecast-engine")
        self._closed = False
        # A job is put before the end of the queue or refused.
        self._putting = threading.Lock()
        self._after_commit: list[Callable[[str, Sequence[NewRow], Outcome], None]] = []

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def close(self) -> None:
        """Finish what has been asked, and stop."""
        with self._putting:
            self._closed = True
            self._jobs.put(None)
        self._thread.join()

    @property
    def waiting(self) -> int:
        """Requests that have not been begun."""
        return self._jobs.qsize()

    def on_observed(self, told: Callable[[str, Sequence[NewRow], Outcome], None]) -> None:
        """Tell a function of rows once they are durable; it must be quick, and not raise."""
        self._after_commit.append(told)

    def observe(
        self,
        model: str,
        rows: Sequence[NewRow],
        wanted: Sequence[ForecastRequest] = (),
        futr: Futures | None = None,
        once: Once | None = None,
    ) -> Future[Outcome]:
        """Take rows; the result is there once they are durable.

        Args:
            model: its name.
            rows: of any series.
            wanted: forecasts of series of the request, made once its rows are durable.
            futr: what is told of rows to come, after these.
            once: if the request may be sent again: it is carried out once.

        Raises (from the future):
            InputError: if the rows cannot be taken; nothing of them is stored.
            StoreError: if the database fails.
        """
        job = _Observe(model, Rows(rows, futr or {}, once), wanted)
        self._put(job)
        return job.future

    def forecast(
        self, model: str, requests: Sequence[ForecastRequest]
    ) -> Future[list[ForecastAnswer | InputError]]:
        """Forecast some series of a model.

        Errors are as in `observe`; that of a single series stands in its place.
        """
        job = _Forecast(model, requests)
        self._put(job)
        return job.future

    def call(self, function: Callable[[], Any]) -> Future[Any]:
        """Run a function between requests, in the thread that may use JAX."""
        job = _Call(function)
        self._put(job)
        return job.future

    def _put(self, job: _Job) -> None:
        with self._putting:
            if self._closed:
                raise BusyError("the service is stopping")
            if self._jobs.qsize() >= _WAITING:
                raise BusyError("too many requests are waiting")
            self._jobs.put(job)

    def _run(self) -> None:
        while (gathered := self._gathered()) is not None:
            # One who has asked may have gone; from here on it is too late for that.
            jobs = [job for job in gathered if job.future.set_running_or_notify_cancel()]
            for model in dict.fromkeys(job.model for job in jobs if isinstance(job, _Observe)):
                own = [job for job in jobs if isinstance(job, _Observe) and job.model == model]
                for some in _with_different_keys(own):
                    self._observe(model, some)
            for model in dict.fromkeys(job.model for job in jobs if isinstance(job, _Forecast)):
                self._forecast(
                    model, [j for j in jobs if isinstance(j, _Forecast) and j.model == model]
                )
            for job in jobs:
                if isinstance(job, _Call):
                    _settle(job.future, job.function)

    def _gathered(self) -> list[_Job] | None:
        """The next job and those that wait behind it; None at the end."""
        job = self._jobs.get()
        if job is None:
            return None
        jobs, size = [job], job.size
        while size < _ROWS_AT_ONCE:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                # Put back, for the next turn.
                self._jobs.put(None)
                break
            jobs.append(job)
            size += job.size
        return jobs

    def _observe(self, model: str, jobs: Sequence[_Observe]) -> None:
        try:
            with self._database.writing() as connection:
                served = self._models.serving(connection, model, share=True)
                found = observe_once(connection, served, [job.given for job in jobs])
        except InputError as error:
            if len(jobs) == 1:
                jobs[0].future.set_exception(error)
                return
            # What a model cannot read must not spoil the requests beside it.
            for job in jobs:
                self._observe(model, [job])
            return
        except Exception as error:  # noqa: BLE001 (every request gets its answer)
            for job in jobs:
                job.future.set_exception(error)
            return
        self._tell(served, model, list(zip(jobs, found, strict=True)))

    def _tell(
        self,
        served: Served,
        model: str,
        durable: Sequence[tuple[_Observe, Outcome | InputError]],
    ) -> None:
        """Answer requests whose rows are durable, or were refused."""
        asked: list[tuple[_Observe, Outcome]] = []
        for job, outcome in durable:
            if isinstance(outcome, InputError):
                job.future.set_exception(outcome)
                continue
            for told in () if outcome.again else self._after_commit:
                told(model, job.given.rows, outcome)
            if job.wanted:
                asked.append((job, outcome))
            else:
                job.future.set_result(outcome)
        if asked:
            self._forecast_after(served, asked)

    def _forecast_after(self, served: Served, asked: Sequence[tuple[_Observe, Outcome]]) -> None:
        """Answer requests whose rows are durable with the forecasts that follow them."""
        stands: dict[str, Stand | InputError] = {}
        for _, outcome in asked:
            stands |= stands_after(served, outcome)
        requests = [request for job, _ in asked for request in job.wanted]
        try:
            if served.model.members.futr_exog:
                with self._database.reading() as connection:
                    found = iter(forecasts_from(connection, served, stands, requests))
            else:
                found = iter(forecasts_from(None, served, stands, requests))
        except Exception as error:  # noqa: BLE001 (every request gets its answer)
            for job, _ in asked:
                job.future.set_exception(error)
            return
        for job, outcome in asked:
            answers = tuple(next(found) for _ in job.wanted)
            job.future.set_result(replace(outcome, forecasts=answers))

    def _forecast(self, model: str, jobs: Sequence[_Forecast]) -> None:
        requests = [request for job in jobs for request in job.requests]
        try:
            with self._database.reading() as connection:
                served = self._models.serving(connection, model)
                found = iter(forecasts(connection, served, requests))
        except Exception as error:  # noqa: BLE001 (every request gets its answer)
            for job in jobs:
                job.future.set_exception(error)
            return
        for job in jobs:
            job.future.set_result([next(found) for _ in job.requests])


def _with_different_keys(jobs: Sequence[_Observe]) -> Iterator[list[_Observe]]:
    """Parts of some requests, in none of which one is sent again."""
    some: list[_Observe] = []
    keys: set[str] = set()
    for job in jobs:
        once = job.given.once
        if once is not None and once.key in keys:
            yield some
            some, keys = [], set()
        some.append(job)
        keys |= set() if once is None else {once.key}
    yield some


def _settle(future: Future[Any], function: Callable[[], Any]) -> None:
    try:
        future.set_result(function())
    except Exception as error:  # noqa: BLE001 (who asked gets the error)
        future.set_exception(error)
