"""Layers that read the window from both ends."""

from __future__ import annotations

from gatecast._backend import keras
from gatecast._lazy import lazy
from gatecast.network._architecture import Architecture
from gatecast.network.bodies._body import Encoded, Inputs
from gatecast.network.bodies._recurrent import recurrent_layer

_layers = lazy("gatecast.network.bodies._layers")


def bidirectional(architecture: Architecture, inputs: Inputs) -> Encoded:
    """Each layer reads forwards and backwards, and joins both outputs.

    Schuster and Paliwal (1997), "Bidirectional recurrent neural networks". Only the window is
    read backwards, so nothing after the forecast's origin is used. No state is carried from
    window to window, and time elapsed is read as a feature only.
    """
    hidden = inputs.x
    steps = hidden.shape[1]
    for place in range(architecture.layers):
        layer = recurrent_layer(
            architecture,
            steps,
            return_sequences=place < architecture.layers - 1,
            name=f"{architecture.cell}_{place + 1}",
        )
        # Keras copies the layer from its settings, in which our class has the name of Keras's.
        with keras.saving.custom_object_scope({"LSTM": _layers.LSTM}):
            both = keras.layers.Bidirectional(layer, name=f"bidirectional_{place + 1}")
        hidden = both(hidden, mask=inputs.mask)
    return Encoded(hidden, [], [])
