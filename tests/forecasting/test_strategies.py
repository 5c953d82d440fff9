"""One step that is fed back, parts that are averaged, and a fit that goes on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest
from small_forecasters import DrawnForecaster, draw_weights, frame_of, panel_of, wandering

from gatecast import LSTMForecaster, Training
from gatecast.data import to_panel
from gatecast.forecasting import FitOptions

DATA = frame_of(panel_of(wandering(16), wandering(13, 1)))
SMALL: dict[str, Any] = {"h": 4, "look_back": 3, "cell": "rnn", "units": 2, "intervals": False}


def drawn(data: Any = DATA, **changes: Any) -> LSTMForecaster:
    return DrawnForecaster(**SMALL | changes).fit(data)


def test_recursive_is_one_step_fed_back():
    forecaster = drawn(strategy="recursive", window_level="last")
    (part,) = forecaster.model_.members.parts
    assert part.settings.framing.horizon == 1
    whole = forecaster.predict()
    assert len(whole) == 2 * 4
    for step in range(4):
        found = forecaster.predict(1)
        expected = whole.groupby("unique_id").nth(step).reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected, rtol=1e-5)
        forecaster.update(found.rename(columns={"RNN": "y"}))


def test_variants_are_averaged():
    changes: list[dict[str, Any]] = [{"look_back": 2}, {"units": 3, "scaler": "minmax"}]
    every = drawn(variants=changes, members=2)
    alone = [drawn(**{"members": 2} | change).predict(5)["RNN"] for change in [{}, *changes]]
    assert len(every.model_.members.parts) == 3
    np.testing.assert_allclose(every.predict(5)["RNN"], np.mean(alone, axis=0), rtol=1e-5)
    assert np.ptp(alone, axis=0).min() > 0


@pytest.mark.parametrize("follows", [True, False], ids=["new rows", "other rows"])
def test_a_warm_start_goes_on_from_the_last_weights(*, follows: bool):
    asked: list[tuple[Any, dict[str, Any]]] = []

    def record(*given: Any, **how: Any) -> Any:
        asked.append((given, how))
        return draw_weights(*given, **how)

    class Recording(LSTMForecaster):
        def _options(self, checkpoint: Path | None = None) -> FitOptions:
            return replace(super()._options(checkpoint), trainer=record)

    changes = {"members": 2, "intervals": True}
    forecaster = Recording(**SMALL | changes).fit(DATA[DATA["ds"] < 10])
    before, calibration = forecaster.model_, forecaster.model_.calibration
    (old,) = before.members.parts
    asked.clear()
    # Rows that follow are joined to the last ones; others are taken as they are.
    forecaster.fit(DATA[DATA["ds"] >= 10] if follows else DATA, warm_start=True)
    (((_, _, data, _), how),) = asked
    for start, weights in zip(
        jax.tree.leaves(how["initial"]), jax.tree.leaves(old.weights), strict=True
    ):
        np.testing.assert_array_equal(start, weights[0])
    (new,) = forecaster.model_.members.parts
    shift, again = (part.view.scaler.arrays() for part in (old, new))
    np.testing.assert_array_equal(shift["0.shift"], again["0.shift"])
    np.testing.assert_array_equal(shift["0.scale"], again["0.scale"])
    assert forecaster.predict()["ds"].tolist() == [16, 17, 18, 19, 13, 14, 15, 16]
    # The look-back before the new rows, and all of them; or every row.
    kept = 3 if follows else 10
    assert len(data.data.source.values) == 16 - 10 + 13 - 10 + 2 * kept
    assert forecaster.model_.calibration.scores is calibration.scores


def test_training_really_goes_on():
    """A step too small to see: what comes out is what went in."""
    still = Training(epochs=1, optimizer="sgd", learning_rate=1e-12)
    forecaster = drawn(cell="dense", training=still)
    old = jax.tree.leaves(forecaster.model_.members.parts[0].weights)
    forecaster.fit(DATA, warm_start=True)
    new = jax.tree.leaves(forecaster.model_.members.parts[0].weights)
    for before, after in zip(old, new, strict=True):
        np.testing.assert_allclose(after, before, atol=1e-6)


@pytest.mark.parametrize("refit", [True, False])
def test_folds_forecast_from_each_cutoff(*, refit: bool):
    """With drawn weights: the scaler and the window are those of the cutoff."""
    panel = to_panel(DATA)
    ends = np.array([[9, 7], [11, 0]])
    forecaster = DrawnForecaster(**SMALL)
    found = forecaster.forecast_folds(panel, ends, 4, refit=refit).set_index("cutoff")
    place = DATA.groupby("unique_id").cumcount()
    fitted = drawn(DATA[place < DATA["unique_id"].map({"a": 9, "b": 7})])
    first = fitted.predict().assign(cutoff=np.repeat([8, 6], 4)).set_index("cutoff")
    pd.testing.assert_frame_equal(found.loc[[8, 6], first.columns], first, rtol=1e-5)
    known = DATA[(place < 11) & (DATA["unique_id"] == "a")]
    second = drawn(known) if refit else fitted
    expected = second.predict(df=known)["RNN"]
    np.testing.assert_allclose(found.loc[10, "RNN"], expected, rtol=1e-5)
    assert len(found) == 3 * 4
