"""Warnings name the line of the user, not one inside the package."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import gatecast
from gatecast import AutoLSTM, InputWarning

GAPPY = pd.DataFrame(
    {"unique_id": "a", "ds": pd.date_range("2024-01-01", periods=30), "y": range(30)}
).drop(index=[3, 4])
MODEL = AutoLSTM(h=2, quality="zero_shot", verbose=False)


def read(folder: Path) -> None:
    (folder / "doubled.csv").write_text("ds,y\n2024-01-01,1\n2024-01-02,2\n2024-01-02,3\n")
    gatecast.read(folder / "doubled.csv", repeated="last")


@pytest.mark.parametrize(
    "act",
    [
        lambda _: MODEL.fit(GAPPY),
        lambda _: MODEL.on_history(GAPPY.assign(y=1e6 + GAPPY["y"])),
        lambda _: gatecast.backtest("persistence", GAPPY, h=2, n_windows=2),
        read,
    ],
)
def test_a_warning_names_the_line_that_called(act: Callable[[Path], object], tmp_path: Path):
    with pytest.warns(InputWarning) as told:
        act(tmp_path)
    assert {each.filename for each in told} == {__file__}
