"""The recurrence of an LSTM layer over a whole window, as one differentiable function."""

from gatecast.network.recurrence._lstm import lstm

__all__ = ["lstm"]
