"""Networks: real Keras layers whose hidden and cell state go in and come out as arrays."""

from gatecast.network._architecture import ACTIVATIONS, CELLS, KINDS, Architecture, Cell, Kind
from gatecast.network._initial import initial_weights
from gatecast.network._keras_model import architecture_of, load_keras_model
from gatecast.network._network import Network, State, build_network
from gatecast.network._sizes import Sizes
from gatecast.network.outputs import (
    OUTPUTS,
    Bernoulli,
    NegativeBinomial,
    Normal,
    Output,
    Point,
    Quantiles,
    StudentT,
    Tweedie,
    ZeroInflatedNegativeBinomial,
)
from gatecast.network.outputs import from_json as output_from_json
from gatecast.network.outputs import to_json as output_to_json

__all__ = [
    "ACTIVATIONS",
    "CELLS",
    "KINDS",
    "OUTPUTS",
    "Architecture",
    "Bernoulli",
    "Cell",
    "Kind",
    "NegativeBinomial",
    "Network",
    "Normal",
    "Output",
    "Point",
    "Quantiles",
    "Sizes",
    "State",
    "StudentT",
    "Tweedie",
    "ZeroInflatedNegativeBinomial",
    "architecture_of",
    "build_network",
    "initial_weights",
    "load_keras_model",
    "output_from_json",
    "output_to_json",
]
