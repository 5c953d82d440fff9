"""One series without a column that names it, and targets that are no numbers yet."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from small_forecasters import DrawnForecaster

import gatecast
from gatecast import InputError, InputWarning

ROWS = 24
DAYS = pd.date_range("2024-01-01", periods=ROWS)
LOAD = pd.Series(np.sin(np.arange(ROWS)), index=DAYS.rename("day"), name="load")
LONG = pd.DataFrame({"unique_id": "series", "day": DAYS, "load": LOAD.to_numpy()})
NAMES = {"time_col": "day", "target_col": "load"}


def forecaster(**settings: Any) -> DrawnForecaster:
    return DrawnForecaster(h=2, look_back=3, units=2, **settings)


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    """The forecast from 20 rows, given four more: of the same rows under an id."""
    model = forecaster().fit(LONG[:20], **NAMES)
    return model.update(LONG[20:]).predict()


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        (LONG.drop(columns="unique_id"), NAMES | {"id_col": None}),
        (LONG.drop(columns="unique_id"), NAMES),
        (LOAD, {}),
        (LOAD.to_period("D"), {}),
    ],
)
def test_a_series_without_an_id(
    tmp_path: Path, rows: pd.DataFrame | pd.Series, names: dict[str, Any], expected: pd.DataFrame
):
    model = forecaster().fit(rows[:20], **names)
    np.testing.assert_array_equal(model.predict(df=rows)["LSTM"], expected["LSTM"])
    model = gatecast.load(model.save(tmp_path / "model.gatecast"))
    pd.testing.assert_frame_equal(model.update(rows[20:]).predict(), expected)


def test_a_polars_frame_without_an_id(expected: pd.DataFrame):
    rows = pl.from_pandas(LONG.drop(columns="unique_id"))
    found = forecaster().fit(rows[:20], **NAMES).update(rows[20:]).predict()
    assert found["LSTM"].to_list() == expected["LSTM"].tolist()


def test_names_of_a_series():
    plain = pd.Series(LOAD.to_numpy(), index=DAYS)
    assert forecaster().fit(plain).predict().columns.tolist() == ["unique_id", "ds", "LSTM"]
    assert forecaster().fit(LOAD).model_.columns.y == ("load",)
    with pytest.raises(InputError, match="needs times as its index"):
        forecaster().fit(LONG.set_index(["unique_id", "day"])["load"])


def test_several_rows_of_a_time_need_an_id():
    twice = LONG.loc[[0, 0, 1]].drop(columns="unique_id")
    with pytest.raises(InputError, match=r"'series' has 2024-01-01 twice.*with id_col"):
        forecaster().fit(twice, **NAMES)


def test_future_rows_without_an_id():
    rows = LONG.drop(columns="unique_id").assign(price=np.arange(ROWS) % 3)
    model = forecaster(futr_exog=["price"]).fit(rows[:20], **NAMES)
    found = model.predict(futr_df=rows[["day", "price"]])
    assert found["day"].tolist() == DAYS[20:22].tolist()


def test_truth_values_and_words_for_them():
    rows = LONG.assign(load=np.arange(ROWS) % 3 == 0, promotion=np.arange(ROWS) % 4 == 0)
    expected = forecaster(futr_exog=["promotion"]).fit(rows, **NAMES)
    words = rows.assign(
        load=rows["load"].map({True: "yes", False: "no"}),
        promotion=rows["promotion"].map({True: "True", False: "False"}),
    )
    with pytest.warns(InputWarning, match="column '(load|promotion)' was read with yes and true"):
        found = forecaster(futr_exog=["promotion"]).fit(words, **NAMES)
    known, read = expected.model_.context.panel, found.model_.context.panel
    np.testing.assert_array_equal(known.y, read.y)
    np.testing.assert_array_equal(known.exog["promotion"], read.exog["promotion"])
