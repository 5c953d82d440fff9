"""The scores of parts of the series, put together, are those of all series."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import gatecast
from gatecast.evaluation.backtest import (
    BacktestPlan,
    FrameColumns,
    WindowPlan,
    backtest_part,
    judged_together,
    part_folds,
)
from gatecast.evaluation.baselines import entries

BASELINES = ["persistence", "seasonal_naive"]


class Sometimes:
    """Repeats the mean of every second series by name, with an interval for every fourth."""

    def fit(self, df: pd.DataFrame) -> "Sometimes":
        self.rows = df
        return self

    def predict(self, h: int, level: list[int]) -> pd.DataFrame:
        parts = []
        for name, rows in self.rows.groupby("unique_id"):
            number = int(str(name)[1:])
            ds = pd.date_range(rows["ds"].max(), periods=h + 1, freq="MS")[1:]
            part = pd.DataFrame({"unique_id": name, "ds": ds, "Sometimes": np.nan})
            if number % 2 == 0:
                part["Sometimes"] = rows["y"].mean()
            for x in level:
                part[f"Sometimes-lo-{x}"] = part["Sometimes"] - 5 if number % 4 == 0 else np.nan
                part[f"Sometimes-hi-{x}"] = part["Sometimes"] + 5 if number % 4 == 0 else np.nan
            parts.append(part)
        return pd.concat(parts)


def _series(seed: int, number: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    parts = []
    for name in range(number):
        rows = int(rng.integers(16, 40))
        # One series never changes: it has no scale.
        y = np.full(rows, 3.0) if name == 1 else (name + 1) * rng.normal(5, 1, rows)
        ds = pd.date_range("2020-01-01", periods=rows, freq="MS")
        part = pd.DataFrame({"unique_id": f"s{name}", "ds": ds, "y": y})
        inner = rng.random(rows) < 0.9
        parts.append(part[inner | np.isin(np.arange(rows), [0, rows - 1])])
    return pd.concat(parts, ignore_index=True)


@pytest.mark.filterwarnings("ignore::gatecast.InputWarning")
@settings(deadline=None, max_examples=5, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 1000), number=st.integers(2, 7), cuts=st.integers(1, 4))
def test_parts_together_are_the_whole(seed: int, number: int, cuts: int):
    df = _series(seed, number)
    whole = gatecast.backtest(
        Sometimes(), df, h=3, n_windows=2, baselines=BASELINES, level=[80], freq="MS"
    )
    plan = BacktestPlan(WindowPlan(3, 2, 3), FrameColumns(freq="MS"), (80,))
    listed = entries(Sometimes(), BASELINES)
    part_of = np.random.default_rng(seed).integers(0, cuts, number)
    parts = [
        backtest_part(listed, part_folds(listed, df[df["unique_id"].isin(names)], plan), plan)
        for cut in range(cuts)
        if (names := [f"s{name}" for name in np.flatnonzero(part_of == cut)])
    ]
    found = judged_together(
        [part.sums.to_frame() for part in parts], pd.concat(p.facts for p in parts), plan
    )
    assert found.ranked_by == whole.ranked_by
    assert found.verdict == whole.verdict
    for name in ("scores", "by_horizon", "significance"):
        own, expected = getattr(found, name), getattr(whole, name)
        own, expected = (f.drop(columns="seconds", errors="ignore") for f in (own, expected))
        pd.testing.assert_frame_equal(own, expected, rtol=1e-9, check_dtype=False)
