"""Calibrating a forecaster that trains nothing, on some of the series of a source."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import pandas as pd

from gatecast._types import Freq, InputError, InputWarning, Panel
from gatecast.data import to_panel
from gatecast.forecasting import AutoLSTM, Estimator
from gatecast.scaleout._poisoned import in_halves
from gatecast.scaleout.sources import Buckets, Names

# More series make intervals no better: a hundred windows reach a level of 99 %.
_MOST_SERIES = 10_000
# Series that tell the calendar step.
_FEW_SERIES = 50


def refuse_training(forecaster: Estimator) -> None:
    """Raise unless fitting it trains nothing.

    Raises:
        InputError: saying what to do instead.
    """
    if not is_zero_shot(forecaster):
        raise InputError(
            "this forecaster is not fitted: call gatecast.scaleout.fit first, or give "
            "AutoLSTM(quality='zero_shot'), which trains nothing"
        )


def is_zero_shot(forecaster: Estimator) -> bool:
    """Whether fitting it trains nothing."""
    return isinstance(forecaster, AutoLSTM) and forecaster.quality == "zero_shot"


def fit_on_sample(forecaster: Estimator, buckets: Buckets, freq: Freq | None) -> Estimator:
    """Fit on the series of the first buckets, in this process; a copy is fitted.

    The bucket of a series is the hash of its id, so they are a sample of all. Those that cannot be
    read are passed over.

    Args:
        forecaster: not fitted.
        buckets: of the source.
        freq: the calendar step; inferred from these series if None.

    Raises:
        InputError: if no series can be read.
    """
    frame = _sample(buckets)
    read = Reading(buckets.names, forecaster, freq)
    rows, failures = in_halves(frame, buckets.names.id_col, read.with_freq_of(frame))
    if not rows:
        raise InputError(f"no series can be used; {failures[0].unique_id!r}: {failures[0].error}")
    fitted = type(forecaster)(**forecaster.get_params())
    return read.fit(fitted, pd.concat(rows, ignore_index=True))


@dataclass(frozen=True)
class Reading:
    """How frames are read, before anything is fitted.

    Attributes:
        names: of their columns.
        forecaster: that is going to read them.
        freq: the calendar step; None to infer it.
    """

    names: Names
    forecaster: Estimator
    freq: Freq | None

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows themselves, if a panel can be made of them."""
        self.forecaster.bounds.check(self._panel(rows))
        return rows

    def fit(self, forecaster: Estimator, rows: pd.DataFrame) -> Estimator:
        """The forecaster, fitted to a frame."""
        names = self.names
        return forecaster.fit(
            rows,
            freq=self.freq,
            id_col=names.id_col,
            time_col=names.time_col,
            target_col=self._targets,
        )

    def with_freq_of(self, frame: pd.DataFrame) -> Reading:
        """The same, with the step of a frame, even where some series have none or another."""
        if self.freq is not None:
            return self
        ids = frame[self.names.id_col]
        few = frame[ids.isin(ids.unique()[:_FEW_SERIES])]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InputWarning)
            steps, _ = in_halves(few, self.names.id_col, self._steps)
        every = [step for each in steps for step in each]
        return replace(self, freq=max(dict.fromkeys(every), key=every.count)) if every else self

    def _steps(self, rows: pd.DataFrame) -> list[Freq]:
        """The step of each series; they are read one by one, lest one decides for another."""
        return [self._panel(own).freq for _, own in rows.groupby(self.names.id_col, sort=False)]

    def _panel(self, rows: pd.DataFrame) -> Panel:
        names = self.names
        return to_panel(
            rows,
            id_col=names.id_col,
            time_col=names.time_col,
            target_col=self._targets,
            freq=self.freq,
            exog=names.beside,
        )

    @property
    def _targets(self) -> str | tuple[str, ...]:
        targets = self.names.target_cols
        return targets if len(targets) > 1 else targets[0]


def _sample(buckets: Buckets) -> pd.DataFrame:
    found, series = [], 0
    for bucket in range(buckets.number):
        rows = buckets.read(bucket)
        ids = rows[buckets.names.id_col].unique()[: _MOST_SERIES - series]
        found.append(rows[rows[buckets.names.id_col].isin(ids)])
        series += len(ids)
        if series >= _MOST_SERIES:
            break
    return pd.concat(found, ignore_index=True)
