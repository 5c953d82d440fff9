from typing import Any

import pytest

from gatecast._types import InputError
from gatecast.network import Architecture


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cell": "tcn"}, "cell must be one of lstm, gru, rnn, dense, got 'tcn'"),
        ({"activation": "swash"}, "activation must be one of tanh, relu, .*, got 'swash'"),
        ({"kind": "tree"}, "network must be one of stack, residual, .*, keras, got 'tree'"),
        (
            {"kind": "cnn", "cell": "dense"},
            "network='cnn' needs a recurrent cell, got cell='dense'",
        ),
        ({"kind": "keras"}, "network='keras' and keras_model go together; see architecture_of"),
        ({"keras_model": "{}"}, "network='keras' and keras_model go together; .*"),
        (
            {"kind": "keras", "keras_model": "{}", "linear_skip": True},
            "network='keras' has no linear_skip; add such a layer to the model",
        ),
        ({"layers": 0}, "layers must be at least 1, got 0"),
        ({"units": -2}, "units must be at least 1, got -2"),
        ({"dropout": 1}, r"dropout must lie in \[0, 1\), got 1"),
        ({"dropout": -0.1}, r"dropout must lie in \[0, 1\), got -0.1"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, Any], message: str):
    with pytest.raises(InputError, match=f"^{message}$"):
        Architecture(**settings)
