"""A trained Keras model with its scikit-learn scaler, as a forecaster."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from small_forecasters import wandering

import gatecast
from gatecast import InputError
from gatecast._backend import keras

LOOK_BACK, H = 6, 2
ROWS = 50
FRAME = pd.concat(
    pd.DataFrame({"unique_id": name, "ds": np.arange(ROWS), "y": wandering(ROWS, seed)})
    for seed, name in enumerate("ab")
)


def trained(shape: tuple[int | None, int] = (LOOK_BACK, 1)) -> Any:
    """A model with weights far from those it would begin with."""
    layers = [keras.Input(shape), keras.layers.GRU(3, return_sequences=True)]
    layers += [keras.layers.Dropout(0.2), keras.layers.LSTM(2), keras.layers.Dense(H)]
    model = keras.Sequential(layers)
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(0, 0.5, each.shape) for each in model.weights])
    return model


def by_hand(model: Any, scaler: Any, values: np.ndarray) -> np.ndarray:
    """What the user's own code forecasts after some values."""
    scaled = values if scaler is None else scaler.transform(values[:, None])[:, 0]
    window = scaled[-LOOK_BACK:].reshape(1, *(size or LOOK_BACK for size in model.input_shape[1:]))
    found = np.asarray(model(window))
    return found[0] if scaler is None else scaler.inverse_transform(found.T)[:, 0]


@pytest.mark.parametrize(
    ("shape", "scaler"),
    [
        ((LOOK_BACK, 1), MinMaxScaler((-1, 1))),
        ((1, LOOK_BACK), StandardScaler()),
        ((None, 1), StandardScaler(with_mean=False)),
        ((LOOK_BACK, 1), None),
    ],
)
def test_forecasts_are_those_of_the_users_own_code(shape: tuple[int | None, int], scaler: Any):
    model = trained(shape)
    if scaler is not None:
        scaler.fit(FRAME[["y"]].to_numpy())
    forecaster = gatecast.from_keras(
        model, scaler, look_back=LOOK_BACK if shape[0] is None else None, intervals=False
    ).fit(FRAME)
    found = forecaster.predict()["LSTM"].to_numpy().reshape(2, H)
    for name, values in zip("ab", found, strict=True):
        y = FRAME[FRAME.unique_id == name]["y"].to_numpy()
        np.testing.assert_allclose(values, by_hand(model, scaler, y), rtol=1e-5)


def test_the_rest_of_the_life_of_a_forecaster(tmp_path: Path):
    model, scaler = trained(), MinMaxScaler().fit(FRAME[["y"]].to_numpy())
    known = FRAME[FRAME.ds < ROWS - 1]
    forecaster = gatecast.from_keras(model, scaler).fit(known)
    model.set_weights([0 * each.value for each in model.weights])
    # The forecaster has a copy, and intervals.
    before = forecaster.predict(level=80)
    assert (before["LSTM-lo-80"] < before["LSTM-hi-80"]).all()
    assert np.ptp(before["LSTM"]) > 0
    forecaster.save(tmp_path / "own.gatecast")
    loaded = gatecast.load(tmp_path / "own.gatecast")
    assert isinstance(loaded, type(forecaster))
    pd.testing.assert_frame_equal(loaded.predict(level=80), before)
    # Neither a second fit nor a backtest trains it.
    pd.testing.assert_frame_equal(loaded.fit(known).predict(level=80), before)
    result = gatecast.backtest(
        loaded, known, h=H, n_windows=2, step_size=3, baselines=["persistence"]
    )
    last = result.forecasts[result.forecasts["cutoff"] == result.forecasts["cutoff"].max()]
    expected = loaded.predict(df=known[known.ds < ROWS - 1 - H])
    np.testing.assert_allclose(last["LSTM"], expected["LSTM"], rtol=1e-5)
    # New rows, one by one and at once.
    stream = loaded.stream()
    streamed = stream.update(FRAME["y"][FRAME.ds == ROWS - 1].to_numpy())
    updated = loaded.update(FRAME[FRAME.ds == ROWS - 1]).predict()
    np.testing.assert_allclose(streamed.reshape(-1), updated["LSTM"], rtol=1e-5)
    about = loaded.to_onnx(tmp_path / "own.onnx")
    exported = gatecast.onnx.predict(tmp_path / "own.onnx", FRAME, level=about.level)
    expected = loaded.predict(level=about.level)
    pd.testing.assert_frame_equal(exported, expected, rtol=1e-4)


def of(*layers: Any) -> Any:
    return keras.Sequential(list(layers))


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        (lambda: "model", {}, "model must be a keras.Model, got str"),
        (
            lambda: of(keras.Input((6, 2)), keras.layers.LSTM(2), keras.layers.Dense(1)),
            {},
            r"must read \[samples, look_back, 1\]",
        ),
        (
            lambda: of(keras.Input((6, 1)), keras.layers.LSTM(2, return_sequences=True)),
            {},
            r"must return \[samples, h\]",
        ),
        (lambda: trained((None, 1)), {}, "say which by look_back"),
        (trained, {"look_back": 7}, "look_back=7, but the model reads 6 rows"),
        (
            lambda: of(keras.Input((6, 1), 1), keras.layers.LSTM(2, stateful=True)),
            {},
            "stateful=True, which Keras ignores on JAX",
        ),
        (
            lambda: of(keras.Input((6, 1)), keras.layers.Lambda(lambda x: x[:, 0])),
            {},
            "Lambda layers hold code",
        ),
        (
            trained,
            {"scaler": RobustScaler()},
            "MinMaxScaler or StandardScaler of scikit-learn, got RobustScaler",
        ),
        (trained, {"scaler": MinMaxScaler()}, "the MinMaxScaler is not fitted"),
        (trained, {"scaler": StandardScaler().fit(np.ones((3, 2)))}, "fitted on 2 columns"),
        (trained, {"scaler": MinMaxScaler(clip=True).fit(np.ones((3, 1)))}, "clip=True"),
    ],
)
def test_what_cannot_be_used(model: Any, options: dict[str, Any], words: str):
    with pytest.raises(InputError, match=words):
        gatecast.from_keras(model(), **options)
