"""Gates against Keras's own layers: what they let through must be what the layers put out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_forecasters import drawn_model, panel_of

from gatecast._backend import keras
from gatecast._types import InputError, Panel
from gatecast.data import extend
from gatecast.forecasting import Combination, Model, Settings
from gatecast.forecasting.inspection import gates, half_lives
from gatecast.framing import Framing, last_windows
from gatecast.network import Architecture

Array = np.ndarray
LOOK_BACK = 8
WALK = np.random.default_rng(0).normal(size=30).cumsum() / 3
LAYERS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}


def model_of(settings: Settings, panel: Panel) -> Model:
    """A model at the end of the panel whose weights are drawn, not trained."""
    return drawn_model(settings, panel, 2, intervals=False)


def settings(cell: Any = "lstm", layers: int = 1, kind: Any = "stack", **changes: Any) -> Settings:
    return Settings(
        Framing(LOOK_BACK, 2),
        Architecture(cell, layers, 3, kind=kind),
        **{"scaler": (), "members": 2} | changes,
    )


def weights_of(model: Model, member: int) -> dict[str, Array]:
    """Path -> value."""
    part = model.members.parts[0]
    network = part.runner(masked=part.sizes.masked).network
    return {
        variable.path: np.asarray(value[0, member])
        for variable, value in zip(network.model.trainable_variables, part.weights[0], strict=True)
    }


def layer_weights(model: Model, member: int, layer: int) -> list[Array]:
    """Kernel, recurrent kernel, bias."""
    cell = model.members.parts[0].settings.architecture.cell
    found = weights_of(model, member)
    return [value for path, value in found.items() if path.startswith(f"{cell}_{layer}/")]


def traces_of(frame: pd.DataFrame, member: int, layer: int) -> Array:
    """[gates, rows, units]."""
    own = frame.query(f"member == {member + 1} and layer == {layer}")
    columns = [name for name in own if name in {"input", "forget", "output", "update", "reset"}]
    return np.stack([own.pivot_table(index="ds", columns="unit", values=name) for name in columns])


def through_gates(cell: str, traces: Array, x: Array, weights: list[Array]) -> Array:
    """[rows, units] the hidden state that the gates lead to; only the candidate is computed."""
    kernel, recurrent, bias = weights
    units = len(recurrent)
    h, c, found = np.zeros(units), np.zeros(units), []
    for place, now in enumerate(x):
        if cell == "lstm":
            i, f, o = traces[:, place]
            here = slice(2 * units, 3 * units)
            c = f * c + i * np.tanh((now @ kernel + h @ recurrent + bias)[here])
            h = o * np.tanh(c)
        else:
            z, r = traces[:, place]
            here = slice(2 * units, None)
            past = (h @ recurrent + bias[1])[here]
            h = z * h + (1 - z) * np.tanh((now @ kernel + bias[0])[here] + r * past)
        found.append(h)
    return np.array(found)


def keras_output(cell: str, x: Array, weights: list[Array], mask: Array | None = None) -> Array:
    """[rows, units] what the Keras layer puts out at every step."""
    layer = LAYERS[cell](len(weights[1]), return_sequences=True)
    layer.build((1, *x.shape))
    layer.set_weights(weights)
    return np.asarray(layer(x[None].astype(np.float32), mask=mask))[0]


@pytest.mark.parametrize(
    ("cell", "layers", "kind"),
    [("lstm", 2, "stack"), ("gru", 2, "residual"), ("lstm", 1, "cnn")],
)
def test_what_gates_let_through_is_what_the_layer_puts_out(cell: str, layers: int, kind: str):
    model = model_of(settings(cell, layers, kind), panel_of(WALK))
    frame = gates(model)
    assert len(frame) == 2 * layers * LOOK_BACK * 3
    x = WALK[-LOOK_BACK:, None].astype(np.float32)
    if kind == "cnn":
        weights = weights_of(model, 1)
        convolution = keras.layers.Conv1D(3, 3, padding="causal", activation="tanh")
        convolution.build((1, *x.shape))
        convolution.set_weights([weights["convolution/kernel"], weights["convolution/bias"]])
        x = np.asarray(convolution(x[None]))[0]
    for layer in range(1, layers + 1):
        weights = layer_weights(model, 1, layer)
        expected = keras_output(cell, x, weights)
        found = through_gates(cell, traces_of(frame, 1, layer), x, weights)
        np.testing.assert_allclose(found, expected, atol=2e-6)
        x = x + expected if kind == "residual" and layer > 1 else expected


def test_empty_rows_are_left_out_and_change_nothing():
    gappy = WALK.copy()
    gappy[[-3, -4, -7]] = np.nan
    model = model_of(settings(), panel_of(gappy))
    frame = gates(model)
    seen = ~np.isnan(gappy[-LOOK_BACK:])
    assert sorted(frame["ds"].unique()) == (np.arange(22, 30)[seen]).tolist()
    x, weights = np.nan_to_num(gappy[-LOOK_BACK:, None]), layer_weights(model, 0, 1)
    expected = keras_output("lstm", x, weights, mask=seen[None])
    found = through_gates("lstm", traces_of(frame, 0, 1), x[seen], weights)
    np.testing.assert_allclose(found, expected[seen], atol=2e-6)


def test_memory_that_fades_over_gaps():
    gappy = WALK.copy()
    gappy[[-3, -4, -7]] = np.nan
    model = model_of(settings(gaps="decay"), panel_of(gappy))
    part, frame = model.members.parts[0], gates(model)
    runner, rows = part.rows(extend(model.context.panel, 2), last_windows(model.context.panel))
    inputs = part.settings.framing(rows, model.context.panel.lengths).inputs
    own = [[value[0, 1] for value in kind] for kind in part.weights]
    _, (expected, _) = runner.network.apply(own, inputs, runner.network.zero_state(1))

    weights = weights_of(model, 1)
    rate = next(value for path, value in weights.items() if path.endswith("decay_rate"))
    kernel, recurrent, bias = (value for path, value in weights.items() if "lstm_cell" in path)
    traces, h, c = traces_of(frame, 1, 1), np.zeros(3), np.zeros(3)
    observed = np.flatnonzero(~np.isnan(gappy[-LOOK_BACK:]))
    for place, (row, gap) in enumerate(zip(observed, np.diff(observed, prepend=-1), strict=True)):
        h, c = (part * np.exp(-np.log1p(np.exp(rate)) * (gap - 1)) for part in (h, c))
        i, f, o = traces[:, place]
        features = np.array([gappy[-LOOK_BACK:][row], gap])
        candidate = (features @ kernel + h @ recurrent + bias)[6:9]
        c = f * c + i * np.tanh(candidate)
        h = o * np.tanh(c)
    np.testing.assert_allclose(h, np.asarray(expected)[0], atol=2e-6)


def test_carried_memory_reaches_the_first_row():
    stateful = settings(stateful=True)
    model = model_of(stateful, panel_of(WALK))
    memory = [np.asarray(part)[:, 0] for part in model.context.states[0].memory]
    first = traces_of(gates(model), 1, 1)[:, 0]
    kernel, recurrent, bias = layer_weights(model, 1, 1)
    total = WALK[-LOOK_BACK, None] @ kernel + memory[0][1] @ recurrent + bias
    parts = 1 / (1 + np.exp(-total.reshape(4, 3)))
    np.testing.assert_allclose(first, parts[[0, 1, 3]], atol=2e-6)


def test_series_members_and_histories_can_be_told_apart():
    panel = panel_of(WALK, WALK[:20] + 1, WALK[:5])
    model = model_of(settings(), panel)
    frame = gates(model)
    assert frame.groupby("unique_id")["ds"].nunique().to_dict() == {"a": 8, "b": 8, "c": 5}
    for name in "abc":
        alone = gates(model, unique_id=name)
        expected = frame[frame["unique_id"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, expected)
    elsewhere = gates(model, panel_of(WALK[:20]), unique_id="a")
    assert elsewhere["ds"].max() == 19
    local = model_of(settings(scope="local"), panel)
    members = gates(local).groupby("unique_id")["member"].unique()
    assert [each.tolist() for each in members] == [[1, 2], [3, 4], [5, 6]]


def test_variants_stand_side_by_side():
    panel = panel_of(WALK)
    one, two = (model_of(settings(cell), panel) for cell in ("lstm", "gru"))
    both = replace(
        one,
        members=Combination((*one.members.parts, *two.members.parts)),
        context=replace(one.context, states=[*one.context.states, *two.context.states]),
    )
    frame = gates(both)
    assert frame.groupby("member")["forget"].count().gt(0).tolist() == [True, True, False, False]
    assert frame.groupby("member")["update"].count().gt(0).tolist() == [False, False, True, True]
    assert half_lives(frame).notna().all(axis=None)


def test_half_life_by_hand():
    frame = pd.DataFrame(
        {
            "member": 1,
            "layer": 1,
            "unit": [1, 1, 2, 2, 3, 3],
            "forget": [0.4, 0.6, 0.99, 0.97, 1.0, 1.0],
        }
    )
    found = half_lives(frame)
    # 0.5 ** 1 = 1/2; 0.98 ** 34.3 = 1/2; what is never forgotten lasts.
    np.testing.assert_allclose(found["half_life"], [1, 34.3096, np.inf], rtol=1e-5)
    assert found[["member", "layer", "unit"]].to_numpy().tolist() == [
        [1, 1, 1],
        [1, 1, 2],
        [1, 1, 3],
    ]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"cell": "rnn"}, "cell='rnn'"),
        ({"cell": "dense"}, "cell='dense'"),
        ({"kind": "dilated"}, "network='dilated'"),
        ({"kind": "bidirectional"}, "network='bidirectional'"),
    ],
)
def test_networks_without_gates_to_show_are_refused(changes: dict[str, Any], named: str):
    model = model_of(settings(**changes), panel_of(WALK))
    with pytest.raises(InputError, match=named):
        gates(model)


def test_an_unknown_series_is_named():
    model = model_of(settings(), panel_of(WALK))
    with pytest.raises(InputError, match="series 'z' is not known"):
        gates(model, unique_id="z")


def test_a_series_much_shorter_than_the_window_has_the_gates_of_its_rows():
    wide = replace(settings(members=1), framing=Framing(4 * LOOK_BACK, 2))
    alone = gates(model_of(wide, panel_of(WALK[:3])))
    beside = gates(model_of(wide, panel_of(WALK, WALK[:3])), unique_id="b")
    assert len(alone) == len(beside) == 3 * 3
