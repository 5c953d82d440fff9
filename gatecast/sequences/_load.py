"""Loading any saved estimator."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gatecast._lazy import lazy
from gatecast.forecasting import forecaster_of
from gatecast.forecasting.saving import read_contents

# Loaded late: a process that only forecasts needs neither.
_HOMES: Mapping[str, Any] = MappingProxyType(
    {
        "SequenceClassifier": lazy("gatecast.sequences._classifier"),
        "SequenceRegressor": lazy("gatecast.sequences._regressor"),
    }
)


def load(path: str | os.PathLike[str]) -> Any:
    """The estimator that `save` wrote, with the settings it had.

    Args:
        path: of the file.

    Returns:
        An `AutoLSTM`, `LSTMForecaster`, `SequenceClassifier` or `SequenceRegressor`.

    Raises:
        InputError: if the file is missing, damaged or of a format that is not read.
    """
    contents = read_contents(path)
    if contents.kind not in _HOMES:
        return forecaster_of(contents)
    return getattr(_HOMES[contents.kind], contents.kind).from_contents(contents)
