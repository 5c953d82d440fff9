"""The recurrence of an LSTM layer over a whole window, as one differentiable function."""

from gatecast.network.recurrence._lstm import lstm
from gatecast.network.recurrence._native import FORWARD, native_version, prepare_native
from gatecast.network.recurrence._scan import WRITTEN_OUT_STEPS, LSTMState, Weights

__all__ = [
    "FORWARD",
    "WRITTEN_OUT_STEPS",
    "LSTMState",
    "Weights",
    "lstm",
    "native_version",
    "prepare_native",
]
