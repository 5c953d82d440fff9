from typing import Any

import pytest

from gatecast._types import InputError
from gatecast.network import Architecture


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cell": "tcn"}, "cell must be one of lstm, gru, rnn, dense, got 'tcn'"),
        ({"activation": "swash"}, "activation must be one of tanh, relu, .*, got 'swash'"),
        ({"layers": 0}, "layers must be at least 1, got 0"),
        ({"units": -2}, "units must be at least 1, got -2"),
        ({"dropout": 1}, r"dropout must lie in \[0, 1\), got 1"),
        ({"dropout": -0.1}, r"dropout must lie in \[0, 1\), got -0.1"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, Any], message: str):
    with pytest.raises(InputError, match=f"^{message}$"):
        Architecture(**settings)
