"""The files that a visitor takes away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gatecast.reporting import charts, forecast_figure, report

if TYPE_CHECKING:
    from gatecast.evaluation import Backtest
    from gatecast.forecasting import Estimator
    from gatecast.studio.work._rows import Future, Rows

_MOST_SHEET_ROWS = 1_000_000


def write_forecast_files(folder: Path, forecaster: Estimator, forecast: pd.DataFrame) -> None:
    """The forecast as CSV and as two pictures, and the artefact."""
    forecast.to_csv(folder / "forecast.csv", index=False)
    figure = forecast_figure(forecaster.model_, forecast)
    if figure is not None:
        svg = figure.svg()
        (folder / "forecast.svg").write_text(svg, encoding="utf-8")
        (folder / "forecast.png").write_bytes(charts.png(svg))
    forecaster.save(folder / "model.gatecast")


def write_future(folder: Path, future: Future) -> None:
    """What is known of the rows to forecast."""
    future.frame.to_csv(folder / "future.csv", index=False)


def write_workbook(folder: Path, forecast: pd.DataFrame, found: Backtest | None) -> None:
    """The forecast and the test, a sheet each."""
    sheets = {"forecast": forecast}
    if found is not None:
        sheets |= {"test": found.scores, "series": found.by_series, "past": found.forecasts}
    with pd.ExcelWriter(folder / "forecast.xlsx", engine="xlsxwriter") as book:
        for name, table in sheets.items():
            if len(table) <= _MOST_SHEET_ROWS:
                table.to_excel(book, sheet_name=name, index=False)


def write_report(folder: Path, rows: Rows, found: Backtest) -> None:
    """The page of the test."""
    report(found, folder / "report.html", label=rows.names.target_col)
