"""A backtest of any number of series, in parts."""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from gatecast._progress import Meter
from gatecast._types import Freq, InputError
from gatecast.evaluation import minimised
from gatecast.evaluation.backtest import (
    BacktestPlan,
    FrameColumns,
    WindowPlan,
    judged_together,
)
from gatecast.evaluation.baselines import (
    Entry,
    Models,
    StatsforecastModel,
    columns_read,
    entries,
)
from gatecast.forecasting import AutoLSTM, Estimator, LSTMForecaster
from gatecast.scaleout._judging import Judging, Training, sums_of
from gatecast.scaleout._run import Progress, check_shared, run_parts
from gatecast.scaleout._storage import Folder
from gatecast.scaleout._zero_shot import Reading
from gatecast.scaleout.executors import Executor, executor_of
from gatecast.scaleout.partitions import Done, Partitions, PartRecord
from gatecast.scaleout.sources import Buckets, Names, Source, exchange, source_of

MOST_ROWS_OF_ONE = 5_000_000
"""Rows of a source that one worker can hold to train one model on all of them."""

_TABLES = ("scores", "by_horizon", "significance")
_JUDGEMENT = "_judgement.json"


@dataclass(frozen=True)
class ScaledBacktest:
    """What a backtest of many series found.

    The forecasts are in `done.folder`, in Parquet, with the columns of `Backtest.forecasts`; the
    scores of each series are in its folder `_by_series`.

    Attributes:
        scores: as in a `Backtest`; `seconds` is the time of all workers together.
        by_horizon: as in a `Backtest`.
        significance: as in a `Backtest`.
        ranked_by: as in a `Backtest`.
        verdict: plain words.
        h: rows of a window.
        n_windows: number of windows.
        level: coverage of the intervals in percent.
        done: the folder, how many series and rows, and which series could not be used.
    """

    scores: pd.DataFrame
    by_horizon: pd.DataFrame
    significance: pd.DataFrame
    ranked_by: str
    verdict: str
    h: int
    n_windows: int
    level: tuple[float, ...]
    done: Done


def backtest(  # noqa: PLR0913 (those of `backtest` on one machine)
    models: Models,
    source: Any,
    *,
    h: int,
    out: Any,
    n_windows: int = 4,
    step_size: int | None = None,
    refit: bool | int = True,
    baselines: Sequence[str] = ("persistence", "seasonal_naive"),
    level: Sequence[float] = (80, 95),
    address: str | None = None,
    workers: int | None = None,
    id_col: str = "unique_id",
    time_col: str = "ds",
    target_col: str = "y",
    freq: Freq | None = None,
    season_length: int | None = None,
    verbose: bool | None = None,
) -> ScaledBacktest:
    """Forecast past windows of every series of a source, and score them: `gatecast.backtest`.

    Baselines, models of statsforecast, `AutoLSTM(quality="zero_shot")` and
    `LSTMForecaster(scope="local")` are run some series at a time; what they calibrate, they do on
    those series. Any other model is trained on all series by one worker, which must hold them.
    The same call again does only what is missing.

    Args:
        models: as for `gatecast.backtest`.
        source: a folder, a glob or any fsspec URL of Parquet, or a frame, as for `predict`.
        h: rows to forecast in each window.
        out: an empty folder, or any fsspec URL.
        n_windows: as for `gatecast.backtest`.
        step_size: as for `gatecast.backtest`.
        refit: as for `gatecast.backtest`.
        baselines: as for `gatecast.backtest`.
        level: as for `gatecast.backtest`.
        address: None for this process, or a Ray cluster, as for `predict`.
        workers: tasks at a time, at most; None for one per core.
        id_col: the column that names the series.
        time_col: timestamps, dates or integers.
        target_col: the values.
        freq: the calendar step; that of most of the first series if None.
        season_length: as for `gatecast.backtest`.
        verbose: as for `gatecast.backtest`.

    Raises:
        InputError: the source, a model or the folder cannot be used, or no series can.
    """
    listed = tuple(_unfitted(entry) for entry in entries(models, baselines))
    plan = BacktestPlan(
        WindowPlan.spaced(h, n_windows, step_size),
        FrameColumns(id_col, time_col, target_col, freq),
        level=tuple(level),
        refit=refit,
        season_length=season_length,
        metric=minimised(entry.model for entry in listed),
    )
    return _Job(listed, plan, Partitions(Folder.at(out)), address, workers, verbose).run(source)


@dataclass(frozen=True)
class _Job:
    listed: tuple[Entry, ...]
    plan: BacktestPlan
    partitions: Partitions
    address: str | None
    workers: int | None
    verbose: bool | None

    def run(self, given: Any) -> ScaledBacktest:
        began = time.perf_counter()
        work = self.partitions.work
        check_shared(self.address, self.partitions.folder)
        source = source_of(given, self._names)
        if source.folder is not None:
            check_shared(self.address, source.folder)
        self._refuse_large(source)
        plan = self._written(source)
        done = self.partitions.begin(plan)
        if done is None:
            with executor_of(self.address, self.workers) as executor:
                buckets = exchange(source, work / "rows", executor)
                done = self._judge(executor, buckets, plan, began)
        return self._read(done)

    @property
    def _names(self) -> Names:
        columns = self.plan.columns
        beside = tuple(dict.fromkeys(columns_read(self.listed)))
        return Names(str(columns.id_col), columns.time_col, tuple(columns.targets), beside)

    def _judge(
        self, executor: Executor, buckets: Buckets, plan: dict[str, Any], began: float
    ) -> Done:
        freq = _freq(buckets, self.plan.columns.freq)
        how = replace(self.plan, columns=replace(self.plan.columns, freq=freq))
        trained = [entry for entry in self.listed if not _by_bucket(entry)]
        folder = self.partitions.work / "trained"
        train = Training(tuple(trained), buckets, how, folder)
        for outcome in executor.map(train, range(len(trained))):
            _ = outcome.value
        own = tuple(entry for entry in self.listed if _by_bucket(entry))
        places = tuple(folder / str(number) for number in range(len(trained)))
        work = Judging(buckets, self.partitions, own, places, how)
        with Meter("backtest", "rows", buckets.rows, verbose=self.verbose) as meter:
            progress = Progress(meter, buckets.rows, buckets.number)
            records = run_parts(executor, work, progress)
        self._write(sums_of(self.partitions, buckets.number), how)
        _give_columns(self.partitions, records)
        return self.partitions.finish(plan, records, time.perf_counter() - began)

    def _write(self, sums: pd.DataFrame, how: BacktestPlan) -> None:
        """The scores of all series, beside the parts."""
        longest, short = (
            [*zip(own["name"], own["length"].astype(int), strict=True)]
            for own in (sums[sums["table"] == name] for name in ("longest", "short"))
        )
        how.windows.refuse_short(*max(longest, key=lambda each: each[1]))
        how.windows.warn_about_short(sorted(short), len(short))
        facts = sums.loc[sums["table"] == "facts", ["model", "kind", "seconds"]]
        found = judged_together([sums], facts, how)
        for name in _TABLES:
            sink = io.BytesIO()
            getattr(found, name).to_parquet(sink, index=False)
            self.partitions.folder.write(f"_{name}.parquet", sink.getvalue())
        words = {"ranked_by": found.ranked_by, "verdict": found.verdict}
        self.partitions.folder.write_json(_JUDGEMENT, words)

    def _read(self, done: Done) -> ScaledBacktest:
        folder, windows = self.partitions.folder, self.plan.windows
        tables = {
            name: pd.read_parquet(io.BytesIO(folder.read(f"_{name}.parquet"))) for name in _TABLES
        }
        words = folder.read_json(_JUDGEMENT) or {}
        return ScaledBacktest(
            **tables,
            ranked_by=words["ranked_by"],
            verdict=words["verdict"],
            h=windows.h,
            n_windows=windows.n_windows,
            level=self.plan.level,
            done=done,
        )

    def _refuse_large(self, source: Source) -> None:
        """Refuse what no worker can hold."""
        trained = [entry.label for entry in self.listed if not _by_bucket(entry)]
        if trained and source.rows > MOST_ROWS_OF_ONE:
            raise InputError(
                f"{trained[0]} is trained on all series by one worker, which holds at most"
                f" {MOST_ROWS_OF_ONE:,} rows; the source has {source.rows:,}: backtest it on some"
                " of the series, or take AutoLSTM(quality='zero_shot') or scope='local'"
            )

    def _written(self, source: Source) -> dict[str, Any]:
        """All that the result depends on."""
        windows = self.plan.windows
        return {
            "what": "backtest",
            "models": [_described(entry) for entry in self.listed],
            "source": source.fingerprint,
            "h": windows.h,
            "n_windows": windows.n_windows,
            "step_size": windows.step_size,
            "refit": self.plan.refit,
            "level": list(self.plan.level),
            "season_length": self.plan.season_length,
            **asdict(self.plan.columns),
        }


def _unfitted(entry: Entry) -> Entry:
    """The model without what it has learnt, which a backtest has no use for."""
    model = entry.model
    if not isinstance(model, Estimator):
        return entry
    return Entry(type(model)(**model.get_params() | {"verbose": False}), entry.label, entry.name)


def _by_bucket(entry: Entry) -> bool:
    """Whether the forecast of a series needs no other series."""
    model = entry.model
    if isinstance(model, LSTMForecaster):
        return model.scope == "local"
    if isinstance(model, AutoLSTM):
        return model.quality == "zero_shot"
    return isinstance(model, str | StatsforecastModel)


def _described(entry: Entry) -> str:
    """A model in words that are the same in every process."""
    model = entry.model
    if isinstance(model, str):
        return model
    if isinstance(model, Estimator):
        settings: object = model.to_json()
    else:
        settings = {name: repr(value) for name, value in sorted(vars(model).items())}
    text = re.sub(r" at 0x[0-9a-f]+", "", json.dumps(settings, default=repr))
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{entry.name or entry.label} ({type(model).__name__} {digest})"


def _freq(buckets: Buckets, freq: Freq | None) -> Freq | None:
    """The step of most of the first series; one bucket may not show it."""
    for bucket in range(buckets.number):
        frame = buckets.read(bucket)
        if len(frame):
            return Reading(buckets.names, AutoLSTM(), freq).with_freq_of(frame).freq
    return freq


def _give_columns(partitions: Partitions, records: Sequence[PartRecord]) -> None:
    """Give parts without rows the columns of the others: readers look at the first part."""
    full = next(record for record in records if record.rows)
    with partitions.folder.open(partitions.name(full.number)) as opened:
        schema = pq.read_schema(opened)
    for record in records:
        if not record.rows:
            partitions.write_table(record, schema.empty_table())
