"""Loading a saved forecaster."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType

from gatecast._types import InputError
from gatecast.forecasting._auto import AutoLSTM
from gatecast.forecasting._estimator import Estimator
from gatecast.forecasting._from_keras import KerasForecaster
from gatecast.forecasting._lstm import LSTMForecaster
from gatecast.forecasting.saving import load_model

_KINDS: Mapping[str, type[Estimator]] = MappingProxyType(
    {kind.kind: kind for kind in (AutoLSTM, LSTMForecaster, KerasForecaster)}
)


def load(path: str | os.PathLike[str]) -> Estimator:
    """The forecaster that `save` wrote, with the settings it had.

    Raises:
        InputError: if the file is missing, damaged or of a format that is not read.
    """
    model = load_model(path)
    if model.made.kind not in _KINDS:
        raise InputError(f"{path}: holds a {model.made.kind!r}, which this gatecast does not know")
    try:
        forecaster = _KINDS[model.made.kind].from_json(model.made.params)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not a gatecast model, or damaged ({error})") from None
    return forecaster.standing_at(model)
