"""What is shown as training samples is what the trainer gets."""

from typing import Any

import jax
import numpy as np
import pytest
from small_forecasters import NAN, panel_of

from gatecast.evaluation import framings
from gatecast.forecasting import FitOptions, LSTMForecaster, fit_model
from gatecast.forecasting.fitting import training_samples
from gatecast.training import Trained

SERIES = [3.0, 7.0, 5.0, 9.0, 4.0, 8.0, 6.0, 10.0, 2.0, 11.0]
GAPPY = [3.0, 7.0, NAN, 9.0, 4.0, 8.0, 6.0, NAN, 2.0, 11.0]


class SeenError(Exception):
    """Carries what a trainer was given."""


def given_to_the_trainer(forecaster: LSTMForecaster, panel: Any) -> tuple[Any, Any]:
    """[samples, time steps, features], targets and order of a fit, as its trainer sees them."""

    def trainer(_network: Any, framing: Any, data: Any, *_: Any, **__: Any) -> Trained:
        raise SeenError(framing(data.data.source, data.data.train), data.data.order)

    options = FitOptions(intervals=False, trainer=trainer)
    with pytest.raises(SeenError) as seen:
        fit_model(forecaster.parts_for, panel, 1, options)
    sample, order = seen.value.args
    return sample, order


@pytest.mark.parametrize("values", [SERIES, GAPPY], ids=["whole", "gaps"])
@pytest.mark.parametrize("name", framings.ALL)
def test_samples_are_those_that_networks_are_trained_on(name: str, values: list[float]):
    forecaster = LSTMForecaster(**framings.ALL[name])
    panel = panel_of(values, SERIES)
    found = training_samples(forecaster.settings, panel)
    sample, order = given_to_the_trainer(forecaster, panel)
    jax.tree.map(np.testing.assert_array_equal, found.sample, sample)
    np.testing.assert_array_equal(found.order, order)
    # A target is the row at its origin, by the scaler of its series.
    scaled = (panel.y - np.nanmin(values)) / (np.nanmax(values) - np.nanmin(values))
    first = found.origin < len(values)
    np.testing.assert_allclose(
        np.asarray(found.sample.targets)[first, 0, 0], scaled[found.origin[first]], rtol=1e-6
    )


def test_only_the_first_samples_are_gathered():
    forecaster = LSTMForecaster(**framings.TIME_STEPS)
    found = training_samples(forecaster.settings, panel_of(SERIES), most=2)
    assert found.sample.inputs.x.shape == (2, 3, 1)
    assert len(found.origin) == 7
