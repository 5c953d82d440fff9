import numpy as np
import pytest
from small_forecasters import asked_of_the_trainer

from gatecast.data import datasets, to_panel
from gatecast.evaluation import framings
from gatecast.forecasting import LSTMForecaster, Settings
from gatecast.framing import Framing, split_rows
from gatecast.network import Architecture, Point
from gatecast.training import Training

# Look-back, shape, layers, whether memory is carried: the tutorial's table.
TUTORIAL = {
    "regression": (1, "steps", 1, False),
    "window": (3, "window", 1, False),
    "time steps": (3, "steps", 1, False),
    "stateful": (3, "steps", 1, True),
    "stacked stateful": (3, "steps", 2, True),
}
# What the tutorial feeds its networks: samples, time steps, features.
SHAPES = {
    "regression": (95, 1, 1),
    "window": (93, 1, 3),
    "time steps": (93, 3, 1),
    "stateful": (93, 3, 1),
    "stacked stateful": (93, 3, 1),
}


@pytest.mark.parametrize("name", TUTORIAL)
def test_framings_are_those_of_the_tutorial(name: str):
    look_back, shape, layers, stateful = TUTORIAL[name]
    settings = LSTMForecaster(**framings.ALL[name]).settings
    assert settings == Settings(
        # No level is taken from a window, so its span does not matter.
        Framing(look_back, 1, shape, "none", settings.framing.level_span),
        Architecture("lstm", layers, 4, dropout=0, activation="tanh", linear_skip=False),
        Training(100, 1, 1e-3, "adam", "mse", shuffle=not stateful),
        Point(),
        scaler=("minmax",),
        stateful=stateful,
        members=1,
        random_seed=0,
    )


def test_each_framing_has_a_name():
    assert list(framings.ALL) == list(TUTORIAL)
    named = [
        framings.REGRESSION,
        framings.WINDOW,
        framings.TIME_STEPS,
        framings.STATEFUL,
        framings.STACKED_STATEFUL,
    ]
    assert list(framings.ALL.values()) == named


def test_framings_cannot_be_changed():
    with pytest.raises(TypeError, match="does not support item assignment"):
        framings.WINDOW["h"] = 2  # type: ignore[index]


@pytest.mark.parametrize("name", SHAPES)
def test_no_pair_of_the_training_rows_is_lost(name: str):
    panel = to_panel(datasets.airline_passengers())
    train = split_rows(panel, 0.67)
    assert train == 96
    settings = LSTMForecaster(**framings.ALL[name]).settings
    sample, data = asked_of_the_trainer(settings, panel, train)
    inputs, y, *_ = sample(data.source, data.train)
    x = inputs.x
    assert x.shape == SHAPES[name]
    # Scaled by training rows alone: 104 and 413 thousand are the least and most of 96 months.
    scaled = (panel.y[:96] - 104) / (413 - 104)
    look_back = settings.framing.look_back
    np.testing.assert_allclose(y[..., 0], scaled[look_back:, None], rtol=1e-6)
    flat = x.reshape(-1, look_back)
    np.testing.assert_allclose(flat[0], scaled[:look_back], atol=1e-7)
    np.testing.assert_allclose(flat[-1], scaled[95 - look_back : 95], rtol=1e-6)
    if settings.stateful:
        assert data.order.tolist() == [[sample] for sample in range(93)]
    else:
        assert data.order is None
