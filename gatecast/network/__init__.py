"""Networks: real Keras layers whose hidden and cell state go in and come out as arrays."""

from gatecast.network._architecture import ACTIVATIONS, CELLS, Architecture, Cell
from gatecast.network._initial import initial_weights
from gatecast.network._network import Network, State, build_network

__all__ = [
    "ACTIVATIONS",
    "CELLS",
    "Architecture",
    "Cell",
    "Network",
    "State",
    "build_network",
    "initial_weights",
]
