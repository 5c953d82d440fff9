"""A convolution in front of recurrent layers."""

from __future__ import annotations

from gatecast._backend import keras
from gatecast.network._architecture import Architecture
from gatecast.network.bodies._body import Encoded, Inputs, observed
from gatecast.network.bodies._stack import stack

_KERNEL_STEPS = 3


def cnn(architecture: Architecture, inputs: Inputs) -> Encoded:
    """Learnt filters over each step and the two before it, read by stacked recurrent layers.

    After Lai et al. (2018), "Modeling long- and short-term temporal patterns with deep neural
    networks" (LSTNet). The convolution is causal and sees zeros before the window and in empty
    steps; the state of the recurrent layers can be carried.
    """
    convolution = keras.layers.Conv1D(
        architecture.units,
        _KERNEL_STEPS,
        padding="causal",
        activation=architecture.activation,
        kernel_initializer="zeros",
        name="convolution",
    )
    return stack(architecture, inputs._replace(x=convolution(observed(inputs))))
