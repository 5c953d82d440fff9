"""What a task does: some work on the series of a bucket, of which it writes one part."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import pandas as pd

from gatecast.scaleout._poisoned import plain_id
from gatecast.scaleout.partitions import Failure, Partitions, PartRecord
from gatecast.scaleout.sources import Buckets


@dataclass(frozen=True)
class Some:
    """A bucket, or some of its series.

    Attributes:
        bucket: its number.
        series: the first of its series, in order, and the one after the last; None for all.
        passed_over: series that are known to fail: they are not worked on, but are failures of the
            part.
    """

    bucket: int
    series: tuple[int, int] | None = None
    passed_over: tuple[Failure, ...] = ()

    def of(self, frame: pd.DataFrame, id_col: str) -> pd.DataFrame:
        """Its rows of those of the bucket, which are sorted by series."""
        if self.series is not None:
            ids = frame[id_col]
            number = ids.ne(ids.shift()).cumsum() - 1
            first, last = self.series
            frame = frame[number.between(first, last - 1)].reset_index(drop=True)
        if self.passed_over:
            failed = {failure.unique_id for failure in self.passed_over}
            stays = [plain_id(each) not in failed for each in frame[id_col]]
            frame = frame[stays].reset_index(drop=True)
        return frame

    def halves(self) -> list[Some]:
        """Each half of its series, where there are some."""
        first, last = self.series or (0, 0)
        if last - first <= 1:
            return []
        middle = (first + last) // 2
        return [Some(self.bucket, (first, middle)), Some(self.bucket, (middle, last))]


@dataclass(frozen=True)
class BucketWork(ABC):
    """The work of a task, on the series of a bucket.

    Attributes:
        buckets: that the series lie in.
        partitions: where the part of each bucket goes.
    """

    buckets: Buckets
    partitions: Partitions

    @abstractmethod
    def __call__(self, some: Some) -> PartRecord:
        """Do it, write the part of the bucket, and return its record."""

    def rows(self, some: Some) -> pd.DataFrame:
        """The rows to work on, sorted by series and time."""
        return some.of(self.buckets.read(some.bucket), self.buckets.names.id_col)
