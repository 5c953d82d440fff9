"""What is known of the rows to forecast, from the file or carried on."""

from pathlib import Path

import pandas as pd
import pytest
from small_forecasters import DrawnForecaster
from small_runs import HORIZON, PLAN, write_shops

from gatecast.studio.work import read_rows
from gatecast.studio.work._rows import Future, future_of


def future(folder: Path, ahead: int, **settings: object) -> Future | None:
    """Of a drawn model of the small table, whose file goes on for so many rows."""
    rows, _ = read_rows(PLAN, write_shops(folder, ahead=ahead))
    small = {"h": HORIZON, "look_back": 3, "units": 2, "futr_exog": ["price"], "intervals": False}
    model = DrawnForecaster(**small | settings)  # type: ignore[arg-type]
    model.fit(rows.frame, **rows.names.keywords)
    return future_of(model.model_, rows, HORIZON)


def test_the_file_says_what_is_known(tmp_path: Path):
    found = future(tmp_path, ahead=HORIZON)
    assert found is not None
    assert not found.carried
    file = pd.read_csv(tmp_path / PLAN.source, parse_dates=["month"])
    ahead = file[file["sold"].isna()][["shop", "month", "price"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.frame, ahead, check_dtype=False)


@pytest.mark.parametrize("ahead", [0, 1])
def test_where_the_file_ends_the_last_value_goes_on(tmp_path: Path, ahead: int):
    found = future(tmp_path, ahead)
    assert found is not None
    assert found.carried == ["price"]
    assert len(found.frame) == 2 * HORIZON
    file = pd.read_csv(tmp_path / PLAN.source)
    last = file.groupby("shop")["price"].last()
    assert list(found.frame["price"]) == [last["North"]] * HORIZON + [last["South"]] * HORIZON


def test_a_model_of_the_target_alone_needs_nothing(tmp_path: Path):
    assert future(tmp_path, 0, futr_exog=[]) is None
