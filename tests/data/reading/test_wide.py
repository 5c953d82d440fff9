"""Wide tables: one column per series, or one row per series."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as some

from gatecast._types import InputError, InputWarning
from gatecast.data import Columns, read

LONG = pd.DataFrame(
    {
        "unique_id": ["a", "a", "a", "b", "b", "b"],
        "ds": list(pd.date_range("2024-01-01", periods=3, freq="MS")) * 2,
        "y": [1, 2, 3, 4, np.nan, 6],
    }
)
COLUMNS = "month,a,b\n2024-01,1,4\n2024-02,2,\n2024-03,3,6\n"
ROWS = "shop,region,2024-01,2024-02,2024-03\na,north,1,2,3\nb,south,4,,6\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sales.csv"


def test_one_column_per_series(file: Path):
    file.write_text(COLUMNS)
    found = read(file, wide=True)
    pd.testing.assert_frame_equal(found, LONG)
    assert Columns.of(found) == Columns("unique_id", "month", "y")


def test_one_row_per_series(file: Path):
    file.write_text(ROWS)
    found = read(file, wide=True)
    assert found.pop("region").tolist() == ["north"] * 3 + ["south"] * 3
    pd.testing.assert_frame_equal(found, LONG)
    with pytest.raises(InputError, match=r"names of 3 columns are times, such as '2024-01'.*wide="):
        read(file)


@settings(max_examples=20, deadline=None)
@given(
    values=some.arrays(
        np.float64,
        st.tuples(st.integers(1, 4), st.integers(3, 6)),
        elements=st.floats(-1e9, 1e9, width=32),
    ),
    start=st.integers(1600, 2100),
)
def test_both_layouts_are_the_same_rows(values: np.ndarray, start: int):
    ids = [f"s{number}" for number in range(len(values))]
    years = [str(start + step) for step in range(values.shape[1])]
    by_row = pd.DataFrame(values, columns=years, index=pd.Index(ids, name="shop"))
    by_column = by_row.T.rename_axis("year").reset_index()
    found = read(by_row.reset_index(), wide=True)
    pd.testing.assert_frame_equal(found, read(by_column, wide=True))
    np.testing.assert_array_equal(found["y"].to_numpy().reshape(values.shape), values)
    assert found["ds"].tolist() == [int(year) for year in years] * len(ids)


def test_bad_values_are_named_where_they_stand(file: Path):
    file.write_text(ROWS.replace("6", "x"))
    with pytest.raises(InputError, match=r"line 3, series 'b', column '2024-03': 'x' is not a num"):
        read(file, wide=True)
    file.write_text(COLUMNS.replace("2024-03", "soon"))
    with pytest.raises(InputError, match=r"line 4, series 'a', column 'month': 'soon' is not a da"):
        read(file, wide=True)
    file.write_text(COLUMNS.replace("2024-03", "2024-02"))
    with pytest.raises(InputError, match=r"line 4: series 'a' has 2024-02-01 twice"):
        read(file, wide=True)


def test_columns_that_are_no_series(file: Path):
    file.write_text("index,month,note,a\n0,2024-01,x,1\n1,2024-02,z,2\n2,2024-03,,3\n")
    with pytest.warns(InputWarning, match="no series left out: 'index', 'note'"):
        found = read(file, wide=True)
    pd.testing.assert_frame_equal(found, LONG.head(3))


@pytest.mark.parametrize(
    ("text", "names", "problem"),
    [
        (COLUMNS, {"id_col": "a"}, "names of the other columns have to be times"),
        (COLUMNS, {"target_col": "a"}, "takes all columns as targets"),
        (COLUMNS, {"time_col": "day"}, "no column 'day'"),
        ("month,note\n2024-01,x\n", {}, "no column holds the numbers of a series"),
    ],
)
def test_what_does_not_go_together(file: Path, text: str, names: dict[str, str], problem: str):
    file.write_text(text)
    with pytest.raises(InputError, match=problem):
        read(file, wide=True, **names)
