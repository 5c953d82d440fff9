"""Trials as tasks find what trials one after the other find."""

import pandas as pd
import pytest
from small_sources import series

import gatecast
from gatecast import AutoLSTM, scaleout


@pytest.mark.parametrize("address", [None, pytest.param("local", marks=pytest.mark.slow)])
@pytest.mark.filterwarnings("ignore:.*have no value and count as missing")
def test_what_tasks_find_is_what_one_call_finds(address: str | None):
    frame = series(6, rows=40)
    model = AutoLSTM(h=2, quality="zero_shot")
    space = {"metric": ["mae", "mape"], "season_length": [None, 9_999]}
    here = gatecast.tune(model, frame, space=space, n_windows=1)
    there = scaleout.tune(model, frame, space=space, n_windows=1, address=address)
    assert here.trials["error"].notna().sum() == 2
    assert there.settings == here.settings
    assert there.verdict == here.verdict
    pd.testing.assert_frame_equal(
        *(found.trials.drop(columns="seconds") for found in (here, there)), rtol=1e-6
    )
