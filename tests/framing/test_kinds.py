"""What kind of numbers series hold, by hand."""

from collections.abc import Sequence

import numpy as np
from panels import NAN, panel_of

from gatecast.framing import COUNTS, PLAIN, YES_NO, ZEROS, kinds_of, yes_no_targets


def found(*series: Sequence[float], rows: int | None = None) -> list[int]:
    panel = panel_of(*series)
    leading = panel.lengths if rows is None else np.full(len(series), rows)
    return kinds_of(panel, leading, yes_no_targets(panel, leading)).tolist()


def test_each_series_has_the_kind_of_its_numbers():
    temperatures, months = [3.0, 1.5, 2.0], [112.0, 118.0, 132.0]
    rain, dozens = [0.0, 0.0, 1.3], [0.0, 12.0, 48.0]
    every = [temperatures, months, [1, -2, 0], rain, [0.5, 0, -1], [2, 0, 7], [1, 2, 3], dozens]
    assert found(*every) == [PLAIN] * 3 + [ZEROS, PLAIN] + [COUNTS] * 3


def test_yes_and_no_are_so_in_all_series():
    assert found([0, 1, 0], [0, 0, 0], [1, NAN, 1]) == [YES_NO] * 3
    # Zero or one piece a day beside a series that sells more.
    assert found([0, 1, 0], [0, 2, 0]) == [COUNTS] * 2
    assert found([0, 0, 0]) == found([1, 1, 1]) == [COUNTS]


def test_later_rows_decide_nothing():
    assert found([0, 1, 0, 7.5], [1, 0, 1, -3], rows=3) == [YES_NO] * 2
    assert found([NAN, NAN, 3], rows=2) == [PLAIN]
