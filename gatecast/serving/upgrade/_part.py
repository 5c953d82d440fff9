"""The states of the series of one file of the log: what a worker does."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gatecast.scaleout.executors import Shared
from gatecast.scaleout.partitions import Failure, Partitions, PartRecord
from gatecast.serving import store
from gatecast.serving._served import Served
from gatecast.serving.engine import Start, first_start, read_on, served_of
from gatecast.serving.store import Behind, Observation, Snapshot, StoredState

# Series that read together: many cost little more than one.
_AT_ONCE = 256

# Where each series stands, and its snapshots on the way there.
_STATES = pa.schema(
    [
        pa.field("series", pa.int64()),
        pa.field("unique_id", pa.string()),
        pa.field("position", pa.int64()),
        pa.field("observed", pa.int64()),
        pa.field("ds", pa.int64()),
        pa.field("state", pa.large_binary()),
        pa.field("snapshot", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class SomeSeries:
    """Some series of a part.

    Attributes:
        part: its number.
        first: the place of the first of them.
        last: the place after the last.
    """

    part: int
    first: int
    last: int

    def halves(self) -> list[SomeSeries]:
        """Each half; none of one series."""
        middle = (self.first + self.last) // 2
        both = [replace(self, last=middle), replace(self, first=middle)]
        return both if self.last - self.first > 1 else []


@dataclass(frozen=True)
class PartReplay:
    """Computes the states of a part of the log and writes them as a part of the result.

    Attributes:
        name: of the model.
        artefact: of its new version.
        adaptive: whether intervals learn from the truths that arrive.
        log: the folder that the log was split into.
        partitions: where the states go.
        passed_over: series that are known to fail: they are not read, but are failures of the part.
    """

    name: str
    artefact: Shared[bytes]
    adaptive: bool
    log: str
    partitions: Partitions
    passed_over: tuple[Failure, ...] = ()

    def __call__(self, number: int) -> PartRecord:
        """Read the log of a part, and write the states of its series."""
        began = time.perf_counter()
        served = _served(self.name, self.artefact.get(), adaptive=self.adaptive)
        failed = {failure.unique_id for failure in self.passed_over}
        rows = [own for own in self._rows(number) if own[0]["unique_id"] not in failed]
        series = self._series(served, number, rows)
        states, snapshots, failures = _read(served, series)
        read = sum(each.position for each in states)
        ids = {start.stored.series: unique_id for unique_id, start in series}
        seconds = time.perf_counter() - began
        every = (*self.passed_over, *failures)
        record = PartRecord(number, len(states), read, every, seconds)
        return self.partitions.write(record, _parquet(ids, states, _stay(snapshots)))

    def attempt(self, some: SomeSeries) -> None:
        """Compute the states of some series of a part, and write nothing."""
        served = _served(self.name, self.artefact.get(), adaptive=self.adaptive)
        rows = self._rows(some.part)[some.first : some.last]
        _read(served, self._series(served, some.part, rows))

    def ids(self, number: int) -> list[str]:
        """The series of a part, in order."""
        return [own[0]["unique_id"] for own in self._rows(number)]

    def write_none(self, number: int, failures: Sequence[Failure]) -> PartRecord:
        """Write a part of which no series is read."""
        record = PartRecord(number, 0, 0, tuple(failures))
        return self.partitions.write(record, _parquet({}, [], []))

    def _rows(self, number: int) -> list[list[dict[str, Any]]]:
        """Those of each series of a part."""
        rows = store.rows_of_part(Path(self.log), number)
        return [[*own] for _, own in groupby(rows, lambda row: row["series"])]

    def _series(
        self, served: Served, number: int, rows: Sequence[Sequence[dict[str, Any]]]
    ) -> list[tuple[str, Start]]:
        told = {}
        if served.model.members.futr_exog:
            told = store.futures_of_part(Path(self.log), number)
        found = []
        for own in rows:
            # Of one time, the last revision counts.
            newest = {row["ds"]: row for row in own}
            series, unique_id = own[0]["series"], own[0]["unique_id"]
            start = _start(served, Behind(series, unique_id), [*newest.values()])
            ahead = {ds: row for ds, row in told.get(series, {}).items() if ds > start.stored.ds}
            found.append((unique_id, Start(start.stored, start.unread, ahead)))
        return found


def states_of_part(
    partitions: Partitions, number: int, version: str
) -> tuple[dict[str, StoredState], dict[int, list[Snapshot]]]:
    """The states in a part of the result, by id, and the snapshots of each series."""
    states: dict[str, StoredState] = {}
    snapshots: dict[int, list[Snapshot]] = {}
    with partitions.folder.open(partitions.name(number)) as file:
        rows = pq.read_table(file).to_pylist()
    for row in rows:
        series, observed, ds = row["series"], row["observed"], row["ds"]
        if row["snapshot"]:
            kept = Snapshot(series, version, observed, ds, row["state"])
            snapshots.setdefault(series, []).append(kept)
        else:
            states[row["unique_id"]] = StoredState(
                series, version, row["position"], observed, ds, row["state"]
            )
    return states, snapshots


@lru_cache(maxsize=1)
def _served(name: str, content: bytes, *, adaptive: bool) -> Served:
    """Loaded once in each process."""
    return served_of(name, content, adaptive=adaptive)


def _start(served: Served, series: Behind, rows: Sequence[Mapping[str, Any]]) -> Start:
    """Where a series begins that has no state yet, with all rows that it has to read."""

    def rows_until(until: int) -> int:
        return sum(row["revision"] + 1 for row in rows if row["ds"] <= until)

    begin = first_start(served, series, rows_until)
    unread = [
        Observation(
            row["series"],
            row["ds"],
            row["revision"],
            row["y"],
            json.loads(row["others"]) if row["others"] else {},
            row["judge"],
        )
        for row in rows
        if row["ds"] > begin.ds
    ]
    return Start(begin, unread, {})


def _read(
    served: Served, series: Sequence[tuple[str, Start]]
) -> tuple[list[StoredState], list[Snapshot], list[Failure]]:
    """The states and snapshots of series, and those that cannot be read."""
    states: list[StoredState] = []
    snapshots: list[Snapshot] = []
    failures: list[Failure] = []
    for first in range(0, len(series), _AT_ONCE):
        some = dict(series[first : first + _AT_ONCE])
        for done in _each_alone_if_need_be(served, some):
            if isinstance(done, Failure):
                failures.append(done)
            else:
                states += done[0]
                snapshots += done[1]
    return states, snapshots, failures


def _each_alone_if_need_be(
    served: Served, starts: Mapping[str, Start]
) -> Iterator[tuple[list[StoredState], list[Snapshot]] | Failure]:
    """The states of some series; where one of them cannot be read, it fails alone."""
    try:
        yield read_on(served, starts)
    except Exception as error:  # noqa: BLE001 (whatever it is, other series go on)
        every = [*starts.items()]
        if len(every) == 1:
            yield Failure(every[0][0], " ".join(str(error).split()) or type(error).__name__)
            return
        half = len(every) // 2
        for some in (every[:half], every[half:]):
            yield from _each_alone_if_need_be(served, dict(some))


def _stay(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Those that the service would still have, by series."""
    found: list[Snapshot] = []
    for _, some in groupby(snapshots, lambda each: each.series):
        own = [*some]
        counts = set(store.thinned([each.observed for each in own]))
        found += [each for each in own if each.observed in counts]
    return found


def _parquet(
    ids: Mapping[int, str], states: Sequence[StoredState], snapshots: Sequence[Snapshot]
) -> bytes:
    rows = [vars(state) | {"snapshot": False} for state in states]
    rows += [vars(kept) | {"position": 0, "snapshot": True} for kept in snapshots]
    rows = [row | {"unique_id": ids[row["series"]]} for row in rows]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, _STATES), sink, compression="zstd")
    return sink.getvalue()
