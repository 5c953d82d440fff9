"""A forecast as a file: a table, or a picture of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import gatecast
from gatecast._files import write_file
from gatecast._types import InputError
from gatecast.cli.shared._show import plain

if TYPE_CHECKING:
    import pandas as pd

    from gatecast.forecasting import Model


@dataclass(frozen=True)
class Forecast:
    """What is written.

    Attributes:
        model: that forecast.
        table: as `predict` returned it.
        history: the rows that it follows; None for those that the model keeps.
    """

    model: Model
    table: pd.DataFrame
    history: pd.DataFrame | None

    def svg(self) -> str:
        """A picture of it."""
        figure = gatecast.reporting.forecast_figure(self.model, self.table, self.history)
        if figure is None:
            raise InputError("there is no row to forecast, so there is nothing to draw")
        return figure.svg()


def refuse_other_endings(out: Path | None) -> None:
    """Raise unless a forecast can be written as such a file; no ending means CSV."""
    if out is not None and out.suffix and out.suffix.lower() not in _WRITERS:
        known = ", ".join(_WRITERS)
        raise InputError(f"{out}: no forecast can be written as {out.suffix}; choose from {known}")


def write_forecast(forecast: Forecast, out: Path) -> None:
    """Write a forecast as the ending of the file says.

    Raises:
        InputError: if the file cannot be written.
    """
    write_file(out, partial(_WRITERS[out.suffix.lower() or ".csv"], forecast))


def _csv(forecast: Forecast, file: Path) -> None:
    forecast.table.to_csv(file, index=False)


def _parquet(forecast: Forecast, file: Path) -> None:
    forecast.table.to_parquet(file, index=False)


def _json(forecast: Forecast, file: Path) -> None:
    records = plain(gatecast.data.to_records(forecast.table))
    file.write_text(json.dumps(records, allow_nan=False), encoding="utf-8")


def _excel(forecast: Forecast, file: Path) -> None:
    # A stream, since pandas would refuse the ending of a file that is being written.
    with file.open("wb") as stream:
        forecast.table.to_excel(stream, index=False, engine="xlsxwriter")


def _png(forecast: Forecast, file: Path) -> None:
    file.write_bytes(gatecast.reporting.charts.png(forecast.svg()))


def _svg(forecast: Forecast, file: Path) -> None:
    file.write_text(forecast.svg(), encoding="utf-8")


_WRITERS: Mapping[str, Callable[[Forecast, Path], None]] = MappingProxyType(
    {
        ".csv": _csv,
        ".parquet": _parquet,
        ".json": _json,
        ".xlsx": _excel,
        ".png": _png,
        ".svg": _svg,
    }
)
