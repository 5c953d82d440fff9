"""What processes agree on; here each is a thread."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_forecasters import panel_of

from gatecast._group import ALONE, Group
from gatecast._types import InputError, Panel
from gatecast.data import to_panel
from gatecast.framing import Covariates, Exogenous, Regression, design_of, fit_covariates


def together(work: Callable[[Group], Any], size: int = 2) -> list[Any]:
    """What each of some processes returns."""
    said, barrier = [b""] * size, Barrier(size, timeout=10)

    def group(rank: int) -> Group:
        def exchange(content: bytes) -> list[bytes]:
            said[rank] = content
            barrier.wait()
            every = [*said]
            barrier.wait()
            return every

        return Group(rank, size, exchange)

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(lambda rank: work(group(rank)), range(size)))


def test_all_processes_get_the_same_answers():
    def work(group: Group) -> Any:
        arrays = group.joined(np.arange(group.rank + 1) / 3)
        return (
            group.first("ab"[group.rank]),
            group.any(group.rank),
            group.all(group.rank),
            group.most(group.rank),
            group.total(group.rank + 1),
            arrays.tolist(),
        )

    expected = ("a", True, False, 1, 3, [0, 0, 1 / 3])
    assert together(work) == [expected, expected]


def test_a_process_alone_gets_back_what_it_gave():
    array = np.arange(3)
    assert ALONE.joined(array) is array
    assert ALONE.gather("a") == ["a"]
    assert not ALONE.any([])


def _with_columns(panel: Panel, rows: slice, words: tuple[str, ...]) -> Panel:
    numbers = np.array([3, np.nan, 5, 8, 1, 2.5, 9, 4])[rows]
    places = np.array([0, 1, 1, 0, 2, 2, np.nan, 1])[rows]
    return replace(
        panel,
        exog={"price": numbers, "shop": places},
        static={
            "size": np.array([1.0, 4.0, 2.0])[: len(panel.ids)],
            "kind": np.array(["a", "c", "b"])[: len(panel.ids)],
        },
        categories={"shop": words},
    )


def test_statistics_are_those_of_all_series():
    words = ("east", "north", "west")
    whole = _with_columns(panel_of([1] * 4, [1] * 4), slice(None), words)
    parts = [
        replace(
            _with_columns(panel_of([1] * 4), rows, words),
            static={name: values[place : place + 1] for name, values in whole.static.items()},
        )
        for place, rows in enumerate([slice(4), slice(4, 8)])
    ]
    exogenous = Exogenous(hist=("price", "shop"))

    def work(group: Group) -> Covariates:
        panel = parts[group.rank]
        return fit_covariates(exogenous, panel, panel.lengths, group)

    expected = fit_covariates(exogenous, whole, whole.lengths)
    for found in together(work):
        np.testing.assert_allclose(found.center, expected.center)
        np.testing.assert_allclose(found.spread, expected.spread)
        assert found.static_center == pytest.approx(expected.static_center)
        assert found.static_spread == pytest.approx(expected.static_spread)
        assert found.categories == expected.categories
        assert found.exog_categories == expected.exog_categories


def test_a_column_is_text_everywhere_or_nowhere():
    text = _with_columns(panel_of([1] * 4), slice(4), ("east", "north"))
    parts = [text, replace(text, categories={})]

    def work(group: Group) -> None:
        panel = parts[group.rank]
        with pytest.raises(InputError, match="'shop' holds texts in some files and numbers"):
            fit_covariates(Exogenous(hist=("shop",)), panel, panel.lengths, group)

    together(work)


def _reacting(first: int, last: int) -> Panel:
    """Series that follow x three rows later, twice as much where they are of kind b."""
    frames = []
    for number in range(first, last):
        rng = np.random.default_rng(number)
        x, noise = rng.standard_normal(63), 0.1 * rng.standard_normal(60)
        y = (1 + number % 2) * x[:60] + noise
        frames.append(
            pd.DataFrame({"unique_id": f"{number:02}", "ds": np.arange(60), "y": y, "x": x[3:]})
        )
    ids = [f"{number:02}" for number in range(first, last)]
    static = pd.DataFrame({"unique_id": ids, "kind": [*"ab"] * ((last - first) // 2)})
    return to_panel(pd.concat(frames), exog=["x"], static_df=static)


def test_the_effects_of_columns_are_those_of_all_processes():
    def learnt(panel: Panel, group: Group) -> Any:
        covariates = fit_covariates(Exogenous(hist=("x",)), panel, panel.lengths, group)
        design = design_of(covariates, panel, panel.lengths, group, (3, 4, 5), ("kind",))
        own = Regression(design, panel, panel.lengths, panel.y, (), group, ("kind",))
        return own.verdicts(), own.effects(["x"])

    whole = learnt(_reacting(0, 16), ALONE)
    parts = together(lambda group: learnt(_reacting(8 * group.rank, 8 * group.rank + 8), group))
    (x, kind), effects = whole
    assert (x.used, x.lags, kind.used) == (True, (3,), True)
    for verdicts, own in parts:
        for found, expected in zip(verdicts, whole[0], strict=True):
            assert (found.used, found.lags) == (expected.used, expected.lags)
            assert found.with_it == pytest.approx(expected.with_it)
            assert found.without == pytest.approx(expected.without)
        np.testing.assert_allclose(own.shared, effects.shared)
        np.testing.assert_allclose(own.differing, effects.differing)
    slopes = np.concatenate([own.slopes for _, own in parts])
    np.testing.assert_allclose(slopes, effects.slopes)
