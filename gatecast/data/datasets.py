"""Data sets that come with the package."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from gatecast.data.reading import read

if TYPE_CHECKING:
    import pandas as pd


def airline_passengers() -> pd.DataFrame:
    """International airline passengers, monthly, January 1949 to December 1960, in thousands.

    Source: Box and Jenkins, Time Series Analysis: Forecasting and Control (1976), series G.

    Returns:
        144 rows of `unique_id` ("airline"), `ds` (the first day of the month) and `y`.
    """
    with as_file(files("gatecast.data") / "airline-passengers.csv") as path:
        frame = read(path)
    return frame.assign(unique_id="airline")
