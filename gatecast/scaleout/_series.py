"""Forecasting the series of one bucket."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

import pandas as pd
import pyarrow as pa

from gatecast._lazy import lazy
from gatecast._types import InputWarning
from gatecast.scaleout._bucket_work import BucketWork, Some
from gatecast.scaleout._poisoned import in_halves, plain_id
from gatecast.scaleout.partitions import Failure, PartRecord
from gatecast.scaleout.sources import Buckets

if TYPE_CHECKING:
    from gatecast import forecasting
    from gatecast.forecasting import Estimator
else:
    forecasting = lazy("gatecast.forecasting")

BLOCK = 128
"""Series that are forecast in one call: one compiled program, whatever a bucket holds."""


_NO_MODEL = (
    "it has no model: with scope='local' each series has its own; fit again with it, or use "
    "scope='global'"
)


class Models(Protocol):
    """The fitted forecasters of each bucket."""

    @property
    def example(self) -> Estimator:
        """One of them."""

    def of(self, bucket: int) -> list[Estimator]:
        """Those of a bucket."""


@dataclass(frozen=True)
class Wanted:
    """What a forecast contains.

    Attributes:
        h: rows to forecast; None for those of the model.
        level: coverage of intervals in percent.
        quantiles: probabilities.
    """

    h: int | None = None
    level: tuple[float, ...] = ()
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True)
class _Beside:
    """What there is beside the histories of a bucket, or None: rows to come, a row per series."""

    future: pd.DataFrame | None
    static: pd.DataFrame | None

    @classmethod
    def of(cls, bucket: int, future: Buckets | None, static: Buckets | None) -> Self:
        """Read from where it lies."""
        return cls(*(each if each is None else each.read(bucket) for each in (future, static)))


@dataclass(frozen=True)
class Forecasting(BucketWork):
    """The work of a task: forecast the series of a bucket, and write them as one part.

    Attributes:
        models: fitted.
        wanted: intervals and quantiles.
        future: that the columns known over the horizon lie in, or None.
        static: that what does not change in time lies in, a row per series, or None.
    """

    models: Models
    wanted: Wanted
    future: Buckets | None = None
    static: Buckets | None = None

    def __call__(self, some: Some) -> PartRecord:
        """Returns the record of the part."""
        began = time.perf_counter()
        frame = self.rows(some)
        with warnings.catch_warnings():
            # One process says them of all series at once; here they would be said again and again.
            warnings.simplefilter("ignore", InputWarning)
            beside = _Beside.of(some.bucket, self.future, self.static)
            found, failures = self._forecast_all(some.bucket, frame, beside)
        table = self._table(found, failures)
        id_col = self.buckets.names.id_col
        series = len(set(table[id_col].to_pylist()))
        seconds = time.perf_counter() - began
        every = (*some.passed_over, *failures)
        record = PartRecord(some.bucket, series, table.num_rows, every, seconds)
        return self.partitions.write_table(record, table)

    def _forecast_all(
        self, bucket: int, frame: pd.DataFrame, beside: _Beside
    ) -> tuple[list[pd.DataFrame], list[Failure]]:
        """The forecasts of each model for its own series."""
        frame, failures = self._without_values(frame)
        found: list[pd.DataFrame] = []
        for forecaster in self.models.of(bucket):
            own = forecaster.model_
            if own.members.parts[0].settings.scope == "local":
                known = frame[self.buckets.names.id_col].isin(own.context.panel.ids)
                rows = frame[known].reset_index(drop=True)
                frame = frame[~known].reset_index(drop=True)
                forecasts, others = self._forecast(forecaster, rows, beside)
            else:
                forecasts, others = self._forecast(forecaster.in_blocks(BLOCK), frame, beside)
                frame = frame.iloc[:0]
            found += forecasts
            failures += others
        left = frame[self.buckets.names.id_col].unique()
        return found, failures + [Failure(plain_id(each), _NO_MODEL) for each in left]

    def _forecast(
        self, forecaster: Estimator, frame: pd.DataFrame, beside: _Beside
    ) -> tuple[list[pd.DataFrame], list[Failure]]:
        id_col = self.buckets.names.id_col

        def readable(rows: pd.DataFrame) -> pd.DataFrame:
            forecaster.on_history(rows, beside.static)
            return rows

        def forecasts(rows: pd.DataFrame) -> pd.DataFrame:
            model = forecaster.on_history(rows, beside.static).model_
            options = forecasting.ForecastOptions(self.wanted.level, self.wanted.quantiles)
            future = beside.future
            if future is not None:
                future = future[future[id_col].isin(rows[id_col].unique())]
            return model.forecast(self.wanted.h, options, future)

        failures: list[Failure] = []
        try:
            found = [forecasts(frame)] if len(frame) else []
        except Exception:  # noqa: BLE001 (found out below, series by series)
            # To read a history costs little beside its forecast: so what fails is found there.
            rows, failures = in_halves(frame, id_col, readable)
            whole = pd.concat(rows, ignore_index=True) if rows else frame.iloc[:0]
            found, others = in_halves(whole, id_col, forecasts)
            failures += others
        return found, failures

    def _without_values(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Failure]]:
        """The rows of series that have a value; the others would be left out of every panel."""
        names = self.buckets.names
        seen = frame[list(names.target_cols)].notna().any(axis=1)
        ids = frame[names.id_col]
        usable = ids.isin(ids[seen].unique())
        error = f"no row has a value of {' or '.join(names.target_cols)}"
        lost = [Failure(plain_id(each), error) for each in ids[~usable].unique()]
        return (frame[usable].reset_index(drop=True) if lost else frame), lost

    def _table(self, found: list[pd.DataFrame], failures: list[Failure]) -> pa.Table:
        """The forecasts with the user's names, in order of the series."""
        names = self.buckets.names
        if not found:
            return self._nothing()
        frame = pd.concat(found, ignore_index=True)
        if len(found) > 1:
            frame = frame.sort_values("unique_id", kind="stable", ignore_index=True)
        frame = frame.rename(columns={"unique_id": names.id_col, "ds": names.time_col})
        table = pa.Table.from_pandas(frame, preserve_index=False)
        return table.replace_schema_metadata(None)

    def _nothing(self) -> pa.Table:
        """A part without rows, with the columns of the others."""
        names, types = self.buckets.names, self.buckets.types
        time = types.field(names.time_col)
        if pa.types.is_timestamp(time.type):
            # Forecasts are on the clock of the series, without a zone.
            time = time.with_type(pa.timestamp(time.type.unit))
        fields = [types.field(names.id_col), time]
        if len(names.target_cols) > 1:
            fields.append(pa.field("target", pa.string()))
        columns = forecast_columns(self.models.example.model_.name, self.wanted)
        fields += [pa.field(name, pa.float64()) for name in columns]
        return pa.schema(fields).empty_table()


def forecast_columns(name: str, wanted: Wanted) -> list[str]:
    """The columns of numbers in a forecast."""
    ends = [f"{name}-{end}-{level:g}" for level in wanted.level for end in ("lo", "hi")]
    return [name, *ends, *(f"{name}-q-{probability:g}" for probability in wanted.quantiles)]
