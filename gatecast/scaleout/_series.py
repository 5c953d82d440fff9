"""Forecasting the series of one bucket."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from gatecast._lazy import lazy
from gatecast._types import InputWarning
from gatecast.scaleout._models import SentModel
from gatecast.scaleout._poisoned import in_halves, plain_id
from gatecast.scaleout.partitions import Failure, Partitions, PartRecord
from gatecast.scaleout.sources import Buckets

if TYPE_CHECKING:
    from gatecast import forecasting
    from gatecast.forecasting import Estimator
else:
    forecasting = lazy("gatecast.forecasting")

BLOCK = 128
"""Series that are forecast in one call: one compiled program, whatever a bucket holds."""


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
class Some:
    """A bucket, or a part of its series.

    Attributes:
        bucket: its number.
        series: the first of its series, in order, and the one after the last; None for all.
    """

    bucket: int
    series: tuple[int, int] | None = None

    def of(self, frame: pd.DataFrame, id_col: str) -> pd.DataFrame:
        """Its rows of those of the bucket, which are sorted by series."""
        if self.series is None:
            return frame
        number = frame[id_col].ne(frame[id_col].shift()).cumsum() - 1
        return frame[number.between(self.series[0], self.series[1] - 1)].reset_index(drop=True)

    def halves(self) -> list[Some]:
        """Each half of its series."""
        first, last = self.series or (0, 0)
        middle = (first + last) // 2
        return [Some(self.bucket, (first, middle)), Some(self.bucket, (middle, last))]


@dataclass(frozen=True)
class Forecasting:
    """The work of a task: forecast the series of a bucket, and write them as one part.

    Attributes:
        model: fitted.
        buckets: that the histories lie in.
        partitions: where the part goes.
        wanted: intervals and quantiles.
        future: that the columns known over the horizon lie in, or None.
    """

    model: SentModel
    buckets: Buckets
    partitions: Partitions
    wanted: Wanted
    future: Buckets | None = None

    def __call__(self, some: Some) -> PartRecord:
        """Returns the record of the part."""
        began = time.perf_counter()
        frame = some.of(self.buckets.read(some.bucket), self.buckets.names.id_col)
        future = None if self.future is None else self.future.read(some.bucket)
        with warnings.catch_warnings():
            # One process says them of all series at once; here they would be said again and again.
            warnings.simplefilter("ignore", InputWarning)
            found, failures = self._forecast(self.model.get().in_blocks(BLOCK), frame, future)
        table = self._table(found, failures)
        id_col = self.buckets.names.id_col
        series = len(set(table[id_col].to_pylist()))
        seconds = time.perf_counter() - began
        number, partitions = some.bucket, self.partitions
        if some.series is not None:
            number, partitions = some.series[0], piecewise(partitions, some.bucket)
        record = PartRecord(number, series, table.num_rows, tuple(failures), seconds)
        return partitions.write_table(record, table)

    def _forecast(
        self, forecaster: Estimator, frame: pd.DataFrame, future: pd.DataFrame | None
    ) -> tuple[list[pd.DataFrame], list[Failure]]:
        id_col = self.buckets.names.id_col

        def readable(rows: pd.DataFrame) -> pd.DataFrame:
            forecaster.on_history(rows)
            return rows

        def forecasts(rows: pd.DataFrame) -> pd.DataFrame:
            model = forecaster.on_history(rows).model_
            options = forecasting.ForecastOptions(self.wanted.level, self.wanted.quantiles)
            own = future
            if future is not None:
                own = future[future[id_col].isin(rows[id_col].unique())]
            return model.forecast(self.wanted.h, options, own)

        frame, lost = self._without_values(frame)
        failures: list[Failure] = []
        try:
            found = [forecasts(frame)] if len(frame) else []
        except Exception:  # noqa: BLE001 (found out below, series by series)
            # To read a history costs little beside its forecast: so what fails is found there.
            rows, failures = in_halves(frame, id_col, readable)
            whole = pd.concat(rows, ignore_index=True) if rows else frame.iloc[:0]
            found, others = in_halves(whole, id_col, forecasts)
            failures += others
        return found, lost + failures

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
        frame = frame.rename(columns={"unique_id": names.id_col, "ds": names.time_col})
        table = pa.Table.from_pandas(frame, preserve_index=False)
        return table.replace_schema_metadata(None)

    def _nothing(self) -> pa.Table:
        """A part without rows, with the columns of the others."""
        names, types = self.buckets.names, self.buckets.types
        model = self.model.get().model_
        fields = [types.field(names.id_col), types.field(names.time_col)]
        if len(names.target_cols) > 1:
            fields.append(pa.field("target", pa.string()))
        columns = forecast_columns(model.name, self.wanted)
        fields += [pa.field(name, pa.float64()) for name in columns]
        return pa.schema(fields).empty_table()


def piecewise(partitions: Partitions, bucket: int) -> Partitions:
    """Where the parts of a bucket go that is forecast some series at a time."""
    return Partitions(partitions.work / f"pieces-{bucket:05d}")


def forecast_columns(name: str, wanted: Wanted) -> list[str]:
    """The columns of numbers in a forecast."""
    ends = [f"{name}-{end}-{level:g}" for level in wanted.level for end in ("lo", "hi")]
    return [name, *ends, *(f"{name}-q-{probability:g}" for probability in wanted.quantiles)]
