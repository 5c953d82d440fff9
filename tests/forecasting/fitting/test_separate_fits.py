"""Fits that are trained together against fits of each alone, really trained."""

from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest
from small_forecasters import fitted_members, frame_of, panel_of, small_settings, wandering

from gatecast import InputError, LSTMForecaster, Training
from gatecast.data import to_panel
from gatecast.forecasting import Part
from gatecast.forecasting.fitting import PartOptions, train
from gatecast.forecasting.members import ahead, one_step
from gatecast.framing import Framing
from gatecast.network import Architecture

# The quickest to compile. Shuffled, padded samples would come in another order.
IN_ORDER = Training(epochs=2, batch_size=4, shuffle=False)
QUICK: dict[str, Any] = {"architecture": Architecture("dense", units=2), "training": IN_ORDER}
LOCAL = small_settings(Framing(3, 2), scope="local", members=2, random_seed=3, **QUICK)


@pytest.mark.parametrize(
    "lengths", [pytest.param((13, 13), marks=pytest.mark.slow), (13, 10)], ids=["equal", "unequal"]
)
def test_local_models_are_those_of_each_series_alone(lengths: tuple[int, int]):
    series = [wandering(rows, seed) for seed, rows in enumerate(lengths)]
    both = panel_of(*series)
    (together,), run = train(Part(LOCAL), both, [both.lengths], PartOptions(1, verbose=False))
    assert (together.groups, together.number) == (2, 2)
    assert run is not None
    assert run.curves["loss"].shape == (4, 2)
    later, every_row = ahead(together, both, 5), one_step(together, both)
    for number, values in enumerate(series):
        own = panel_of(values)
        alone = fitted_members(replace(LOCAL, scope="global"), own)
        for one, other in zip(
            jax.tree.leaves(together.weights), jax.tree.leaves(alone.weights), strict=True
        ):
            np.testing.assert_allclose(one[number], other[0], atol=1e-5)
        np.testing.assert_allclose(later[:, [number]], ahead(alone, own, 5), rtol=1e-5)
        rows = slice(both.offsets[number], both.offsets[number + 1])
        np.testing.assert_allclose(every_row[:, rows], one_step(alone, own), rtol=1e-5)


def test_a_series_without_a_model_is_named():
    data = frame_of(panel_of(wandering(13), wandering(10, 1)))
    forecaster = LSTMForecaster(
        h=2, look_back=3, cell="dense", units=2, scope="local", members=2, training=IN_ORDER,
        intervals=False,
    ).fit(data)  # fmt: skip
    swapped = pd.concat([data[data["unique_id"] == name] for name in "ba"])
    pd.testing.assert_frame_equal(forecaster.predict(df=swapped), forecaster.predict(), rtol=1e-6)
    only = forecaster.predict(df=data[data["unique_id"] == "b"])
    expected = forecaster.predict().iloc[2:].reset_index(drop=True)
    pd.testing.assert_frame_equal(only, expected, rtol=1e-6)
    with pytest.raises(InputError, match=r"^series 'c' has no model: with scope='local' each"):
        forecaster.predict(df=data.replace({"unique_id": {"b": "c"}}))


DATA = frame_of(panel_of(wandering(24), wandering(22, 1)))
ENDS = np.array([[18, 15], [21, 19]])


def test_refits_of_folds_are_fits_at_each_cutoff():
    forecaster = LSTMForecaster(h=2, look_back=3, cell="dense", units=2, training=IN_ORDER)
    found = forecaster.forecast_folds(to_panel(DATA), ENDS, 2, [80])
    assert found["cutoff"].tolist() == [17, 17, 14, 14, 20, 20, 18, 18]
    place = DATA.groupby("unique_id").cumcount()
    for fold, (first, second) in enumerate(ENDS):
        known = DATA[place < DATA["unique_id"].map({"a": first, "b": second})]
        expected = LSTMForecaster(**forecaster.get_params()).fit(known).predict(level=[80])
        part = found.iloc[4 * fold : 4 * fold + 4].reset_index(drop=True)
        pd.testing.assert_frame_equal(part.drop(columns="cutoff"), expected, rtol=1e-5)
