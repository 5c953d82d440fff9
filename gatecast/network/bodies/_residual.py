"""Layers that add to the output of the ones below."""

from __future__ import annotations

from typing import Any

from gatecast.network._architecture import Architecture
from gatecast.network.bodies._body import Encoded, Inputs
from gatecast.network.bodies._recurrent import recurrent


def residual(architecture: Architecture, inputs: Inputs) -> Encoded:
    """Each recurrent layer but the first adds its outputs to its inputs.

    He et al. (2016), "Deep residual learning for image recognition"; for recurrent layers Wu et
    al. (2016), "Google's neural machine translation system".
    """
    states: list[Any] = []
    new_states: list[Any] = []
    x, summary = inputs.x, None
    for place in range(architecture.layers):
        outputs, before, after = recurrent(
            architecture, inputs._replace(x=x), place=place, sequences=True
        )
        # The hidden state is the output at the last step that was not empty.
        hidden = after[0]
        x = outputs if summary is None else x + outputs
        summary = hidden if summary is None else summary + hidden
        states += before
        new_states += after
    return Encoded(summary, states, new_states)
