"""What a network is made of, as a record."""

from dataclasses import dataclass
from typing import Literal, get_args

from gatecast._types import InputError, check_whole

Cell = Literal["lstm", "gru", "rnn", "dense"]
CELLS: tuple[Cell, ...] = get_args(Cell)
Kind = Literal["stack", "residual", "dilated", "bidirectional", "cnn", "encoder_decoder", "keras"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# Beyond them a network has more weights than memory usually holds.
_MOST_LAYERS, _MOST_UNITS = 100, 10_000
ACTIVATIONS = ("tanh", "relu", "sigmoid", "elu", "gelu", "silu", "softplus", "linear")


@dataclass(frozen=True)
class Architecture:
    """The layers between the input window and the output.

    Attributes:
        cell: "lstm" (Hochreiter and Schmidhuber 1997), "gru" (Cho et al. 2014), "rnn" (Elman
            1990), or "dense": no recurrence, for comparison.
        layers: how many are stacked.
        units: in each layer.
        dropout: share of each layer's inputs dropped in training.
        activation: of the cell's candidate and output.
        linear_skip: add a linear map of the input window to the output, so that the recurrent
            layers learn what a linear autoregression leaves (Lai et al. 2018, LSTNet).
        kind: how the layers are joined: "stack", one upon the other; see `gatecast.network.bodies`
            for "residual", "dilated", "bidirectional", "cnn" and "encoder_decoder"; "keras" is a
            Keras model that the user built.
        keras_model: the JSON of that model, else empty.

    Raises:
        InputError: naming the setting and its value.
    """

    cell: Cell = "lstm"
    layers: int = 1
    units: int = 32
    dropout: float = 0.0
    activation: str = "tanh"
    linear_skip: bool = False
    kind: Kind = "stack"
    keras_model: str = ""

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise InputError(f"cell must be one of {', '.join(CELLS)}, got {self.cell!r}")
        if self.kind not in KINDS:
            raise InputError(f"network must be one of {', '.join(KINDS)}, got {self.kind!r}")
        if self.cell == "dense" and self.kind not in ("stack", "keras"):
            raise InputError(f"network={self.kind!r} needs a recurrent cell, got cell='dense'")
        if self.activation not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            raise InputError(f"activation must be one of {known}, got {self.activation!r}")
        self._check_keras_model()
        check_whole("layers", self.layers, 1, _MOST_LAYERS)
        check_whole("units", self.units, 1, _MOST_UNITS)
        if not 0 <= self.dropout < 1:
            raise InputError(f"dropout must lie in [0, 1), got {self.dropout}")

    def _check_keras_model(self) -> None:
        if (self.kind == "keras") != bool(self.keras_model):
            raise InputError("network='keras' and keras_model go together; see architecture_of")
        if self.keras_model and self.linear_skip:
            raise InputError("network='keras' has no linear_skip; add such a layer to the model")

    @property
    def remembers(self) -> bool:
        """Whether hidden and cell state after one window can be carried into the next."""
        return self.cell != "dense" and self.kind in ("stack", "residual", "cnn", "encoder_decoder")
