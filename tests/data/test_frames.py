"""The border to other data frame libraries."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from gatecast._types import InputError
from gatecast.data import like, to_pandas, to_records

FRAME = pd.DataFrame({"unique_id": ["a", "b"], "y": [1.0, 2.0]})


@pytest.mark.parametrize(
    ("original", "kind"),
    [
        (FRAME, pd.DataFrame),
        (pl.from_pandas(FRAME), pl.DataFrame),
        (pl.from_pandas(FRAME).lazy(), pl.DataFrame),
        (pa.Table.from_pandas(FRAME), pa.Table),
        ("sales.csv", pd.DataFrame),
    ],
)
def test_result_in_the_kind_of_the_original(original: Any, kind: type):
    result = like(FRAME, original)
    assert isinstance(result, kind)
    pd.testing.assert_frame_equal(to_pandas(result), FRAME)


def test_index_with_data_becomes_columns():
    assert to_pandas(FRAME.set_index("unique_id")).columns.tolist() == ["unique_id", "y"]
    assert to_pandas(FRAME.set_index(["unique_id", "y"])).shape == (2, 2)
    assert to_pandas(FRAME.iloc[::-1]).index.tolist() == [0, 1]
    assert to_pandas(FRAME["y"]).columns.tolist() == ["y"]


def test_repeated_names_get_a_number():
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=["a", "a", "a_1", "a"])
    assert to_pandas(frame).columns.tolist() == ["a", "a_1", "a_1_1", "a_2"]


@pytest.mark.parametrize(
    ("times", "texts"),
    [
        (["2024-01-31", "2024-02-01"], ["2024-01-31", "2024-02-01"]),
        (["2024-01-31 00:00", "2024-01-31 01:00"], ["2024-01-31T00:00:00", "2024-01-31T01:00:00"]),
    ],
)
def test_dates_in_records_are_written_alike(times: list[str], texts: list[str]):
    frame = FRAME.assign(ds=pd.to_datetime(times))
    assert to_records(frame) == [
        {"unique_id": "a", "y": 1.0, "ds": texts[0]},
        {"unique_id": "b", "y": 2.0, "ds": texts[1]},
    ]
    assert pd.to_datetime(texts).tolist() == frame["ds"].tolist()


def test_records_without_dates():
    assert to_records(FRAME.assign(ds=[7, 8]))[1] == {"unique_id": "b", "y": 2.0, "ds": 8}


def test_other_objects_are_refused():
    with pytest.raises(InputError, match="got dict"):
        to_pandas({"y": [1]})
