"""The gates of recurrent cells: what each unit lets in, keeps and shows, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from gatecast._backend import keras
from gatecast._types import InputError, Integers, Panel
from gatecast.data import extend
from gatecast.forecasting._combination import Start
from gatecast.forecasting._ensemble import Ensemble
from gatecast.forecasting._model import Model
from gatecast.forecasting._rollout import Runner
from gatecast.forecasting._update import on_history
from gatecast.framing import last_windows, leads
from gatecast.network import Architecture, Network, State

GATES = {"lstm": ("input", "forget", "output"), "gru": ("update", "reset")}
"""The gates of each cell that has any. An LSTM keeps the share `forget`, a GRU `update`."""

_KEYS = ("unique_id", "ds", "member", "layer", "unit")


def gates(model: Model, panel: Panel | None = None, unique_id: Any = None) -> pd.DataFrame:
    """The gates along the window from which each series is forecast.

    LSTM with input, forget and output gate (Hochreiter and Schmidhuber 1997; Gers et al. 2000);
    GRU with update and reset gate (Cho et al. 2014), update near 1 keeping what is there. An
    encoder-decoder shows its encoder. Empty rows pass memory on unchanged and are left out.

    Args:
        model: fitted.
        panel: stand at the end of these histories instead of where the model is.
        unique_id: of this series alone.

    Returns:
        `unique_id`, `ds`, `member`, `layer` and `unit` (each from 1), then `input`, `forget`,
        `output` or `update`, `reset`, between 0 and 1. Members are counted over all variants,
        and with scope="local" over the networks of all series.

    Raises:
        InputError: if the network has no such gates, or the series is not known.
    """
    model = model if panel is None else on_history(model, panel)
    for part in model.combination.parts:
        _require_gates(part.settings.architecture)
    return gates_of(model, _chosen(leads(model.context.panel), unique_id))


def has_gates(architecture: Architecture) -> bool:
    """Whether its cells have gates that are walked through row by row."""
    return architecture.cell in GATES and architecture.remembers


def gates_of(model: Model, series: Integers) -> pd.DataFrame:
    """As `gates`, of the series with these numbers and the parts that have gates."""
    frames, members = [pd.DataFrame(columns=list(_KEYS))], 0
    for part, start in zip(model.combination.parts, model.context.start, strict=True):
        if has_gates(part.settings.architecture):
            frame = _of_part(part, start, model.context.panel, series)
            frames.append(frame.assign(member=frame["member"] + members))
        members += part.groups * part.members
    return pd.concat(frames[1:] or frames, ignore_index=True)


def half_lives(traces: pd.DataFrame) -> pd.DataFrame:
    """After how many rows half of what each unit holds is gone.

    log(1/2) / log(mean forget gate) of an LSTM (Gers et al. 2000, "Learning to forget"), with
    the update gate of a GRU; infinite where nothing is forgotten.

    Args:
        traces: as `gates` returns them.

    Returns:
        `member`, `layer`, `unit`, `half_life` in rows.
    """
    kept = traces.filter(["forget", "update"]).max(axis=1).astype(float)
    mean = kept.groupby([traces[name] for name in ("member", "layer", "unit")]).mean()
    with np.errstate(divide="ignore"):
        # log(1/2) / log(mean); as log(1) may be minus zero, both are taken without their sign.
        rows = np.log(2) / np.abs(np.log(mean.to_numpy()))
    return mean.index.to_frame(index=False).assign(half_life=rows)


def memory_before(part: Ensemble, start: Start, runner: Runner, series: Integers) -> State:
    """[samples, members, units] the memory before the last window of the given series."""
    if start.memory:
        return [jnp.swapaxes(state, 0, 1)[series] for state in start.memory]
    units = runner.network.state_units
    return [jnp.zeros((len(series), part.members, count)) for count in units]


def _require_gates(architecture: Architecture) -> None:
    if not has_gates(architecture):
        raise InputError(
            f"network={architecture.kind!r} with cell={architecture.cell!r} has no gates to show; "
            "cells 'lstm' and 'gru' in network 'stack', 'residual', 'cnn' or 'encoder_decoder' have"
        )


def _chosen(lead: Panel, unique_id: Any) -> Integers:
    if unique_id is None:
        return np.arange(len(lead.ids))
    found = np.flatnonzero(lead.ids == unique_id)
    if not len(found):
        raise InputError(
            f"series {unique_id!r} is not known; there are {len(lead.ids):,}, the first is "
            f"{str(lead.ids[0])!r}"
        )
    return found


def _of_part(part: Ensemble, start: Start, known: Panel, series: Integers) -> pd.DataFrame:
    ahead = extend(known, part.settings.framing.horizon, step=part.view.step)
    lead = leads(ahead)
    windows = last_windows(lead, leads(known).lengths).where(series)
    runner, rows = part.rows(ahead, windows, start.level)
    inputs = part.settings.framing(rows, windows.origin).inputs
    group = series if part.groups > 1 else np.zeros_like(series)
    memory = memory_before(part, start, runner, series)
    traces = np.asarray(_traces(runner.network, part.weights, inputs, group, memory), float)

    sample, member, layer, step, unit = (
        axis.reshape(-1) for axis in np.indices(traces.shape[:-1], dtype=np.int64)
    )
    steps = runner.network.sizes.steps
    place = windows.origin[sample] - steps + step
    frame = pd.DataFrame(
        {
            "unique_id": lead.ids[series[sample]],
            "ds": lead.ds[np.maximum(place, 0)],
            "member": group[sample] * part.members + member + 1,
            "layer": layer + 1,
            "unit": unit + 1,
        }
    )
    names = GATES[part.settings.architecture.cell]
    frame[list(names)] = traces.reshape(-1, len(names))
    seen = np.asarray(_mask(inputs, steps))[sample, step]
    found: pd.DataFrame = frame[seen & (place >= lead.offsets[series[sample]])]
    return found


@partial(jax.jit, static_argnums=0)
def _traces(network: Network, weights: Any, inputs: Any, group: Any, memory: State) -> Any:
    """[samples, members, layers, time steps, units, gates].

    Args:
        network: the layers.
        weights: [groups, members, ...] each.
        inputs: by name, [samples, ...] each.
        group: [samples] whose weights are taken.
        memory: before the first step, [samples, members, units] each.
    """

    def sample(sample: Any) -> Any:
        inputs, group, memory = sample
        own = jax.tree.map(lambda value: value[group], weights)
        inputs = {name: array[None] for name, array in inputs.items()}
        return jax.vmap(lambda weights, memory: _member(network, weights, inputs, memory))(
            own, [state[:, None] for state in memory]
        )

    return jax.lax.map(sample, (inputs, group, memory))


def _member(network: Network, weights: Any, inputs: dict[str, Any], memory: State) -> Any:
    """[layers, time steps, units, gates] of one member and one window."""
    model, architecture = network.model, network.architecture
    layers = [
        model.get_layer(f"{architecture.cell}_{place + 1}") for place in range(architecture.layers)
    ]
    # What each layer reads, from the network itself.
    reads = keras.Model(model.input, {layer.name: layer.input[0] for layer in layers})
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    values = [value for part in weights for value in part]
    named = {f"state_{place}": state for place, state in enumerate(memory)}
    each = len(memory) // len(layers)
    mask = _mask(inputs, network.sizes.steps)
    with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
        read = reads(inputs | named, training=False)
        found = [
            _along(layer.cell, read[layer.name], mask, memory[place * each : (place + 1) * each])
            for place, layer in enumerate(layers)
        ]
    return jnp.stack(found)[:, :, 0]


def _mask(inputs: dict[str, Any], steps: int) -> Any:
    """[samples, time steps] False where a step is empty."""
    return inputs.get("mask", np.ones((len(inputs["x"]), steps), dtype=bool))


def _along(cell: Any, x: Any, mask: Any, memory: Sequence[Any]) -> Any:
    """[time steps, samples, units, gates]: the cell goes on, its gates are written down."""

    def step(memory: list[Any], now: Any) -> tuple[list[Any], Any]:
        x, seen = now
        found = _gates_now(cell, x, memory[0])
        _, after = cell(x, memory, training=False)
        moved = [jnp.where(seen[:, None], *pair) for pair in zip(after, memory, strict=True)]
        return moved, found

    in_time = jnp.swapaxes(x, 0, 1), jnp.swapaxes(mask, 0, 1)
    return jax.lax.scan(step, list(memory), in_time)[1]


def _gates_now(cell: Any, x: Any, hidden: Any) -> Any:
    """[samples, units, gates] by the equations of the cell."""
    if hasattr(cell, "kept"):
        # Memory fades before the step.
        cell, x, hidden = cell.cell, x[:, :-1], hidden * cell.kept(x)
    kernel, recurrent, bias = (
        weight.value for weight in (cell.kernel, cell.recurrent_kernel, cell.bias)
    )
    # sigmoid(x W + h U + b); a GRU has two biases, one for each product.
    total = x @ kernel + hidden @ recurrent + bias.reshape(-1, kernel.shape[1]).sum(axis=0)
    parts = total.reshape(len(x), -1, cell.units)
    # LSTM: input, forget, candidate, output. GRU: update, reset, candidate.
    gate = jax.nn.sigmoid(jnp.delete(parts, 2, axis=1))
    return jnp.swapaxes(gate, 1, 2)
