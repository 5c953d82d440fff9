"""Hidden and cell state that decay with time; a Keras layer, so this module is loaded late."""

from __future__ import annotations

from typing import Any

from gatecast._backend import keras


class DecayingCell(keras.layers.Layer):  # type: ignore[misc]
    """A recurrent cell whose state decays while nothing is observed.

    Before each step hidden and cell state are multiplied by exp(-softplus(rate) (elapsed - 1)),
    with one learnt rate per unit; between observations one calendar step apart nothing decays.
    After "GRU-D" (Che et al. 2018, "Recurrent neural networks for multivariate time series with
    missing values") and the neural Hawkes process (Mei and Eisner 2017).

    Args:
        cell: a Keras cell; it gets all features but the last, which is the time elapsed since
            the observation before, in calendar steps.
    """

    def __init__(self, cell: Any, **settings: Any) -> None:
        super().__init__(**settings)
        self.cell = cell
        self.state_size = cell.state_size
        self.output_size = cell.units

    def build(self, input_shape: tuple[int | None, int]) -> None:
        """Make the cell's weights and the rates of decay."""
        batch, features = input_shape
        self.cell.build((batch, features - 1))
        self.rate = self.add_weight((self.cell.units,), initializer="zeros", name="decay_rate")

    def call(self, inputs: Any, states: Any, *, training: bool = False) -> Any:
        """One step: the output and the new states."""
        states = [state * self.kept(inputs) for state in states]
        return self.cell(inputs[:, :-1], states, training=training)

    def kept(self, inputs: Any) -> Any:
        """[batch, units] the share of the state that is left when a step begins."""
        # Observations closer than a step do not make the state grow.
        gap = keras.ops.relu(inputs[:, -1:] - 1)
        # The share kept: exp(-softplus(rate) (elapsed - 1)).
        return keras.ops.exp(-keras.ops.softplus(self.rate) * gap)
