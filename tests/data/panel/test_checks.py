"""Whether series are long enough."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gatecast._types import InputError, Panel
from gatecast.data import require_rows, to_panel

PANEL = Panel(
    ids=np.array(["a", "b", "c"]),
    ds=np.array([0, 1, 2, 0, 1, 2, 3, 0, 1]),
    y=np.array([1, np.nan, 3, 1, 2, np.nan, 4, 5, 6.0]),
    offsets=np.array([0, 3, 7, 9]),
    freq=1,
)


def test_enough_observed_rows():
    require_rows(PANEL, 2, "look_back=1 and h=1")


def test_gaps_are_no_rows():
    with pytest.raises(
        InputError,
        match=r"series 'a' has 2 observed rows, but look_back=2 and h=1 "
        r"need at least 3 \(1 more series are too short\)",
    ):
        require_rows(PANEL, 3, "look_back=2 and h=1")


@pytest.mark.parametrize("column", ["y", "price"])
def test_values_too_large_to_be_squared_are_refused(column: str):
    frame = pd.DataFrame({"unique_id": "a", "ds": [1, 2, 3], "y": [1.0, 2, 3], "price": 0.0})
    assert to_panel(frame.assign(**{column: 1e100}), exog=["price"]).rows == 3
    frame.loc[1, column] = -2e100
    words = rf"^series 'a' has {column} = -2e\+100 at 2: values beyond 1e\+100 cannot be forecast"
    with pytest.raises(InputError, match=words):
        to_panel(frame, exog=["price"])
