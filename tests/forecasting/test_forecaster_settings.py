import json
from typing import Any

import pytest
from small_forecasters import small_settings

from gatecast._types import InputError
from gatecast.forecasting import Settings
from gatecast.framing import Framing
from gatecast.network import Architecture
from gatecast.training import Training


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"members": 0}, "members must be at least 1, got 0"),
        ({"random_seed": -1}, "random_seed must be at least 0, got -1"),
        ({"scaler": ("log", "zscore")}, "scaler 'zscore' is not known; choose from minmax, .*"),
        (
            {"stateful": True, "architecture": Architecture("dense")},
            "stateful=True needs a recurrent cell, got cell='dense'",
        ),
    ],
)
def test_bad_settings_are_named(changes: dict[str, Any], message: str):
    with pytest.raises(InputError, match=f"^{message}$"):
        small_settings(**changes)


def test_seeds_follow_the_first():
    assert list(small_settings(members=3, random_seed=5).seeds) == [5, 6, 7]


def test_json_brings_back_an_equal_record():
    settings = Settings(
        Framing(5, 2, "window", "mean", 4),
        Architecture("gru", 2, 7, 0.1, "relu", linear_skip=True),
        Training(3, 4, 0.1, "sgd", "mae", shuffle=False, clip=1.0, validation=0.2, patience=2),
        ("log", "difference"),
        stateful=True,
        members=3,
        random_seed=4,
    )
    assert Settings.from_json(json.loads(json.dumps(settings.to_json()))) == settings
