"""Keras's LSTM layer, on the recurrence of `gatecast.network.recurrence`."""

from __future__ import annotations

from typing import Any

from gatecast._backend import keras
from gatecast.network.recurrence import LSTMState, Weights, lstm


class LSTM(keras.layers.LSTM):  # type: ignore[misc]
    """`keras.layers.LSTM` with the same weights, settings and results, only faster.

    With other activations, without a bias, or with recurrent dropout it runs Keras's own loop. An
    empty step's output is the hidden state, as in Keras where the loop is not written out. cuDNN is
    never called: JAX has no batching rule for it, so several members could not be trained at once.
    """

    # A model's JSON names the module of each class: readers without gatecast get Keras's class.
    __module__ = "keras.layers"

    def __init__(self, units: int, **settings: Any) -> None:
        super().__init__(units, **settings)
        # No setting of Keras's JSON; `keras.layers.Bidirectional` passes it on.
        self.use_cudnn = False

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, *, training: bool = False
    ) -> Any:
        """The last output, the outputs, and the states after the last step."""
        if not self._standard:
            return super().inner_loop(sequences, initial_state, mask, training=training)
        if training and self.dropout:
            # The same features are dropped at every time step.
            sequences = sequences * self.cell.get_dropout_mask(sequences[:, 0])[:, None]
        if self.go_backwards:
            sequences = keras.ops.flip(sequences, axis=1)
            mask = None if mask is None else keras.ops.flip(mask, axis=1)
        kept = (self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias)
        weights = Weights(*map(keras.ops.convert_to_tensor, kept))
        outputs, hidden, cell = lstm(
            sequences, weights, LSTMState(*initial_state), mask, training=training
        )
        return hidden, outputs, [hidden, cell]

    @property
    def _standard(self) -> bool:
        return (
            self.activation is keras.activations.tanh
            and self.recurrent_activation is keras.activations.sigmoid
            and self.use_bias
            and not self.recurrent_dropout
            and not self.zero_output_for_mask
        )
