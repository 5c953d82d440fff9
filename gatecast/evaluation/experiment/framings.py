"""The five framings of the tutorial, as settings: `LSTMForecaster(**framings.WINDOW)`.

All have 4 units, one step ahead, 100 epochs of batch size 1, Adam at 1e-3, mean squared error
and min-max scaling, here fitted on training rows only. The stateful ones carry memory along the
series and reset it at each epoch.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gatecast.training import Training

_COMMON = {"h": 1, "units": 4, "scaler": "minmax"}
_SHUFFLED = Training(epochs=100, batch_size=1)
_IN_ORDER = Training(epochs=100, batch_size=1, shuffle=False)


def _framing(**changes: Any) -> Mapping[str, Any]:
    return MappingProxyType({"training": _SHUFFLED} | _COMMON | changes)


REGRESSION = _framing(look_back=1)
WINDOW = _framing(look_back=3, framing="window")
TIME_STEPS = _framing(look_back=3)
STATEFUL = _framing(look_back=3, stateful=True, training=_IN_ORDER)
STACKED_STATEFUL = _framing(look_back=3, stateful=True, layers=2, training=_IN_ORDER)

ALL: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "regression": REGRESSION,
        "window": WINDOW,
        "time steps": TIME_STEPS,
        "stateful": STATEFUL,
        "stacked stateful": STACKED_STATEFUL,
    }
)
