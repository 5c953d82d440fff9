"""One part of a forecaster: its role, and where its weights come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from gatecast._types import InputError
from gatecast.forecasting._settings import Settings

Role = Literal["own", "pretrained", "adapted_lightly", "adapted_strongly", "from_scratch"]
"""What a part is in its combination: "own", of the user's settings; else of `AutoLSTM`."""

WeightSource = Literal["drawn", "pretrained"]

Metric = Literal["mae", "mape", "rmse"]
"""The errors that should be small: absolute ones (and sMAPE, MASE), in percent, or squared."""


@dataclass(frozen=True)
class Part:
    """Networks of the same settings that are fitted together; a forecast combines several parts.

    Attributes:
        settings: of its networks.
        role: in the combination.
        weights: "drawn" at random, or "pretrained"; the settings then need the framing and
            architecture of the pre-trained networks.
        metric: the errors that its networks should make small.
        effects: the columns whose effects are taken out of the series, so that networks read no
            column; None where they do.
        lags: how many rows before the value of a column counts that is not known ahead.
        static: columns by which the effects of other columns differ between series.

    Raises:
        InputError: naming the value.
    """

    settings: Settings
    role: Role = "own"
    weights: WeightSource = "drawn"
    metric: Metric = "mae"
    effects: tuple[str, ...] | None = None
    lags: tuple[int, ...] = ()
    static: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, known in (("role", Role), ("weights", WeightSource), ("metric", Metric)):
            value = getattr(self, name)
            if value not in get_args(known):
                raise InputError(
                    f"{name} must be one of {', '.join(get_args(known))}, got {value!r}"
                )

    @property
    def trained(self) -> bool:
        """Whether its networks are trained on the panel; pre-trained ones can be used unchanged."""
        return self.role != "pretrained"

    @property
    def apart(self) -> bool:
        """Whether its networks read each target as a series of its own."""
        return self.role != "own"
