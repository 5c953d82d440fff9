"""Panels built by hand, and the airline series in its published split."""

from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from gatecast._types import Panel


@pytest.fixture(scope="session")
def airline() -> Panel:
    path = files("gatecast") / "data" / "airline-passengers.csv"
    y = pd.read_csv(str(path)).iloc[:, 1].to_numpy(dtype=np.float64)
    ds = pd.date_range("1949-01-01", periods=144, freq="MS").to_numpy()
    return Panel(np.array(["airline"]), ds, y, np.array([0, 144]), "MS")
