"""Doing all parts of a result that are missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq

from gatecast._progress import Meter
from gatecast._types import InputError
from gatecast.scaleout._poisoned import plain_id
from gatecast.scaleout._series import Some, piecewise
from gatecast.scaleout._storage import Folder
from gatecast.scaleout.executors import Executor
from gatecast.scaleout.partitions import Done, Failure, Partitions, PartRecord
from gatecast.scaleout.sources import Buckets

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


def run_parts(
    executor: Executor,
    partitions: Partitions,
    work: Callable[[Some], PartRecord],
    buckets: Buckets,
    progress: Progress,
) -> list[PartRecord]:
    """Do the work on every bucket that has no part yet.

    Args:
        executor: whose workers do it.
        partitions: where the parts go.
        work: on a bucket, or some of its series.
        buckets: of the source.
        progress: of the parts that are done.

    Returns:
        The records of all parts.

    Raises:
        InputError: if not one series succeeds.
    """
    progress.known(partitions.written())
    missing = [Some(number) for number in range(buckets.number) if number not in progress.records]
    for outcome in executor.map(work, missing):
        if outcome.lost is None:
            progress.add(outcome.value)
        else:
            progress.add(_lost(executor, partitions, work, buckets, outcome.task.bucket))
        progress.refuse_nothing_but_failures()
    return list(progress.records.values())


def _lost(
    executor: Executor,
    partitions: Partitions,
    work: Callable[[Some], PartRecord],
    buckets: Buckets,
    bucket: int,
) -> PartRecord:
    """Do a bucket whose worker dies in pieces, until the series that kills it is alone."""
    ids = buckets.read(bucket)[buckets.names.id_col].unique()
    waiting = Some(bucket, (0, len(ids))).halves() if len(ids) > 1 else [Some(bucket, (0, 1))]
    records: list[PartRecord] = []
    failures: list[Failure] = []
    while waiting:
        tasks, waiting = waiting, []
        for outcome in executor.map(work, tasks):
            first, last = outcome.task.series or (0, 0)
            if outcome.lost is None:
                records.append(outcome.value)
                failures += outcome.value.failures
            elif last - first > 1:
                waiting += outcome.task.halves()
            else:
                words = f"the process that works on it dies: {outcome.lost}"
                failures.append(Failure(plain_id(ids[first]), words))
    records.sort(key=lambda record: record.number)
    pieces = piecewise(partitions, bucket)
    tables = [pq.read_table(pieces.folder.open(pieces.name(each.number))) for each in records]
    table = pa.concat_tables(tables) if tables else pa.table({})
    series, seconds = sum(each.series for each in records), sum(each.seconds for each in records)
    return partitions.write_table(PartRecord(bucket, series, 0, tuple(failures), seconds), table)


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
        found.append(done)
