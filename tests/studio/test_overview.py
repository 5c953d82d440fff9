"""The table of all series."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_forecasters import NAN, panel_of

from gatecast import InputError
from gatecast.data import to_frame, to_panel
from gatecast.studio.views import COLUMNS, Column, Wanted, overview


def shops(number: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "unique_id": np.repeat([f"shop {place:03}" for place in range(number)], 5),
            "ds": np.tile(np.arange(5), number),
            "y": rng.integers(0, 5, 5 * number).astype(float),
        }
    )


def test_numbers_are_those_of_each_series():
    panel = panel_of([4.0, NAN, 0.0, 2.0], [7.0, 7.0])
    first, second = overview(panel).lines
    assert first.cells == {
        "name": "a",
        "rows": "4",
        "first": "0",
        "last": "3",
        "mean": "2.00",
        "lowest": "0",
        "highest": "4.00",
        "varies": "82 %",
        "zeros": "33 %",
        "missing": "1",
    }
    assert second.cells["varies"] == "0 %"
    # Left is the first row, right the last; down is low.
    assert first.course == "0.0,1.0 80.0,27.0 120.0,14.0"


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("column", COLUMNS)
def test_any_column_sorts(column: Column, *, descending: bool):
    panel = to_panel(shops(30))
    table = overview(panel, Wanted(sort=column, descending=descending))
    values = to_frame(panel).groupby("unique_id")["y"]
    truth = {
        "mean": values.mean(),
        "lowest": values.min(),
        "highest": values.max(),
        "varies": values.std(ddof=0) / values.mean(),
        "zeros": values.agg(lambda y: (y == 0).mean()),
    }.get(column)
    if truth is not None:
        wanted = truth.sort_values(ascending=not descending).head(25)
        own = truth.loc[[line.cells["name"] for line in table.lines]]
        np.testing.assert_allclose(own.to_numpy(), wanted.to_numpy())
    assert len(table.lines) == 25


@settings(deadline=None, max_examples=15)
@given(number=st.integers(1, 60), page=st.integers(-2, 9))
def test_each_series_is_on_one_page(number: int, page: int):
    panel = replace(panel_of(*[[1.0, 2.0]] * number), ids=np.sort(np.arange(number).astype(str)))
    pages = overview(panel).pages
    names = [
        line.cells["name"]
        for place in range(1, pages + 1)
        for line in overview(panel, Wanted(page=place)).lines
    ]
    assert names == sorted(panel.ids)
    assert 1 <= overview(panel, Wanted(page=page)).page <= pages


def test_names_are_searched_as_they_are_written():
    panel = to_panel(shops(30))
    found = overview(panel, Wanted(search="SHOP 01"))
    assert [line.cells["name"] for line in found.lines] == [f"shop {n:03}" for n in range(10, 20)]
    assert (found.found, found.total) == (10, 30)
    assert overview(panel, Wanted(search="(")).lines == ()


def test_an_order_that_there_is_not_is_refused():
    with pytest.raises(InputError, match="sort must be one of name, rows"):
        Wanted(sort="price")  # type: ignore[arg-type]
