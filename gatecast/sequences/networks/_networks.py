"""Trained networks, and what they answer to sequences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import numpy as np

from gatecast._types import Floats
from gatecast.framing import SampleInputs
from gatecast.network import Network
from gatecast.sequences.networks._samples import Whole, rows_of
from gatecast.sequences.networks._scaling import ColumnScaler
from gatecast.sequences.problems import Categorical
from gatecast.sequences.reading import Sequences

# Steps and samples of a program are powers of two, so that few programs serve all lengths.
_FEWEST_STEPS = 32
_MOST_SAMPLES = 256


@dataclass(frozen=True)
class Networks:
    """Networks that differ in their seeds, and the scaling of what they read and answer.

    Attributes:
        network: of any number of time steps.
        scaler: of the columns.
        weights: trainable and non-trainable values, [members, ...] each.
        max_length: rows read of a sequence, its last; None for all.
        center: mean of the numbers that are the labels of training; 0 for classes.
        spread: their standard deviation; 1 for classes.
    """

    network: Network
    scaler: ColumnScaler
    weights: Any
    max_length: int | None = None
    center: float = 0.0
    spread: float = 1.0

    def answers(self, sequences: Sequences) -> Floats:
        """The mean over members: [sequences, classes] probabilities, or [sequences] numbers."""
        raw, output = self._raw(sequences), self.network.output
        if isinstance(output, Categorical):
            probabilities: Floats = output.probabilities(raw).mean(axis=0)
            return probabilities
        numbers: Floats = raw[..., 0].mean(axis=0) * self.spread + self.center
        return numbers

    def _raw(self, sequences: Sequences) -> Floats:
        """[members, sequences, parameters] raw outputs in float64."""
        rows = rows_of(sequences, self.scaler, self.max_length)
        members, parameters = len(self.weights[0][0]), self.network.output.parameters
        raw = np.empty((members, len(sequences), parameters))
        steps = _power_of_two(np.maximum(rows.end - rows.first, _FEWEST_STEPS))
        for each in np.unique(steps).tolist():
            sizes = replace(self.network.sizes, steps=each, masked=True)
            network, alike = replace(self.network, sizes=sizes), np.flatnonzero(steps == each)
            size = min(_MOST_SAMPLES, int(_power_of_two(len(alike))))
            for first in range(0, len(alike), size):
                numbers = alike[first : first + size]
                inputs = Whole(each)(rows, np.resize(numbers, size)).inputs
                raw[:, numbers] = forward(network, self.weights, inputs)[:, : len(numbers)]
        return raw


@partial(jax.jit, static_argnums=0)
def forward(network: Network, weights: Any, inputs: SampleInputs) -> Any:
    """[members, batch, parameters] raw outputs of whole sequences, from a state of zeros."""
    state = network.zero_state(len(inputs.x))

    def member(weights: Any) -> Any:
        y, _ = network.apply(weights, inputs, state)
        return y[:, 0, 0]

    return jax.vmap(member)(weights)


def _power_of_two(least: Any) -> Any:
    """The smallest power of two that is not smaller."""
    return 2 ** np.ceil(np.log2(least)).astype(int)
