"""The gates of recurrent cells, row by row."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from gatecast._types import InputError, Integers, Panel
from gatecast.data import extend
from gatecast.forecasting._model import Model
from gatecast.forecasting.members import Members, PartState, Runner
from gatecast.forecasting.online import on_history
from gatecast.framing import SampleInputs, first_target, last_windows
from gatecast.network import Architecture, LayerTrace, Network, State, trace_layers

GATES = {"lstm": ("input", "forget", "output"), "gru": ("update", "reset")}
"""The gates of each cell that has any. An LSTM keeps the share `forget`, a GRU `update`."""

_KEYS = ("unique_id", "ds", "member", "layer", "unit")


def gates(model: Model, panel: Panel | None = None, unique_id: Any = None) -> pd.DataFrame:
    """The gates along the window from which each series is forecast.

    LSTM with input, forget and output gate (Hochreiter and Schmidhuber 1997; Gers et al. 2000);
    GRU with update and reset gate (Cho et al. 2014); an update near 1 keeps the state. Of an
    encoder-decoder these are the gates of the encoder. Empty rows are left out.

    Args:
        model: fitted.
        panel: histories whose last windows are used instead of those of the model.
        unique_id: of this series alone.

    Returns:
        `unique_id`, `ds`, `target` where each is read by itself, `member`, `layer` and `unit` (each
        from 1), then `input`, `forget`,
        `output` or `update`, `reset`, between 0 and 1. Members are counted over all variants,
        and with scope="local" over the networks of all series.

    Raises:
        InputError: if the network has no such gates, or the series is not known.
    """
    model = model if panel is None else on_history(model, panel)
    for part in model.members.parts:
        _require_gates(part.settings.architecture)
    return gates_of(model, _chosen(first_target(model.context.panel), unique_id))


def has_gates(architecture: Architecture) -> bool:
    """Whether its cells have gates that can be computed row by row."""
    return architecture.cell in GATES and architecture.remembers


def gates_of(model: Model, series: Integers) -> pd.DataFrame:
    """As `gates`, of the series with these numbers and the parts that have gates."""
    frames, members = [pd.DataFrame(columns=list(_KEYS))], 0
    for part, state in zip(model.members.parts, model.context.states, strict=True):
        if has_gates(part.settings.architecture):
            frame = _of_part(part, state, model.context.panel, series)
            frames.append(frame.assign(member=frame["member"] + members))
        members += part.groups * part.number
    return pd.concat(frames[1:] or frames, ignore_index=True)


def half_lives(traces: pd.DataFrame) -> pd.DataFrame:
    """The number of rows after which half of what each unit holds is gone.

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


def memory_of(part: Members, state: PartState, runner: Runner, series: Integers) -> State:
    """[samples, members, units] the state before the last window of the given series."""
    if state.memory:
        return [jnp.swapaxes(array, 0, 1)[series] for array in state.memory]
    units = runner.network.state_units
    return [jnp.zeros((len(series), part.number, count)) for count in units]


def _require_gates(architecture: Architecture) -> None:
    if not has_gates(architecture):
        raise InputError(
            f"network={architecture.kind!r} with cell={architecture.cell!r} has no gates to show; "
            "cells 'lstm' and 'gru' in network 'stack', 'residual', 'cnn' or 'encoder_decoder' have"
        )


def _chosen(ids: Panel, unique_id: Any) -> Integers:
    if unique_id is None:
        return np.arange(len(ids.ids))
    found = np.flatnonzero(ids.ids == unique_id)
    if not len(found):
        raise InputError(
            f"series {unique_id!r} is not known; there are {len(ids.ids):,}, the first is "
            f"{str(ids.ids[0])!r}"
        )
    return found


def _of_part(part: Members, state: PartState, known: Panel, series: Integers) -> pd.DataFrame:
    targets = 1
    if part.part.apart:
        targets = len(known.targets)
        series = (series[:, None] * targets + np.arange(targets)).reshape(-1)
    names, known = known.targets, part.read(known)
    ahead = extend(known, part.settings.framing.horizon, step=part.view.step)
    ids = first_target(ahead)
    windows = last_windows(ids, first_target(known).lengths).where(series)
    runner, rows = part.rows(ahead, windows, state.level)
    # JAX, unlike NumPy, takes places before the first row, whose steps are empty.
    inputs = part.settings.framing(jax.device_put(rows), windows.origin).inputs
    group = series if part.groups > 1 else np.zeros_like(series)
    memory = memory_of(part, state, runner, series)
    traces = np.asarray(_traces(runner.network, part.weights, inputs, group, memory), float)

    sample, member, layer, step, unit = (
        axis.reshape(-1) for axis in np.indices(traces.shape[:-1], dtype=np.int64)
    )
    steps = runner.network.sizes.steps
    # Of a block of rows, the newest.
    place = windows.origin[sample] - (steps - 1 - step) * part.settings.framing.block - 1
    frame = pd.DataFrame(
        {
            "unique_id": ids.ids[series[sample]],
            "ds": ids.ds[np.maximum(place, 0)],
            "member": group[sample] * part.number + member + 1,
            "layer": layer + 1,
            "unit": unit + 1,
        }
    )
    if targets > 1:
        frame.insert(2, "target", np.asarray(names, object)[series[sample] % targets])
    gated = GATES[part.settings.architecture.cell]
    frame[list(gated)] = traces.reshape(-1, len(gated))
    seen = np.asarray(_mask(inputs, steps))[sample, step]
    found: pd.DataFrame = frame[seen & (place >= ids.offsets[series[sample]])]
    return found


@partial(jax.jit, static_argnums=0)
def _traces(network: Network, weights: Any, inputs: SampleInputs, group: Any, memory: State) -> Any:
    """[samples, members, layers, time steps, units, gates].

    Args:
        network: the layers.
        weights: [groups, members, ...] each.
        inputs: [samples, ...] each.
        group: [samples] whose weights are taken.
        memory: before the first step, [samples, members, units] each.
    """

    def sample(sample: Any) -> Any:
        inputs, group, memory = sample
        own = jax.tree.map(lambda value: value[group], weights)
        alone = jax.tree.map(lambda array: array[None], inputs)

        def member(weights: Any, memory: State) -> Any:
            layers = trace_layers(network, weights, alone, memory)
            return jnp.stack([_gates_of(layer) for layer in layers])[:, 0]

        return jax.vmap(member)(own, [state[:, None] for state in memory])

    return jax.lax.map(sample, (inputs, group, memory))


def _mask(inputs: SampleInputs, steps: int) -> Any:
    """[samples, time steps] False where a step is empty."""
    return np.ones((len(inputs.x), steps), dtype=bool) if inputs.mask is None else inputs.mask


def _gates_of(layer: LayerTrace) -> Any:
    """[samples, time steps, units, gates] by the equations of the cell."""
    # sigmoid(x W + h U + b); a GRU has two biases, one for each product.
    bias = layer.bias.reshape(-1, layer.kernel.shape[1]).sum(axis=0)
    total = layer.x @ layer.kernel + layer.hidden @ layer.recurrent + bias
    units = layer.recurrent.shape[0]
    parts = total.reshape(*total.shape[:2], -1, units)
    # LSTM: input, forget, candidate, output. GRU: update, reset, candidate.
    gate = jax.nn.sigmoid(jnp.delete(parts, 2, axis=2))
    return jnp.swapaxes(gate, 2, 3)
