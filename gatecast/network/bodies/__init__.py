"""The bodies of networks: the layers between the input window and the output, by name.

| kind | layers | state can be carried |
|---|---|---|
| "stack" | one upon the other | yes |
| "residual" | each adds to the output of the ones below | yes |
| "dilated" | reach 1, 2, 4, ... steps back | no |
| "bidirectional" | read the window from both ends | no |
| "cnn" | a causal convolution in front of a stack | yes |
| "encoder_decoder" | a stack, and a layer that runs on over the horizon | yes |
| "keras" | the user's Keras model | no |
"""

from gatecast.network.bodies._bodies import BODIES
from gatecast.network.bodies._body import Body, Encoded, Inputs, observed
from gatecast.network.bodies._recurrent import memories_of, recurrent_layer

__all__ = ["BODIES", "Body", "Encoded", "Inputs", "memories_of", "observed", "recurrent_layer"]
