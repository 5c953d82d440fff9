"""Forecasts of any number of series, in parts."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from gatecast._lazy import lazy
from gatecast._progress import Meter
from gatecast._types import MOST_ROWS, Freq, InputError, check_whole
from gatecast.forecasting import Columns, Estimator
from gatecast.forecasting.intervals import check_levels, numbers
from gatecast.scaleout._local_models import StoredModels
from gatecast.scaleout._models import artefact_of, checksum_of, loaded, sent
from gatecast.scaleout._run import Progress, check_shared, run_parts, until_another_is_done
from gatecast.scaleout._series import Forecasting, Models, Wanted
from gatecast.scaleout._storage import Folder
from gatecast.scaleout.executors import Executor, executor_of
from gatecast.scaleout.partitions import Done, Partitions, PartRecord
from gatecast.scaleout.sources import Buckets, Names, Source, exchange, source_of

if TYPE_CHECKING:
    from gatecast.scaleout import _zero_shot
else:
    # Only what is not fitted yet needs it.
    _zero_shot = lazy("gatecast.scaleout._zero_shot")

_MODEL = "_model.gatecast"


def predict(  # noqa: PLR0913 (those of `fit` and `predict` on one machine)
    model: Any,
    source: Any,
    *,
    out: Any,
    h: int | None = None,
    level: float | Sequence[float] = (),
    quantiles: float | Sequence[float] = (),
    futr: Any = None,
    static: Any = None,
    address: str | None = None,
    workers: int | None = None,
    id_col: str | None = None,
    time_col: str | None = None,
    target_col: str | Sequence[str] | None = None,
    freq: Freq | None = None,
    verbose: bool | None = None,
) -> Done:
    """Forecast what follows every series of a source, into a folder of Parquet parts.

    The forecasts are those of `model.predict(df=...)`, and the same bits for any number of workers.
    A series that cannot be forecast is listed in `_failures.parquet`; the others go on. The same
    call again does only what is missing, and nothing once all is there.

    Args:
        model: a fitted forecaster, the path of a saved one, or the folder of local models that
            `fit` wrote; or an `AutoLSTM(quality="zero_shot")`, which is calibrated on some of the
            series first.
        source: a folder, a glob or any fsspec URL of Parquet, or a frame: a row per series and
            time, in any order, the rows of a series in any files.
        out: an empty folder, or any fsspec URL; `pandas.read_parquet` reads it then.
        h: rows to forecast, the model's if None.
        level: coverage of the intervals in percent.
        quantiles: probabilities.
        futr: the columns of `futr_exog` for every series and time to forecast, as `source`.
        static: what does not change in time, a row per series, as `source`.
        address: None for this process; "local" for Ray on this machine; "auto", "host:port" or
            "ray://host:port" for a cluster, all of whose machines see `source` and `out`.
        workers: tasks at a time, at most; None for one per core.
        id_col: the column that names the series; that of the model if None.
        time_col: timestamps, dates or integers; that of the model if None.
        target_col: the values; those of the model if None.
        freq: the calendar step, where the model is not fitted yet; inferred if None.
        verbose: True shows progress, False does not, None on a terminal after two seconds.

    Raises:
        InputError: if the source, the model or the folder cannot be used, or no series can.
    """
    began = time.perf_counter()
    wanted = Wanted(h, check_levels(level), numbers(quantiles))
    stored = _stored(model)
    forecaster = stored.example if stored else _forecaster(model)
    names = _names(forecaster, id_col, time_col, target_col)
    given = _Given(source, futr, static, names, freq)
    if stored and given.names != _names(forecaster, None, None, None):
        raise InputError(f"{model}: its models were fitted to columns of other names")
    ready, on = _ready(forecaster, given, wanted), _On(address, workers, verbose)
    job = _Job(Partitions.at(out), ready, stored, wanted, on)
    return job.run(given, began)


@dataclass(frozen=True)
class _Given:
    source: Any
    future: Any
    static: Any
    names: Names
    freq: Freq | None


@dataclass(frozen=True)
class _On:
    address: str | None
    workers: int | None
    verbose: bool | None


@dataclass(frozen=True)
class _Job:
    """What is forecast, where, and by what."""

    partitions: Partitions
    forecaster: Estimator
    stored: StoredModels | None
    wanted: Wanted
    on: _On

    def run(self, given: _Given, began: float) -> Done:
        """Do what is missing."""
        source, future, static = self._sources(given)
        artefact = b""
        if self._fitted and self.stored is None:
            artefact = artefact_of(self.forecaster)
        plan = {
            "what": "predict",
            "model": self._model_in_words(artefact),
            "source": source.fingerprint,
            "future": future and future.fingerprint,
            "static": static and static.fingerprint,
            "freq": given.freq,
            **given.names.plain,
            **{name: _plain(value) for name, value in asdict(self.wanted).items()},
        }
        if done := self.partitions.begin(plan):
            return done
        work = self.partitions.work
        with (
            until_another_is_done(self.partitions) as found,
            executor_of(self.on.address, self.on.workers) as executor,
        ):
            number = None if self.stored is None else self.stored.number
            buckets = exchange(source, work / "rows", executor, number)

            def laid(given: Source | None, name: str) -> Buckets | None:
                if given is None:
                    return None
                return exchange(given, work / name, executor, buckets.number)

            models: Models
            if self.stored is not None:
                models = self.stored
            else:
                models = sent(artefact or self._fit(buckets, given.freq), executor)
            forecasting = Forecasting(
                buckets,
                self.partitions,
                models,
                self.wanted,
                future=laid(future, "future-rows"),
                static=laid(static, "static-rows"),
            )
            records = self._forecast(executor, forecasting)
            found.append(self.partitions.finish(plan, records, time.perf_counter() - began))
        return found[0]

    def _forecast(self, executor: Executor, work: Forecasting) -> list[PartRecord]:
        buckets = work.buckets
        with Meter("forecast", "rows", buckets.rows, verbose=self.on.verbose) as meter:
            progress = Progress(meter, buckets.rows, buckets.number)
            return run_parts(executor, work, progress)

    def _sources(self, given: _Given) -> tuple[Source, Source | None, Source | None]:
        """The rows, those of the future, and a row per series, where they are given."""
        source, future, static = source_of(given.source, given.names), None, None
        id_col, time_col = given.names.id_col, given.names.time_col
        if given.future is not None:
            beside = self.forecaster.model_.members.futr_exog
            future = source_of(given.future, Names(id_col, time_col, (), beside))
        if given.static is not None:
            # A row per series has no time: rows are sorted by the series alone.
            beside = tuple(self.forecaster.model_.context.panel.static)
            static = source_of(given.static, Names(id_col, id_col, (), beside))
        places = [each.folder for each in (source, future, static) if each is not None]
        for folder in (self.partitions.folder, *places):
            if folder is not None:
                check_shared(self.on.address, folder)
        return source, future, static

    def _model_in_words(self, artefact: bytes) -> str:
        if self.stored is not None:
            return self.stored.checksum
        return checksum_of(artefact) if artefact else repr(self.forecaster)

    def _fit(self, buckets: Buckets, freq: Freq | None) -> bytes:
        """The artefact of a forecaster that is fitted first; kept, so that a rerun has the same."""
        folder = self.partitions.work
        if not folder.exists(_MODEL):
            fitted = _zero_shot.fit_on_sample(self.forecaster, buckets, freq)
            _check(fitted, self.wanted)
            folder.write(_MODEL, artefact_of(fitted))
        return folder.read(_MODEL)

    @property
    def _fitted(self) -> bool:
        return hasattr(self.forecaster, "model_")


def example_of(model: Any) -> Estimator:
    """The forecaster of a file, or the first of a folder of local models.

    Raises:
        InputError: if it is neither.
    """
    stored = _stored(model)
    return stored.example if stored else _forecaster(model)


def _stored(model: Any) -> StoredModels | None:
    """The models of a folder, if it is one."""
    if isinstance(model, Done):
        return StoredModels.at(model.folder)
    if not isinstance(model, str | os.PathLike):
        return None
    folder = Folder.at(os.fspath(model))
    return StoredModels.at(model) if folder.filesystem.isdir(folder.root) else None


def _forecaster(model: Any) -> Estimator:
    if isinstance(model, Estimator):
        if not hasattr(model, "model_"):
            _zero_shot.refuse_training(model)
        return model
    return loaded(artefact_of(model))


def _names(
    forecaster: Estimator,
    id_col: str | None,
    time_col: str | None,
    target_col: str | Sequence[str] | None,
) -> Names:
    """The columns that are read: those that are named, else those of the model."""
    fitted = hasattr(forecaster, "model_")
    usual = forecaster.model_.columns if fitted else Columns()
    targets = (target_col,) if isinstance(target_col, str) else target_col
    beside = forecaster.model_.members.exog if fitted else tuple(dict.fromkeys(forecaster.exog))
    return Names(
        id_col or usual.unique_id,
        time_col or usual.ds,
        tuple(targets) if targets else usual.y,
        tuple(beside),
    )


def _ready(forecaster: Estimator, given: _Given, wanted: Wanted) -> Estimator:
    """The forecaster; a fitted one reads columns of some names, in pandas."""
    if not hasattr(forecaster, "model_"):
        if given.future is not None or given.static is not None:
            raise InputError("futr and static are for a model that reads them: fit it first")
        return forecaster
    known = forecaster.model_.freq
    if given.freq is not None and given.freq != known:
        raise InputError(
            f"freq={given.freq!r}, but the model was fitted on {known!r}: leave freq out"
        )
    _check(forecaster, wanted, given.future, given.static)
    names = given.names
    return forecaster.in_columns(Columns(names.id_col, names.time_col, names.target_cols))


def _check(forecaster: Estimator, wanted: Wanted, futr: Any = None, static: Any = None) -> None:
    """Raise at once for what would fail with every series."""
    model = forecaster.model_
    if wanted.h is not None:
        check_whole("h", wanted.h, 1, MOST_ROWS)
    calibration = model.require_calibration(wanted.level, wanted.quantiles)
    for probability in wanted.quantiles:
        if not 0 < probability < 1:
            raise InputError(f"quantiles must lie between 0 and 1, got {probability}")
    if calibration is not None:
        calibration.warn_beyond(wanted.level, wanted.quantiles)
    traits = ", ".join(model.context.panel.static)
    if traits and static is None:
        raise InputError(
            f"this model reads what does not change in time ({traits}): give static (--static), a "
            "source with one row per series"
        )
    if static is not None and not traits:
        raise InputError("static is given, but this model reads no static columns")
    ahead = ", ".join(model.members.futr_exog)
    if ahead and futr is None:
        raise InputError(
            f"this model reads columns of the future ({ahead}): give futr (--future), a "
            "source with them for every series and time to forecast"
        )
    if futr is not None and not ahead:
        raise InputError("futr is given, but this model reads no columns of the future")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
