"""The tasks of a backtest: models that are trained on all series, then every bucket of series."""

from __future__ import annotations

import io
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from gatecast._types import InputWarning
from gatecast.data import season_of
from gatecast.evaluation.backtest import (
    BacktestPlan,
    Folds,
    Part,
    Run,
    backtest_part,
    part_folds,
    part_rules,
    runs_of,
)
from gatecast.evaluation.baselines import Entry
from gatecast.scaleout._bucket_work import BucketWork, Some
from gatecast.scaleout._poisoned import in_halves, plain_id
from gatecast.scaleout._storage import Folder
from gatecast.scaleout.partitions import Failure, Partitions, PartRecord
from gatecast.scaleout.sources import Buckets

_KEYS = ["unique_id", "ds", "cutoff"]
BY_SERIES = "_by_series"
"""The folder of the scores of each series, beside the forecasts."""

_SUMS = "sums"


@dataclass(frozen=True)
class Training:
    """The work of a task: run one model on all series, and write its forecasts by bucket.

    Attributes:
        listed: the models that are trained on all series.
        buckets: of the source.
        plan: of the backtest.
        folder: one folder below it for each model.
    """

    listed: tuple[Entry, ...]
    buckets: Buckets
    plan: BacktestPlan
    folder: Folder

    def __call__(self, number: int) -> int:
        """Returns the number of the model."""
        place, entry = self.folder / str(number), self.listed[number]
        if place.exists("seconds.json"):
            return number
        began = time.perf_counter()
        numbers = range(self.buckets.number)
        frames = {bucket: self._readable(self.buckets.read(bucket)) for bucket in numbers}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InputWarning)
            folds = part_folds([entry], pd.concat(frames.values()), self.plan)
            if not len(folds):
                return number
            (run,) = runs_of([entry], folds, part_rules(self.plan, season_of(folds.panel)))
        forecasts = pd.concat([folds.window()[_KEYS], run.columns], axis="columns")
        id_col = self.buckets.names.id_col
        for bucket, frame in frames.items():
            own = forecasts[forecasts["unique_id"].isin(frame[id_col].unique())]
            place.write(f"{bucket:05d}.parquet", _parquet(own))
        # The seconds of all buckets are added up.
        share = (time.perf_counter() - began) / self.buckets.number
        place.write_json("seconds.json", {"seconds": share})
        return number

    def _readable(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of the series that can be read."""

        def read(rows: pd.DataFrame) -> pd.DataFrame:
            part_folds([], rows, self.plan)
            return rows

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InputWarning)
            found, _ = in_halves(frame, self.buckets.names.id_col, read)
        return pd.concat(found) if found else frame.iloc[:0]


@dataclass(frozen=True)
class Judging(BucketWork):
    """The work of a task: forecast the windows of a bucket's series, score and write them.

    Attributes:
        listed: the models that are run bucket by bucket.
        trained: where the forecasts of the others lie, a folder for each.
        plan: of the backtest.
    """

    listed: tuple[Entry, ...]
    trained: tuple[Folder, ...]
    plan: BacktestPlan

    def __call__(self, some: Some) -> PartRecord:
        """Returns the record of the part."""
        began = time.perf_counter()
        frame = self.rows(some)
        with warnings.catch_warnings():
            # Said once for all series, at the end.
            warnings.simplefilter("ignore", InputWarning)
            found, failures = self._found(frame, some.bucket)
        parts = [each.part for each in found if each.part]
        lengths = {str(name): rows for each in found for name, rows in each.lengths.items()}
        self._write_scores(some.bucket, parts, pd.Series(lengths, dtype="int64"))
        forecasts = pd.concat([part.forecasts for part in parts]) if parts else pd.DataFrame()
        series = forecasts["unique_id"].nunique() if parts else 0
        seconds = time.perf_counter() - began
        every = (*some.passed_over, *failures)
        record = PartRecord(some.bucket, series, len(forecasts), every, seconds)
        return self.partitions.write_table(record, _table(forecasts))

    def _found(self, frame: pd.DataFrame, bucket: int) -> tuple[list[_Judged], list[Failure]]:
        """The series together, without those on which anything fails."""
        id_col = self.buckets.names.id_col
        found, failures = self._together(frame, bucket)
        known = {name for each in found for name in each.lengths}
        known |= {failure.unique_id for failure in failures}
        words = f"no row has a value of {self.plan.columns.target_col}"
        every = map(plain_id, frame[id_col].unique())
        return found, [*failures, *(Failure(name, words) for name in every if name not in known)]

    def _together(self, frame: pd.DataFrame, bucket: int) -> tuple[list[_Judged], list[Failure]]:
        id_col = self.buckets.names.id_col
        if frame.empty:
            return [], []
        try:
            return [self._judged(frame, bucket)], []
        except Exception:  # noqa: BLE001 (found out below, series by series)
            found, failures = in_halves(frame, id_col, lambda rows: self._judged(rows, bucket))
        failed = {failure.unique_id for failure in failures}
        rest = frame[[plain_id(name) not in failed for name in frame[id_col]]]
        try:
            # All others at once: what they are calibrated on has nothing to do with the halves.
            found = [self._judged(rest, bucket)] if len(rest) else []
        except Exception:  # noqa: BLE001 (they cannot be read together, but in halves)
            return found, failures
        return found, failures

    def _judged(self, frame: pd.DataFrame, bucket: int) -> _Judged:
        folds = part_folds(self.listed, frame, self.plan)
        panel = folds.panel
        lengths = dict(zip(map(plain_id, panel.ids), panel.lengths.tolist(), strict=True))
        if not len(folds):
            return _Judged(None, lengths)
        others = [_run_of(folder, bucket, folds) for folder in self.trained]
        return _Judged(backtest_part(self.listed, folds, self.plan, others), lengths)

    def _write_scores(self, bucket: int, parts: Sequence[Part], lengths: pd.Series[int]) -> None:
        """The scores of each series; and the sums of which those of all series are made."""
        file = f"part-{bucket:05d}.parquet"
        tables = [part.sums.to_frame() for part in parts]
        tables += [part.facts.assign(table="facts") for part in parts]
        short = lengths[lengths < self.plan.windows.needed]
        for name, own in {"short": short, "longest": lengths.nlargest(1)}.items():
            tables.append(pd.DataFrame({"name": own.index, "length": own, "table": name}))
        sums = self.partitions.work / _SUMS
        sums.write(file, _parquet(pd.concat(tables, ignore_index=True)))
        if parts:
            scores = pd.concat([part.by_series for part in parts], ignore_index=True)
            by_series = self.partitions.folder / BY_SERIES
            by_series.write(file, _parquet(scores))


@dataclass(frozen=True)
class _Judged:
    part: Part | None
    lengths: dict[Any, int]


def sums_of(partitions: Partitions, buckets: int) -> pd.DataFrame:
    """All that the tasks wrote for the scores of all series, end to end."""
    folder = partitions.work / _SUMS
    files = (folder.read(f"part-{bucket:05d}.parquet") for bucket in range(buckets))
    return pd.concat([pd.read_parquet(io.BytesIO(file)) for file in files], ignore_index=True)


def _run_of(folder: Folder, bucket: int, folds: Folds) -> Run:
    """What a model that was trained on all series forecasts for some of them."""
    forecasts = pd.read_parquet(io.BytesIO(folder.read(f"{bucket:05d}.parquet")))
    rows = folds.window()[_KEYS].merge(forecasts, on=_KEYS, how="left")
    seconds = (folder.read_json("seconds.json") or {})["seconds"]
    return Run(rows.drop(columns=_KEYS), is_baseline=False, seconds=seconds)


def _table(forecasts: pd.DataFrame) -> pa.Table:
    table = pa.Table.from_pandas(forecasts, preserve_index=False)
    return table.replace_schema_metadata(None)


def _parquet(frame: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    pq.write_table(_table(frame), sink)
    return sink.getvalue()
