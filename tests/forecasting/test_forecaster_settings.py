import json
from typing import Any

import pytest
from small_forecasters import small_settings

from gatecast._types import InputError
from gatecast.forecasting import LSTMForecaster, Settings
from gatecast.framing import Exogenous, Framing
from gatecast.network import Architecture, Bernoulli, NegativeBinomial, Normal, Quantiles
from gatecast.training import Training


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"members": 0}, "members must be at least 1, got 0"),
        ({"random_seed": -1}, "random_seed must be at least 0, got -1"),
        ({"scaler": ("log", "zscore")}, "scaler 'zscore' is not known; choose from minmax, .*"),
        (
            {"stateful": True, "architecture": Architecture("dense")},
            "stateful=True needs a network whose memory goes on, got network='stack' with cell=.*",
        ),
        ({"stateful": True, "scope": "local"}, "stateful=True needs scope='global', got 'local'"),
        ({"gaps": "drop"}, "gaps must be one of auto, mask, bridge, decay, got 'drop'"),
        ({"scope": "all"}, "scope must be one of global, local, got 'all'"),
        ({"combine": "best"}, "combine must be one of median, mean, got 'best'"),
        (
            {"output": Normal(), "scaler": ("difference",)},
            "output Normal needs a scaler from .*, got difference",
        ),
        (
            {"output": NegativeBinomial(), "scaler": ("standard",)},
            "output NegativeBinomial needs a scaler from mean, got standard",
        ),
        (
            {"output": NegativeBinomial(), "scaler": ()},
            r"output NegativeBinomial needs a scaler from mean, got \(\)",
        ),
        (
            {"output": Bernoulli(), "scaler": ("mean",)},
            r"output Bernoulli needs scaler=\(\), got mean",
        ),
        (
            {
                "output": Bernoulli(),
                "scaler": (),
                "framing": Framing(3, level="last"),
            },
            "output Bernoulli needs window_level='none', got 'last'",
        ),
    ],
)
def test_bad_settings_are_named(changes: dict[str, Any], message: str):
    with pytest.raises(InputError, match=f"^{message}$"):
        small_settings(**changes)


@pytest.mark.parametrize(
    ("setting", "example"),
    [({"output": "quantiles"}, "gatecast.Quantiles"), ({"training": 100}, "gatecast.Training")],
)
def test_words_for_records_are_named(setting: dict[str, Any], example: str):
    (name,) = setting
    with pytest.raises(InputError, match=rf"^{name} must be such as {example}\(\), got"):
        LSTMForecaster(h=2, look_back=3, **setting)


def test_seeds_follow_the_first():
    assert list(small_settings(members=3, random_seed=5).seeds) == [5, 6, 7]


def test_json_brings_back_an_equal_record():
    settings = Settings(
        Framing(5, 2, "window", "mean", 4),
        Architecture("gru", 2, 7, 0.1, "relu", linear_skip=True),
        Training(3, 4, 0.1, "sgd", "mae", shuffle=False, clip=1.0, validation=0.2, patience=2),
        Quantiles((0.2, 0.5, 0.9)),
        Exogenous(("a",), ("b", "c"), ("month",)),
        ("log", "robust"),
        gaps="decay",
        combine="mean",
        stateful=True,
        members=3,
        random_seed=4,
    )
    assert Settings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


@pytest.mark.parametrize("name", ["hist_exog", "futr_exog", "calendar"])
def test_a_lone_name_is_a_list_of_one(name: str):
    column = "month" if name == "calendar" else "price"
    changed = LSTMForecaster().set_params(**{name: column})
    for each in (LSTMForecaster(**{name: column}), changed):
        assert each.get_params()[name] == [column]
