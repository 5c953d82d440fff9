"""Running baselines series by series: what a model sees, how failures and sampling are told."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from gatecast._types import Floats, Integers, Panel
from gatecast._warn import warn
from gatecast.data import filled

NAIVE = ("persistence", "seasonal_naive")
"""Baselines without parameters: instant on any number of rows and series."""


@dataclass(frozen=True)
class Series:
    """One series as a model sees it: gaps filled by the last observation before them."""

    unique_id: Any
    history: Floats
    new: Floats
    season_length: int


Forecast: TypeAlias = Callable[[str, Series], Floats]


def filled_series(panel: Panel, train: Integers, season_length: int) -> Iterator[Series]:
    """Cut a panel into series; one with fewer than two training seasons gets season 1."""
    known = filled(panel)
    for unique_id, start, end, rows in zip(
        panel.ids, panel.offsets[:-1], panel.offsets[1:], train, strict=True
    ):
        yield Series(
            unique_id=unique_id,
            history=known[start : start + rows],
            new=known[start + rows : end],
            season_length=season_length if rows >= 2 * season_length else 1,
        )


def run(
    names: Sequence[str],
    series: Sequence[Series],
    forecast: Forecast,
    shape: tuple[Integers, int],
    max_series: int,
) -> tuple[Floats, dict[str, float]]:
    """[rows, names, columns] forecasts, NaN where a model failed or was not run, and seconds.

    `shape` is the rows of each series and the columns of each name. One process: fitting takes
    milliseconds to a second a series, and forking beside a running JAX is unsafe.
    """
    rows, columns = shape
    bounds = np.concatenate([[0], np.cumsum(rows)])
    table = np.full((bounds[-1], len(names), columns), np.nan)
    seconds = {}
    sample = _sample(len(series), names, max_series)
    for j, name in enumerate(names):
        started = time.perf_counter()
        failures = {}
        for i in range(len(series)) if name in NAIVE else sample:
            outcome = _attempt(name, series[i], forecast)
            if isinstance(outcome, str):
                failures[series[i].unique_id] = outcome
            else:
                table[bounds[i] : bounds[i + 1], j] = outcome
        seconds[name] = time.perf_counter() - started
        _warn_failures(name, failures)
    return table, seconds


def _sample(count: int, names: Sequence[str], max_series: int) -> Sequence[int]:
    """The series on which statistical models are fitted."""
    fitted = [name for name in names if name not in NAIVE]
    if count <= max_series or not fitted:
        return range(count)
    warn(
        f"{', '.join(fitted)} ran on {max_series} of {count} series, spread evenly;"
        " raise max_series for more"
    )
    return [int(i) for i in np.linspace(0, count - 1, max_series).round()]


def _attempt(name: str, series: Series, forecast: Forecast) -> Floats | str:
    """The forecasts, or why there are none."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return forecast(name, series)
    except Exception as error:  # noqa: BLE001 - statsforecast raises bare Exception on odd series
        return str(error) or type(error).__name__


def _warn_failures(name: str, failures: dict[Any, str]) -> None:
    if failures:
        unique_id, reason = next(iter(failures.items()))
        others = f" and {len(failures) - 1} more" if len(failures) > 1 else ""
        warn(f"{name} has no forecast for series '{unique_id}'{others}: {reason}")
