"""Networks: real Keras layers whose hidden and cell state go in and come out as arrays."""

from gatecast.network import _backend  # noqa: F401  (names the backend before Keras loads)
from gatecast.network._architecture import ACTIVATIONS, CELLS, Architecture
from gatecast.network._network import Network, State, build_network, initial_weights

__all__ = [
    "ACTIVATIONS",
    "CELLS",
    "Architecture",
    "Network",
    "State",
    "build_network",
    "initial_weights",
]
