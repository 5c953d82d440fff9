"""The bodies by name."""

from types import MappingProxyType

from gatecast.network.bodies._bidirectional import bidirectional
from gatecast.network.bodies._body import Body
from gatecast.network.bodies._cnn import cnn
from gatecast.network.bodies._dilated import dilated
from gatecast.network.bodies._own import own
from gatecast.network.bodies._residual import residual
from gatecast.network.bodies._stack import stack

BODIES: MappingProxyType[str, Body] = MappingProxyType(
    {
        "stack": stack,
        "residual": residual,
        "dilated": dilated,
        "bidirectional": bidirectional,
        "cnn": cnn,
        # The encoder is a stack; see `gatecast.network._decode` for the decoder.
        "encoder_decoder": stack,
        "keras": own,
    }
)
