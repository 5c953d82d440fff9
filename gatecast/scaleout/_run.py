"""Doing all parts of a result that are missing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from gatecast._progress import Meter
from gatecast._types import InputError
from gatecast.scaleout._bucket_work import BucketWork, Some
from gatecast.scaleout._poisoned import plain_id
from gatecast.scaleout._storage import Folder
from gatecast.scaleout.executors import Executor, Outcome, deadly
from gatecast.scaleout.partitions import Done, Failure, Partitions, PartRecord

# So many series without a single success: what is wrong is not a series.
_ENOUGH_FAILURES = 100


class Progress:
    """Counts what is done, and shows it.

    Args:
        meter: of the rows of the source.
        rows: of the source.
        parts: that there will be.
    """

    def __init__(self, meter: Meter, rows: int, parts: int) -> None:
        self._meter, self._rows, self._parts = meter, rows, parts
        self._began = time.perf_counter()
        self._fresh = 0
        self.records: dict[int, PartRecord] = {}

    def known(self, records: Mapping[int, PartRecord]) -> None:
        """Parts that an earlier call has written."""
        self.records |= records

    def add(self, record: PartRecord) -> None:
        """A part that is written now."""
        self.records[record.number] = record
        self._fresh += record.series + len(record.failures)
        failed = sum(len(each.failures) for each in self.records.values())
        rate = self._fresh / max(time.perf_counter() - self._began, 1e-9)
        series = sum(each.series for each in self.records.values())
        note = f"{series:,} series, {rate:,.0f} a second" + (f", {failed:,} failed" * (failed > 0))
        self._meter.show(self._rows * len(self.records) // self._parts, note)

    def refuse_nothing_but_failures(self) -> None:
        """Stop where not one of many series succeeds.

        Raises:
            InputError: with the first error.
        """
        failures = [each for record in self.records.values() for each in record.failures]
        done = any(record.series for record in self.records.values())
        all_there = len(self.records) == self._parts
        if failures and not done and (all_there or len(failures) >= _ENOUGH_FAILURES):
            first = min(failures, key=lambda failure: str(failure.unique_id))
            number = f"none of {len(failures):,} series" if len(failures) > 1 else "no series"
            raise InputError(f"{number} could be used; {first.unique_id!r}: {first.error}")


def run_parts(executor: Executor, work: BucketWork, progress: Progress) -> list[PartRecord]:
    """Do the work on every bucket that has no part yet.

    Args:
        executor: whose workers do it.
        work: on a bucket.
        progress: of the parts that are done.

    Returns:
        The records of all parts.

    Raises:
        InputError: if not one series succeeds, or a worker dies of a bucket and of no series in it.
    """
    progress.known(work.partitions.written())
    buckets = range(work.buckets.number)
    missing = [Some(number) for number in buckets if number not in progress.records]
    for outcome in executor.map(work, missing):
        if outcome.lost is None:
            progress.add(outcome.value)
        else:
            progress.add(_without_deadly(executor, work, outcome))
        progress.refuse_nothing_but_failures()
    return list(progress.records.values())


def _without_deadly(
    executor: Executor, work: BucketWork, lost: Outcome[Some, PartRecord]
) -> PartRecord:
    """Do a bucket whose worker dies, without the series that kill it.

    Raises:
        InputError: if it dies of the others too, which do no harm in smaller numbers.
    """
    bucket = lost.task.bucket
    task = Some(bucket, passed_over=_deadly(executor, work, lost))
    (outcome,) = executor.map(work, [task])
    if outcome.lost is not None:
        raise InputError(
            f"the process that works on part {bucket} dies, and of no single series: "
            f"{outcome.lost}: with fewer workers on a machine each has more memory; the same call "
            "goes on with what is missing"
        )
    return outcome.value


def _deadly(
    executor: Executor, work: BucketWork, lost: Outcome[Some, PartRecord]
) -> tuple[Failure, ...]:
    """The series of a bucket of which a worker dies."""
    bucket = lost.task.bucket
    ids = work.rows(Some(bucket))[work.buckets.names.id_col].unique()
    # What is written on the way is of no use: it is what single halves would be.
    aside = work.partitions.work / f"trials-{bucket:05d}"
    trial = replace(work, partitions=Partitions(aside, work.partitions.ending))
    found: list[Failure] = []
    for outcome in deadly(executor, trial, replace(lost, task=Some(bucket, (0, len(ids))))):
        first, _ = outcome.task.series or (0, 0)
        words = f"the process that works on it dies: {outcome.lost}"
        found.append(Failure(plain_id(ids[first]), words))
    aside.remove()
    return tuple(found)


def check_shared(address: str | None, *folders: Folder) -> None:
    """Raise where the workers of a cluster could not see a folder.

    Raises:
        InputError: naming it.
    """
    for folder in folders:
        if address is not None and folder.own_memory:
            raise InputError(
                f"{folder.url} lies in the memory of this process, which no worker sees: give a "
                "folder, or leave address out"
            )


@contextmanager
def until_another_is_done(partitions: Partitions) -> Iterator[list[Done]]:
    """Notice that another process has finished the same run: what it needed is gone then.

    Yields:
        A list, which then has the result.
    """
    found: list[Done] = []
    try:
        yield found
    except FileNotFoundError:
        done = partitions.finished()
        if done is None:
            raise
        partitions.work.remove()
        found.append(done)
