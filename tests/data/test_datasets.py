"""The bundled data against facts known about them."""

from __future__ import annotations

import pandas as pd

from gatecast.data import datasets, to_panel


def test_airline_passengers():
    frame = datasets.airline_passengers()
    assert frame.columns.tolist() == ["unique_id", "ds", "y"]
    assert frame["unique_id"].unique().tolist() == ["airline"]
    assert frame["ds"].tolist() == list(pd.date_range("1949-01-01", "1960-12-01", freq="MS"))
    # Box and Jenkins, series G: the first and last month, and the total of 1949.
    assert frame["y"].iloc[[0, -1]].tolist() == [112, 432]
    assert frame["y"].iloc[:12].sum() == 1520
    assert to_panel(frame).freq == "MS"
