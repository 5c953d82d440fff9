"""The whole job: split the log, compute the states, load them."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from gatecast._progress import Meter
from gatecast._types import InputError
from gatecast.scaleout import Folder
from gatecast.scaleout.executors import Executor, Outcome, deadly, executor_of
from gatecast.scaleout.partitions import Done, Failure, Partitions, PartRecord
from gatecast.serving import store
from gatecast.serving.engine import Models, NotFoundError, check_fits, served_of
from gatecast.serving.store import Database, LogPart
from gatecast.serving.upgrade._part import PartReplay, SomeSeries, states_of_part

# Series whose states are stored in one transaction: observations of these wait for it.
_AT_ONCE = 500
_LOG = "log"


@dataclass(frozen=True)
class Replayed:
    """What a replay of the log has come to.

    Attributes:
        model: its name.
        version: that has read the log.
        series: that have their state under it now.
        rows: of the log that were read, revisions too.
        changed: series that have got a late or corrected row meanwhile, or are gone; the service
            reads them when it is given the version.
        failures: series that could not be read, which the service tries again.
        failed: the first of these, with their errors.
        seconds: that it took, of all calls together.
    """

    model: str
    version: str
    series: int
    rows: int
    changed: int
    failures: int
    failed: tuple[Failure, ...]
    seconds: float


def replay_state(
    database: Database,
    name: str,
    content: bytes,
    *,
    work: str | os.PathLike[str] | None = None,
    address: str | None = None,
    workers: int | None = None,
    adaptive: bool = True,
    verbose: bool | None = None,
) -> Replayed:
    """Let a new version of a model read the log of a service, before the service is given it.

    The service goes on meanwhile. Each state is the one that the service itself would compute, bit
    for bit on one kind of machine. Given the version then, by `PUT /v1/models/{model}`, it reads
    only what has come since. The states are kept until the version serves, or another one is
    replayed.

    Args:
        database: of the service.
        name: of the model.
        content: the artefact of its new version.
        work: a folder that keeps what is done: the same call again does only what is missing. On a
            cluster all its machines share it. A temporary one if None.
        address: who computes; as in `gatecast.scaleout.predict`.
        workers: tasks at a time, at most; None for one per core.
        adaptive: whether the service lets intervals learn from the truths that arrive.
        verbose: True shows progress, False does not, None on a terminal after two seconds.

    Raises:
        InputError: if the artefact is none or does not fit the log, there is no such model, the
            version serves already, or the folder holds something else.
        StoreError: if the database fails.
    """
    if work is None and address not in (None, "local"):
        raise InputError("a cluster needs a folder that all its machines share: give work")
    began = time.perf_counter()
    version = _admitted(database, name, content, adaptive=adaptive)
    with _folder(work) as place:
        partitions = Partitions(Folder.at(place))
        if not partitions.folder.on_disk:
            raise InputError(f"{place} is no folder on a disk, which this needs")
        log = str(Path(partitions.work.url) / _LOG)
        what = {"what": "replay", "database": database.shown, "name": name, "model": version}
        plan = what | {"adaptive": adaptive}
        done = partitions.begin(plan)
        if done is None:
            parts = store.split_log(database, name, Path(log))
            with executor_of(address, workers) as executor:
                replay = PartReplay(name, executor.share(content), adaptive, log, partitions)
                records = compute_parts(executor, replay, parts, verbose=verbose)
            done = partitions.finish(plan, records, time.perf_counter() - began)
        series, changed = _load(database, partitions, name, version, done, verbose=verbose)
    return Replayed(
        name, version, series, done.rows, changed, done.failures, done.failed, done.seconds
    )


def _admitted(database: Database, name: str, content: bytes, *, adaptive: bool) -> str:
    """The version of an artefact that fits the log; its states are kept from now on."""
    database.require_current()
    candidate = served_of(name, content, adaptive=adaptive)
    with database.reading() as connection:
        try:
            serving = Models(adaptive=adaptive).serving(connection, name)
        except NotFoundError as error:
            raise InputError(str(error)) from None
        if serving.version == candidate.version:
            raise InputError(f"version {candidate.version} of model {name!r} serves already")
        check_fits(connection, serving, candidate)
    with database.writing() as connection:
        store.keep_version(connection, name, candidate.version)
    return candidate.version


@contextmanager
def _folder(work: str | os.PathLike[str] | None) -> Iterator[str]:
    if work is not None:
        yield os.fspath(work)
        return
    with tempfile.TemporaryDirectory(prefix="gatecast-replay-") as place:
        yield place


def compute_parts(
    executor: Executor, replay: PartReplay, parts: list[LogPart], *, verbose: bool | None
) -> list[PartRecord]:
    """The records of all parts; those that an earlier call has written are not done again."""
    records = replay.partitions.written()
    missing = [part.number for part in parts if part.number not in records]
    rows = {part.number: part.rows for part in parts}
    with Meter("replay", "rows", sum(rows.values()), verbose=verbose) as meter:
        for outcome in executor.map(replay, missing):
            if outcome.lost is None:
                records[outcome.task] = outcome.value
            else:
                found = _without_deadly(executor, replay, outcome.task, outcome.lost)
                records[outcome.task] = found
            series = sum(record.series for record in records.values())
            meter.show(sum(rows[number] for number in records), f"{series:,} series")
    return [*records.values()]


def _without_deadly(executor: Executor, replay: PartReplay, number: int, why: str) -> PartRecord:
    """Do a part again without the series of which its worker dies.

    If it dies all the same, no series of the part is read: the service will do it.
    """
    words = "the process that works on it dies: {}".format
    ids = replay.ids(number)
    whole: Outcome[SomeSeries, None] = Outcome(SomeSeries(number, 0, len(ids)), None, why)
    found = deadly(executor, replay.attempt, whole)
    failures = tuple(Failure(ids[each.task.first], words(each.lost)) for each in found)
    (outcome,) = executor.map(replace(replay, passed_over=failures), [number])
    if outcome.lost is None:
        return outcome.value
    return replay.write_none(number, [Failure(each, words(outcome.lost)) for each in ids])


def _load(
    database: Database,
    partitions: Partitions,
    name: str,
    version: str,
    done: Done,
    *,
    verbose: bool | None,
) -> tuple[int, int]:
    """Store the states of all parts; how many series have theirs, and how many have changed."""
    total = changed = 0
    with Meter("load", "parts", done.parts, verbose=verbose) as meter:
        for number in range(done.parts):
            states, snapshots = states_of_part(partitions, number, version)
            for first in range(0, len(states), _AT_ONCE):
                began = time.perf_counter()
                some = dict(islice(states.items(), first, first + _AT_ONCE))
                kept = [each for state in some.values() for each in snapshots.get(state.series, ())]
                with database.writing() as connection:
                    found = store.load_states(connection, name, some, kept)
                total, changed = total + found, changed + len(some) - found
                # The service comes first: at most half of the time is used.
                time.sleep(time.perf_counter() - began)
            meter.show(number + 1, f"{total:,} series")
    return total, changed
