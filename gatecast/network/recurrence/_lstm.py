"""The LSTM's recurrence, by the fastest implementation available."""

from __future__ import annotations

from typing import Any

from gatecast.network.recurrence._native import native_lstm, suits
from gatecast.network.recurrence._scan import WRITTEN_OUT_STEPS, LSTMState, Weights, scan_lstm


def lstm(
    x: Any,
    weights: Weights,
    memory: LSTMState,
    mask: Any = None,
    *,
    training: bool = False,
) -> tuple[Any, Any, Any]:
    """Run an LSTM over every time step.

    Hochreiter and Schmidhuber (1997), "Long short-term memory", with the forget gate of Gers et
    al. (2000). Gates are ordered input, forget, candidate, output, as in `keras.layers.LSTM`.

    Args:
        x: [batch, time steps, features].
        weights: kernel [features, 4 units], recurrent kernel [units, 4 units], bias [4 units].
        memory: hidden and cell state before the first time step, [batch, units] each.
        mask: [batch, time steps] False where a step is empty and leaves the state unchanged;
            None where no step is empty.
        training: whether gradients will be computed. The native version runs then, where there is
            one, and for forecasts from more than a few time steps: for these few it would take
            longer to rearrange the weights than to read them.

    Returns:
        The hidden state after every time step, [batch, time steps, units], and hidden and cell
        state after the last, [batch, units] each.
    """
    if (training or x.shape[1] > WRITTEN_OUT_STEPS) and suits(x, weights):
        return native_lstm(x, weights, memory, mask)
    return scan_lstm(x, weights, memory, mask)
