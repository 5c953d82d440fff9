"""`AutoLSTM` of several targets: each is forecast as a series of its own."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_forecasters import draw_weights

import gatecast
from gatecast import AutoLSTM, InputError
from gatecast.forecasting import FitOptions, decided

ROWS, H, TARGETS = 60, 12, ["returned", "sold"]


def frame(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    season = np.sin(2 * np.pi * np.arange(ROWS) / 12)
    each = [
        pd.DataFrame(
            {
                "unique_id": name,
                "ds": pd.date_range("2000-01-01", periods=ROWS, freq="MS"),
                "sold": 100 + 20 * season + rng.normal(0, 3, ROWS),
                "returned": 5000 - 900 * season + rng.normal(0, 90, ROWS),
            }
        )
        for name in "ab"
    ]
    return pd.concat(each, ignore_index=True)


def apart(df: pd.DataFrame) -> pd.DataFrame:
    """The same values, each target with an id of its own."""
    long = df.melt(["unique_id", "ds"], TARGETS, "target", "y")
    return long.assign(unique_id=long["unique_id"] + "/" + long["target"]).drop(columns="target")


def zero_shot(**changes: Any) -> AutoLSTM:
    return AutoLSTM(**{"h": H, "quality": "zero_shot", "verbose": False} | changes)


class DrawnAuto(AutoLSTM):
    """Networks that would be adapted get drawn weights."""

    def _options(self, checkpoint: Path | None = None) -> FitOptions:
        return replace(super()._options(checkpoint), trainer=draw_weights)


def same(both: pd.DataFrame, alone: pd.DataFrame) -> None:
    """The forecasts of two targets, and those of the ids that stand for them."""
    named = both.assign(unique_id=both["unique_id"] + "/" + both["target"]).drop(columns="target")
    order = ["unique_id", "ds"]
    pd.testing.assert_frame_equal(
        named.sort_values(order, ignore_index=True), alone.sort_values(order, ignore_index=True)
    )


@pytest.fixture(scope="module")
def both() -> AutoLSTM:
    return zero_shot().fit(frame(), target_col=TARGETS)


def test_forecasts_are_those_of_an_id_for_each(both: AutoLSTM):
    found = both.predict(level=[80], quantiles=[0.1])
    assert found.columns.tolist() == [
        *("unique_id", "ds", "target", "LSTM", "LSTM-lo-80", "LSTM-hi-80", "LSTM-q-0.1")
    ]
    alone = zero_shot().fit(apart(frame()))
    same(found, alone.predict(level=[80], quantiles=[0.1]))
    new = frame(1).assign(unique_id=lambda df: "new " + df["unique_id"])
    same(both.predict(df=new), alone.predict(df=apart(new)))
    assert len(both.sample_paths(3)) == 3 * len(found)


def test_networks_adapted_to_both_forecast_as_with_an_id_for_each():
    how: dict[str, Any] = {"quality": "fast", "h": 2, "intervals": False, "verbose": False}
    more = frame(1).assign(unique_id=lambda df: "more " + df["unique_id"])
    df = pd.concat([frame(), more])
    found = DrawnAuto(**how).fit(df, target_col=TARGETS)
    assert len(found.model_.members.parts) == 2
    same(found.predict(), DrawnAuto(**how).fit(apart(df)).predict())


def test_rows_that_arrive_move_both():
    df = frame()
    early, late = (df[part] for part in (df["ds"] < "2004-10-01", df["ds"] >= "2004-10-01"))
    moved = zero_shot().fit(early, target_col=TARGETS)
    stream = moved.stream()
    for _, rows in late.groupby("ds"):
        ahead = stream.update(rows[TARGETS].to_numpy().reshape(-1))
    expected = moved.predict(df=df)
    pd.testing.assert_frame_equal(moved.update(late).predict(), expected)
    np.testing.assert_allclose(ahead.reshape(-1), expected["LSTM"], rtol=1e-5)


@pytest.mark.slow
def test_its_memory_is_looked_at(both: AutoLSTM):
    gates = both.gates("a")
    assert set(gates["target"]) == set(TARGETS)
    assert both.inspect().effective_memory > 0


def test_it_is_saved_and_judged(both: AutoLSTM, tmp_path: Path):
    loaded = gatecast.load(both.save(tmp_path / "m.gatecast"))
    pd.testing.assert_frame_equal(loaded.predict(level=[80]), both.predict(level=[80]))
    assert decided(both.model_)["lasting_trend"].keys() == {"a", "b"}
    result = gatecast.backtest(
        zero_shot(), frame(), h=H, target_col=TARGETS, baselines=["seasonal_naive"]
    )
    assert set(result.forecasts["target"]) == set(TARGETS)
    with pytest.raises(InputError, match="AutoLSTM of 2 targets cannot be exported"):
        both.to_keras(tmp_path / "m.keras")
