from typing import Any

import pytest

from gatecast._types import InputError
from gatecast.training import Training


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"batch_size": -1}, "batch_size must be at least 1, got -1"),
        ({"learning_rate": 0}, "learning_rate must be positive, got 0"),
        ({"loss": "rmse"}, "loss must be one of mse, mae, huber, mape, got 'rmse'"),
        ({"optimizer": "adamant"}, "optimizer must be one of adam, .*, cocob, got 'adamant'"),
        ({"schedule": "step"}, "schedule must be one of constant, .*, one_cycle, got 'step'"),
        ({"clip": 0}, "clip must be positive or None, got 0"),
        ({"weight_decay": -0.1}, "weight_decay must be at least 0, got -0.1"),
        ({"backprop_windows": 0}, "backprop_windows must be at least 1, got 0"),
        ({"warmup": 1.0}, r"warmup must lie in \[0, 1\), got 1.0"),
        (
            {"schedule": "one_cycle", "warmup": 0.1},
            "one_cycle warms up by itself: warmup must be 0, got 0.1",
        ),
        (
            {"optimizer": "cocob", "schedule": "cosine"},
            "cocob finds its own step sizes: .* got 'cosine' and 0.0",
        ),
        ({"validation": 1}, r"validation must lie in \[0, 1\), got 1"),
        ({"patience": 0, "validation": 0.2}, "patience must be at least 1 .*, got 0 with .* 0.2"),
        ({"patience": 5}, "patience .* needs validation > 0, got 5 with validation 0.0"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, Any], message: str):
    with pytest.raises(InputError, match=f"^{message}$"):
        Training(**settings)
