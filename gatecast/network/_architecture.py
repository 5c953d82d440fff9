"""What a network is made of, as a record."""

from dataclasses import dataclass
from typing import Literal, get_args

from gatecast._types import InputError, check_whole

Cell = Literal["lstm", "gru", "rnn", "dense"]
CELLS: tuple[Cell, ...] = get_args(Cell)
ACTIVATIONS = ("tanh", "relu", "sigmoid", "elu", "gelu", "silu", "softplus", "linear")


@dataclass(frozen=True)
class Architecture:
    """A stack of layers between the input window and the linear output layer.

    Attributes:
        cell: "lstm" (Hochreiter and Schmidhuber 1997), "gru" (Cho et al. 2014), "rnn" (Elman
            1990), or "dense": no recurrence, for comparison.
        layers: how many are stacked.
        units: in each layer.
        dropout: share of each layer's inputs dropped in training.
        activation: of the cell's candidate and output.
        linear_skip: add a linear map of the input window to the output, so that the recurrent
            layers learn what a linear autoregression leaves (Lai et al. 2018, LSTNet).

    Raises:
        InputError: naming the setting and its value.
    """

    cell: Cell = "lstm"
    layers: int = 1
    units: int = 32
    dropout: float = 0.0
    activation: str = "tanh"
    linear_skip: bool = False

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise InputError(f"cell must be one of {', '.join(CELLS)}, got {self.cell!r}")
        if self.activation not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            raise InputError(f"activation must be one of {known}, got {self.activation!r}")
        check_whole("layers", self.layers, 1)
        check_whole("units", self.units, 1)
        if not 0 <= self.dropout < 1:
            raise InputError(f"dropout must lie in [0, 1), got {self.dropout}")
