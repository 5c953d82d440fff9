"""From the output of a body to the rows of the forecast."""

from __future__ import annotations

from typing import Any

from gatecast._backend import keras
from gatecast._types import InputError
from gatecast.network._architecture import Architecture
from gatecast.network._sizes import Sizes
from gatecast.network.bodies import Encoded, memories_of, recurrent_layer


def decode(
    architecture: Architecture, sizes: Sizes, encoded: Encoded, future: Any, parameters: int
) -> Any:
    """[batch, horizon * targets * parameters] raw outputs.

    Args:
        architecture: its kind chooses the decoder.
        sizes: of the network.
        encoded: output and states of the body.
        future: [batch, horizon, columns] columns known over the horizon, or None. The forecast of
            a row depends on this row and earlier ones only, so a shorter horizon needs fewer rows.
        parameters: raw outputs per future value.
    """
    values = sizes.targets * parameters
    if architecture.kind == "keras":
        return _as_it_is(encoded.summary, sizes.horizon * values)
    if architecture.kind == "encoder_decoder":
        rows = _decoder(architecture, sizes.horizon, encoded, future)
    elif future is not None:
        rows = _local(architecture.units, sizes.horizon, encoded.summary, future)
    else:
        return _dense(sizes.horizon * values, "output")(encoded.summary)
    return keras.layers.Flatten()(_dense(values, "output")(rows))


def _as_it_is(y: Any, values: int) -> Any:
    if y.shape[1:] != (values,):
        raise InputError(
            f"keras_model: expected output [samples, {values}] (h * targets * parameters of the "
            f"output), got {list(y.shape)}"
        )
    return y


def _decoder(architecture: Architecture, horizon: int, encoded: Encoded, future: Any) -> Any:
    """[batch, horizon, units] of a layer that runs on over the horizon from the last state.

    Sutskever et al. (2014), "Sequence to sequence learning with neural networks"; Cho et al.
    (2014). At each row it reads what is known of that row, or else the summary.
    """
    if future is None:
        future = keras.layers.RepeatVector(horizon)(encoded.summary)
    layer = recurrent_layer(architecture, horizon, return_sequences=True, name="decoder")
    memory = encoded.new_states[-memories_of(architecture) :]
    return layer(future, initial_state=memory)


def _local(units: int, horizon: int, summary: Any, future: Any) -> Any:
    """[batch, horizon, units] from a context of each row and the columns known of that row.

    After Wen et al. (2017), "A multi-horizon quantile recurrent forecaster".
    """
    context = keras.layers.Reshape((horizon, units))(_dense(horizon * units, "context")(summary))
    rows = keras.layers.Concatenate()([context, future])
    return _dense(units, "local", activation="tanh")(rows)


def _dense(units: int, name: str, **settings: Any) -> Any:
    return keras.layers.Dense(units, kernel_initializer="zeros", name=name, **settings)
