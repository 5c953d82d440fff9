"""Networks with drawn weights and inputs, and what they say about them."""

from collections import defaultdict
from functools import lru_cache, partial
from typing import Any

import jax
import numpy as np
from numpy_cells import Weights

from gatecast.framing import SampleInputs
from gatecast.network import (
    Advanced,
    Architecture,
    Network,
    Output,
    Point,
    Sizes,
    State,
    build_network,
)

BATCH, STEPS, FEATURES, UNITS, HORIZON = 3, 7, 2, 4, 3


def network_of(sizes: dict[str, Any] | None = None, output: Output | None = None, **made: Any):
    every = {"steps": STEPS, "features": FEATURES, "horizon": HORIZON} | (sizes or {})
    architecture = Architecture(**{"units": UNITS} | made)
    return build_network(architecture, Sizes(**every), output or Point())


def drawn_weights(network: Network) -> tuple[list[Any], dict[str, Weights]]:
    """Weights without a zero among them: as the model takes them, and by layer and name."""
    rng = np.random.default_rng(1)
    values, by_layer = [], defaultdict[str, Weights](dict)
    for variable in network.model.trainable_variables:
        values.append(rng.normal(scale=0.7, size=variable.shape).astype(np.float32))
        layer, *inner, name = variable.path.split("/")
        layer = inner[0] if layer.startswith("bidirectional") else layer
        by_layer[layer][name] = values[-1].astype(np.float64)
    return values, by_layer


def drawn_inputs(network: Network) -> SampleInputs:
    """Every input the network takes; about a third of the steps are empty."""
    rng = np.random.default_rng(2)
    sizes = network.sizes
    rows = (BATCH, sizes.steps)

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=(BATCH, *shape)).astype(np.float32)

    # Number 0 is a category not known.
    most = np.add(sizes.categories, 1)
    return SampleInputs(
        x=normal(sizes.steps, sizes.features),
        mask=rng.uniform(size=rows) > 0.3 if sizes.masked else None,
        elapsed=rng.uniform(0.5, 4, (*rows, 1)).astype(np.float32) if sizes.elapsed else None,
        future=normal(sizes.horizon, sizes.future) if sizes.future else None,
        static=normal(sizes.static) if sizes.static else None,
        category=rng.integers(0, most, (BATCH, len(most))).astype(np.int32)
        if sizes.categories
        else None,
    )


def drawn_state(network: Network) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [rng.normal(size=(BATCH, units)).astype(np.float32) for units in network.state_units]


def others_of(network: Network) -> list[Any]:
    return [variable.value for variable in network.model.non_trainable_variables]


def apply(
    network: Network, values: list[Any], inputs: SampleInputs, state: State
) -> tuple[Any, State]:
    """`Network.apply` in a compiled program."""
    step = advance(network, (values, others_of(network)), inputs, state)
    return step.y, step.state


def advance(
    network: Network, weights: Any, inputs: SampleInputs, state: State, *, training: bool = False
) -> Advanced:
    """`Network.advance` in a compiled program."""
    after: Advanced = _compiled(network, training=training)(weights, inputs, state)
    return after


@lru_cache(maxsize=16)
def _compiled(network: Network, *, training: bool) -> Any:
    return jax.jit(partial(network.advance, training=training))


def dense(x: np.ndarray, weights: Weights) -> np.ndarray:
    return x @ weights["kernel"] + weights["bias"]


def in_rows(y: np.ndarray, network: Network) -> np.ndarray:
    """[batch, horizon, targets, parameters] of the numbers of the output layer."""
    sizes = network.sizes
    return y.reshape(len(y), sizes.horizon, sizes.targets, network.output.parameters)


def close(found: Any, expected: Any):
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def all_close(found: list[Any], expected: list[Any]):
    for one, other in zip(found, expected, strict=True):
        close(one, other)
