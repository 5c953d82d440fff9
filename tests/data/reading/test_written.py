"""Numbers written for people, against the values that were written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatecast._types import InputError, InputWarning
from gatecast.data import read, to_panel

MARKS = [(",", "."), (".", ","), (" ", ","), ("'", "."), ("\u202f", ",")]


def frame_of(values: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"ds": range(len(values)), "y": values})


@settings(max_examples=40, deadline=None)
@given(
    cents=st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=8),
    marks=st.sampled_from(MARKS),
    sign=st.sampled_from(["", "{} €", "$ {}", "£{}", "{} %"]),
)
def test_what_is_read_is_what_was_written(cents: list[int], marks: tuple[str, str], sign: str):
    """1,234.50 € and its kin; one long number leaves no doubt about the marks."""
    group, decimal = marks
    values = [value / 100 for value in [*cents, 123456789]]
    table = str.maketrans({",": group, ".": decimal})
    texts = [(sign or "{}").format(f"{value:,.2f}".translate(table)) for value in values]
    with pytest.warns(InputWarning, match="column 'y' was read with"):
        found = read(frame_of(texts))
    np.testing.assert_allclose(found["y"], values, rtol=1e-15)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1,5", "2,25"], [1.5, 2.25]),
        (["yes", "No", "", "YES"], [1, 0, np.nan, 1]),
        (["true", "false"], [1, 0]),
        ([True, False], [1, 0]),
        (["5 %", "6.5%", "NA"], [5, 6.5, np.nan]),
    ],
)
@pytest.mark.filterwarnings("ignore::gatecast.InputWarning")
def test_other_targets(texts: list, expected: list[float]):
    frame = frame_of(texts)
    np.testing.assert_array_equal(read(frame, target_col="y")["y"], expected)
    seen = [value for value in expected if not np.isnan(value)]
    panel = to_panel(frame.assign(unique_id="a"))
    assert panel.y[~np.isnan(panel.y)].tolist() == seen


@pytest.mark.parametrize(
    "texts",
    [
        ["1,234"],
        ["1,234", "567"],
        ["1.234,5", "2.5"],
        ["€ 1", "$ 2"],
        ["5 %", "6"],
        ["1,234.5", "1.234,5"],
        ["yes", "perhaps"],
        ["12,34,567"],
        ["€ 1.234"],
        ["€€ 1"],
    ],
)
def test_where_there_is_doubt_the_first_is_named(texts: list[str]):
    with pytest.raises(InputError, match=r"is not a number; write numbers like 1234\.5"):
        read(frame_of(texts), target_col="y")


def test_what_was_understood_is_told_once_and_only_of_columns_that_are_used(tmp_path: Path):
    path = tmp_path / "sales.csv"
    path.write_text("ds;sales;open;price\n2024-01-01;1.234,50 €;yes;1,5\n2024-01-02;7 €;no;2\n")
    with pytest.warns(InputWarning) as told:
        frame = read(path, target_col="sales")
    words = "column 'sales' was read without '€' and with '.' as thousands separator"
    assert [str(each.message) for each in told] == [words]
    assert frame["open"].tolist() == ["yes", "no"]
    assert frame["price"].tolist() == [1.5, 2]
