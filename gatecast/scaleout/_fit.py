"""Fitting to sources that are larger than one call should read."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatecast._progress import Meter
from gatecast._types import Freq, InputError
from gatecast.forecasting import Columns, Estimator, LSTMForecaster
from gatecast.scaleout._local_models import LocalFitting, pool_scores
from gatecast.scaleout._models import loaded
from gatecast.scaleout._run import Progress, check_shared, run_parts, until_another_is_done
from gatecast.scaleout._storage import Folder
from gatecast.scaleout._zero_shot import Reading, fit_on_sample, is_zero_shot
from gatecast.scaleout.executors import executor_of
from gatecast.scaleout.partitions import Done, Partitions
from gatecast.scaleout.sources import Names, Source, bucket_count, exchange, source_of
from gatecast.scaleout.together import Work, fit_together


def fit(  # noqa: PLR0913 (those of `fit` on one machine)
    model: Estimator,
    source: Any,
    *,
    out: Any = None,
    address: str | None = None,
    workers: int | None = None,
    id_col: str = "unique_id",
    time_col: str = "ds",
    target_col: str | Sequence[str] = "y",
    freq: Freq | None = None,
    verbose: bool | None = None,
) -> Estimator | Done:
    """Fit a forecaster to a source of any size.

    `AutoLSTM(quality="zero_shot")` trains nothing: its intervals are calibrated on at most 10,000
    series, a sample of all by the hash of their ids. `LSTMForecaster(scope="local")` trains a model
    for each series, block by block, in tasks; intervals are calibrated on the errors of all.
    Any other forecaster has networks that learn from all series: processes train them together,
    each on some of the series, and add up their gradients in every step. If one dies, all begin
    again at the newest checkpoint. The fitted model holds the last rows of at most 10,000 series;
    all others are forecast from their histories, as by `predict`.

    Args:
        model: not fitted; a copy is.
        source: as in `predict`.
        out: of local models, the folder to write them into, which `predict` takes as its model;
            else the file of the fitted model, or None to write none.
        address: as in `predict`.
        workers: as in `predict`; processes that train together have about 100,000 rows each if
            None.
        id_col: the column that names the series.
        time_col: timestamps, dates or integers.
        target_col: the values; several columns are forecast together.
        freq: the calendar step; inferred once if None.
        verbose: True shows progress, False does not, None on a terminal after two seconds.

    Returns:
        The fitted forecaster; of local models, what was written.

    Raises:
        InputError: if the source or the folder cannot be used, or no series can.
    """
    targets = (target_col,) if isinstance(target_col, str) else tuple(target_col)
    names = Names(id_col, time_col, targets, tuple(dict.fromkeys(model.exog)))
    job = _Job(model, freq, address, workers, verbose)
    if is_zero_shot(model):
        return job.calibrated(source_of(source, names), out)
    if isinstance(model, LSTMForecaster) and model.scope == "local":
        if out is None:
            raise InputError("scope='local' makes a model for each series: give out, a folder")
        return job.local(source_of(source, names), Partitions.at(out, ending="gatecast"))
    return job.together(source_of(source, names), out)


@dataclass(frozen=True)
class _Job:
    model: Estimator
    freq: Freq | None
    address: str | None
    workers: int | None
    verbose: bool | None

    def calibrated(self, source: Source, out: Any) -> Estimator:
        """A forecaster that trains nothing, fitted to a sample."""
        with _aside(out) as folder, executor_of(self.address, self.workers) as executor:
            self._check(source, folder)
            buckets = exchange(source, folder, executor)
            fitted = fit_on_sample(self.model, buckets, self.freq)
        if out is not None:
            fitted.save(out)
        return fitted

    def local(self, source: Source, partitions: Partitions) -> Done:
        """A model for each series, in parts."""
        began = time.perf_counter()
        self._check(source, partitions.folder)
        plan = {
            "what": "fit",
            "model": repr(self.model),
            "source": source.fingerprint,
            "freq": self.freq,
            **source.names.plain,
        }
        if done := partitions.begin(plan):
            return done
        with (
            until_another_is_done(partitions) as found,
            executor_of(self.address, self.workers) as executor,
        ):
            buckets = exchange(source, partitions.work / "rows", executor)
            reading = Reading(source.names, self.model, self.freq)
            reading = reading.with_freq_of(buckets.read(0))
            model = type(self.model)(**self.model.get_params() | {"verbose": False})
            work = LocalFitting(buckets, partitions, model, reading)
            with Meter("fit", "rows", buckets.rows, verbose=self.verbose) as meter:
                progress = Progress(meter, buckets.rows, buckets.number)
                records = run_parts(executor, work, progress)
            pool_scores(partitions, buckets.number)
            found.append(partitions.finish(plan, records, time.perf_counter() - began))
        return found[0]

    def together(self, source: Source, out: Any) -> Estimator:
        """One forecaster of all series, trained by processes that hold some of them each."""
        with _aside(out) as folder, executor_of(self.address, self.workers) as executor:
            self._check(source, folder)
            number = max(bucket_count(source.rows), self.workers or 1)
            buckets = exchange(source, folder, executor, number)
            names = source.names
            columns = Columns(names.id_col, names.time_col, names.target_cols)
            # Beside what is written, it outlives this process too: the same call goes on from it.
            name = "checkpoint" if out is None else f"{Path(out).name}.checkpoint"
            beside = Path(folder.url) if out is None else Path(out).expanduser().absolute().parent
            shown = {} if self.verbose is None else {"verbose": self.verbose}
            model = type(self.model)(**self.model.get_params() | shown)
            work = Work(model, buckets, columns, self.freq, beside / name)
            fitted = loaded(fit_together(work, self.address, self.workers))
        if out is not None:
            fitted.save(out)
        return fitted

    def _check(self, source: Source, folder: Folder) -> None:
        check_shared(self.address, folder, *([source.folder] if source.folder else []))


@contextmanager
def _aside(out: Any) -> Iterator[Folder]:
    """A folder for rows that are under way: beside the file to write, or a temporary one."""
    beside = None if out is None else Path(os.fspath(out)).expanduser().absolute().parent
    with tempfile.TemporaryDirectory(prefix=".gatecast-rows-", dir=beside) as folder:
        yield Folder.at(folder)
