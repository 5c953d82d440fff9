"""The LSTM's recurrence, by the fastest way there is."""

from __future__ import annotations

from typing import Any

from gatecast.network.recurrence._scan import Memory, Weights, scan_lstm


def lstm(  # noqa: PLR0917 (what an LSTM reads)
    x: Any, kernel: Any, recurrent: Any, bias: Any, hidden: Any, cell: Any, mask: Any = None
) -> tuple[Any, Any, Any]:
    """Run an LSTM over every time step.

    Hochreiter and Schmidhuber (1997), "Long short-term memory", with the forget gate of Gers et
    al. (2000). Gates are ordered input, forget, candidate, output, as in `keras.layers.LSTM`.

    Args:
        x: [batch, time steps, features].
        kernel: [features, 4 units].
        recurrent: [units, 4 units].
        bias: [4 units].
        hidden: [batch, units] before the first time step.
        cell: [batch, units], likewise.
        mask: [batch, time steps] False where a step is empty and leaves the memory as it was;
            None where no step is.

    Returns:
        The hidden state after every time step, [batch, time steps, units], and hidden and cell
        state after the last, [batch, units] each.
    """
    return scan_lstm(x, Weights(kernel, recurrent, bias), Memory(hidden, cell), mask)
