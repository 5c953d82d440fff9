"""Networks: real Keras layers whose hidden and cell state go in and come out as arrays.

An `Architecture`, the `Sizes` of its inputs and an `Output` come in; a `Network` goes out. Its
`advance` takes the state before a window and the window, and gives outputs and the state after it.
"""

from gatecast.network._architecture import ACTIVATIONS, CELLS, KINDS, Architecture, Cell, Kind
from gatecast.network._initial import initial_weights
from gatecast.network._keras_model import architecture_of, load_keras_model
from gatecast.network._network import Advanced, Network, State, build_network
from gatecast.network._sizes import Sizes
from gatecast.network._trace import LayerTrace, trace_layers
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
    percent_point,
)
from gatecast.network.outputs import from_json as output_from_json
from gatecast.network.outputs import to_json as output_to_json

__all__ = [
    "ACTIVATIONS",
    "CELLS",
    "KINDS",
    "OUTPUTS",
    "Advanced",
    "Architecture",
    "Bernoulli",
    "Cell",
    "Kind",
    "LayerTrace",
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
    "percent_point",
    "trace_layers",
]
