import numpy as np
import pytest
from panels import panel_of

from gatecast._types import InputError
from gatecast.framing import split_rows


def test_the_airline_split_is_96_rows():
    assert split_rows(panel_of(np.ones(144)), 0.67).tolist() == [96]


def test_each_series_is_split_on_its_own_and_rounded_down():
    panel = panel_of(np.ones(10), np.ones(7), np.ones(5))
    assert split_rows(panel, 0.5).tolist() == [5, 3, 2]


def test_both_parts_get_at_least_one_row():
    panel = panel_of(np.ones(2), np.ones(100))
    assert split_rows(panel, 0.001).tolist() == [1, 1]
    assert split_rows(panel, 0.999).tolist() == [1, 99]


@pytest.mark.parametrize("share", [0, 1, -0.5, 1.5, float("nan")])
def test_share_out_of_range(share: float):
    with pytest.raises(InputError, match=f"train_share must lie between 0 and 1, got {share}"):
        split_rows(panel_of([1, 2]), share)


def test_a_series_of_one_row_cannot_be_split():
    with pytest.raises(InputError, match="series 'b' has one row"):
        split_rows(panel_of([1, 2], [3]), 0.5)
