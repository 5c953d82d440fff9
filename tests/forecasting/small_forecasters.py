"""Panels by hand, small settings, drawn weights, and a forward pass in plain NumPy."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gatecast._types import Freq, Panel
from gatecast.forecasting import (
    FitOptions,
    LSTMForecaster,
    Members,
    Model,
    Part,
    Settings,
    fit_model,
)
from gatecast.forecasting.fitting import PartOptions
from gatecast.forecasting.fitting import train as train_part
from gatecast.framing import Framing
from gatecast.network import Architecture, Network
from gatecast.training import NetworkVariables, Trained, Training, TrainingData, TrainingSet

Array = np.ndarray
State = list[Array]
Forward = Callable[[Array, State], tuple[Array, State]]
"""(window [look_back], state) -> forecasts [horizon], state; scaled values."""

NAN = float("nan")
TARGETS = ["sold", "returned"]


def panel_of(*series: Sequence[float], freq: Freq = 1) -> Panel:
    """Series "a", "b", ... of the given values, NaN for a gap, from 0 or January 2000 on."""
    lengths = [len(values) for values in series]
    start = pd.Timestamp("2000-01-01")
    times = [
        np.arange(length)
        if isinstance(freq, int)
        else pd.date_range(start, periods=length, freq=freq).to_numpy("datetime64[ns]")
        for length in lengths
    ]
    return Panel(
        ids=np.array([chr(ord("a") + number) for number in range(len(series))]),
        ds=np.concatenate(times),
        y=np.concatenate([np.asarray(values, dtype=np.float64) for values in series]),
        offsets=np.cumsum([0, *lengths]),
        freq=freq,
    )


def wandering(rows: int, seed: int = 0) -> Array:
    """A positive series with a drift, a season of four and noise."""
    noise = np.random.default_rng(seed).normal(size=rows)
    return 50 + 0.4 * np.arange(rows) + 3 * np.sin(np.arange(rows) * np.pi / 2) + noise


def frame_of_targets(rows: int) -> pd.DataFrame:
    """Series "a" and "b" of two targets, of which one is about thirty times the other."""
    each = [
        pd.DataFrame(
            {
                "unique_id": name,
                "ds": np.arange(rows),
                "sold": wandering(rows, seed),
                "returned": 1000 + 10 * wandering(rows, seed + 5),
            }
        )
        for seed, name in enumerate("ab")
    ]
    return pd.concat(each, ignore_index=True)


def frame_of(panel: Panel) -> pd.DataFrame:
    return pd.DataFrame({"unique_id": panel.ids[panel.series_of_row], "ds": panel.ds, "y": panel.y})


def small_settings(framing: Framing | None = None, **changes: Any) -> Settings:
    """Two units, two epochs."""
    small = {"architecture": Architecture(units=2), "training": Training(epochs=2, batch_size=4)}
    return Settings(framing or Framing(3, 2), **small | changes)


def drawn(network: Network, members: int, seed: int = 0) -> tuple[list[Array], list[Array]]:
    """Weights of some members [members, ...], far from zero."""
    rng = np.random.default_rng(seed)
    trainable, others = network.model.trainable_variables, network.model.non_trainable_variables
    return (
        [rng.normal(0, 0.5, (members, *each.shape)).astype(np.float32) for each in trainable],
        [np.zeros((members, *each.shape), np.uint32) for each in others],
    )


def draw_weights(
    network: Network, _: Any, data: TrainingSet, __: Any, *, seeds: Sequence[int], **___: Any
) -> Trained:
    """A trainer that gives members drawn weights: compiling a real one takes most of a fit.

    A member's weights depend on its own seed, as those of a trained one do.
    """
    each = [drawn(network, 1, seed) for seed in seeds]
    trainable, others = (
        [np.concatenate(values) for values in zip(*kind, strict=True)]
        for kind in zip(*each, strict=True)
    )
    assert data.data.train.size
    variables = NetworkVariables(trainable, others, [], [], 0.0, 0)
    curves = {"loss": np.zeros((len(seeds), 1))}
    return Trained(variables, curves, interrupted=False, compile_seconds=0, train_seconds=0)


class DrawnForecaster(LSTMForecaster):
    """An `LSTMForecaster` whose networks get drawn weights instead of being trained."""

    def _options(self, checkpoint: Path | None = None) -> FitOptions:
        return replace(super()._options(checkpoint), trainer=draw_weights)


def fitted_members(
    settings: Settings, panel: Panel, train: Array | None = None, **options: Any
) -> Members:
    """Networks of some settings trained on the leading rows of each series.

    Args:
        settings: of the networks.
        panel: the series.
        train: [series] training rows; all by default.
        options: of `PartOptions`; a season has one row unless told otherwise.
    """
    how = PartOptions(**{"season_length": 1, "verbose": False} | options)
    rows = panel.lengths if train is None else train
    return train_part(Part(settings), panel, [rows], how)[0][0]


def drawn_members(
    settings: Settings, panel: Panel, train: Array | None = None, season_length: int = 1
) -> Members:
    """Scalers of the training rows, and drawn weights."""
    return fitted_members(settings, panel, train, season_length=season_length, trainer=draw_weights)


def drawn_model(
    settings: Settings | Sequence[Settings], panel: Panel, h: int, **options: Any
) -> Model:
    """A fitted model whose networks have drawn weights; `options` of `FitOptions`."""
    every = [settings] if isinstance(settings, Settings) else settings
    how = FitOptions(**{"verbose": False, "trainer": draw_weights} | options)
    return fit_model(lambda _: [Part(each) for each in every], panel, h, how)[0]


def forward_of(members: Members, member: int) -> Forward:
    """One LSTM layer and a dense one as their formulas say, for one member and one window."""
    kernel, recurrent, bias, out, out_bias = (
        np.asarray(value[0, member], np.float64) for value in members.weights[0]
    )
    framing = members.settings.framing

    def forward(window: Array, state: State, level: float | None = None) -> tuple[Array, State]:
        if level is None:
            levels = {"none": 0, "last": window[-1], "mean": window[-framing.level_span :].mean()}
            level = levels[framing.level]
        h, c = state
        columns = (window - level)[:, None] if framing.shape == "steps" else [window - level]
        for x in columns:
            i, f, candidate, o = np.split(x @ kernel + h @ recurrent + bias, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(candidate)
            h = sigmoid(o) * np.tanh(c)
        return h @ out + out_bias + level, [h, c]

    return forward


def empty_state(settings: Settings) -> State:
    return [np.zeros(settings.architecture.units)] * 2


def beyond_by_hand(forward: Forward, window: Array, state: State, h: int, *, carried: bool) -> Any:
    """Feed forecasts back: row by row if memory is carried, else a whole horizon at a time."""
    known, memory = list(window), state
    forecasts, memory = forward(window, memory)
    rows = list(forecasts)
    slide = 1 if carried else len(forecasts)
    fed = 0
    while len(rows) < h:
        known += rows[fed : fed + slide]
        fed += slide
        memory = memory if carried else [np.zeros_like(part) for part in memory]
        forecasts, memory = forward(np.array(known[-len(window) :]), memory)
        rows += list(forecasts[-slide:])
    return np.array(rows[:h])


def asked_of_the_trainer(
    settings: Settings, panel: Panel, train: Array
) -> tuple[Callable[..., Any], TrainingData]:
    """How a fit would gather samples, and from what data; nothing is trained."""
    asked: list[Any] = []

    def capture(_: Any, *sample_and_data: Any, **__: Any) -> Trained:
        asked.extend(sample_and_data[:2])
        raise InterruptedError

    with pytest.raises(InterruptedError):
        fitted_members(settings, panel, train, trainer=capture)
    sample, data = asked
    return sample, data.data


def sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))
