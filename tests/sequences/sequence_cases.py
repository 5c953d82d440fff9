"""Small sequences, and networks of drawn weights for them."""

from typing import Any

import numpy as np

from gatecast.network import Architecture, Network, Point, Sizes
from gatecast.sequences.networks._networks import Networks
from gatecast.sequences.networks._scaling import fit_scaler
from gatecast.sequences.problems._categorical import Categorical
from gatecast.sequences.reading._sequences import Sequences, from_arrays

Array = np.ndarray[Any, Any]
NAN = float("nan")
KINDS = ("stack", "residual", "dilated", "bidirectional", "cnn")


def some_arrays(count: int, columns: int = 2, longest: int = 8, seed: int = 0) -> list[Array]:
    """Arrays of 2 to `longest` rows, at least one of the longest."""
    rng = np.random.default_rng(seed)
    lengths = [longest, *rng.integers(2, longest + 1, count - 1)]
    return [rng.normal(size=(length, columns)) for length in lengths]


def ordered_problem(count: int = 40) -> tuple[list[Array], Array]:
    """Sequences that rise or fall: of each there is the reverse, so that only order tells."""
    rng = np.random.default_rng(1)
    rising = [np.sort(rng.normal(size=(8, 1)), axis=0) for _ in range(count // 2)]
    # The ends of all are alike.
    rising = [np.vstack([[[0.0]], each, [[0.0]]]) for each in rising]
    return (
        [*rising, *(each[::-1] for each in rising)],
        np.repeat(["up", "down"], count // 2),
    )


def drawn_networks(
    sequences: Sequences, architecture: Architecture, classes: int = 0, members: int = 1
) -> Networks:
    """Networks of drawn weights, and the scaling of these sequences."""
    scaler = fit_scaler(sequences)
    output = Categorical((1.0,) * classes) if classes else Point()
    network = Network(architecture, Sizes(1, scaler.features), output)
    rng = np.random.default_rng(7)
    trainable = [
        rng.normal(0, 0.5, (members, *each.shape)).astype(np.float32)
        for each in network.model.trainable_variables
    ]
    others = [
        np.zeros((members, *each.shape), np.uint32)
        for each in network.model.non_trainable_variables
    ]
    return Networks(network, scaler, (trainable, others))


def read(arrays: list[Array]) -> Sequences:
    return from_arrays(arrays)
