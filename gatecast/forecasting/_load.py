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
from gatecast.forecasting.saving import Contents, model_of, read_contents

_KINDS: Mapping[str, type[Estimator]] = MappingProxyType(
    {kind.kind: kind for kind in (AutoLSTM, LSTMForecaster, KerasForecaster)}
)


def load(path: str | os.PathLike[str]) -> Estimator:
    """The forecaster that `save` wrote, with the settings it had.

    Raises:
        InputError: if the file is missing, damaged or of a format that is not read, or holds
            something else than a forecaster.
    """
    return forecaster_of(read_contents(path))


def forecaster_of(contents: Contents) -> Estimator:
    """The forecaster that a file holds.

    Raises:
        InputError: as `load`.
    """
    model, kind, source = model_of(contents), contents.kind, contents.source
    if kind not in _KINDS:
        raise InputError(f"{source}: holds a {kind!r}, which this gatecast does not know")
    try:
        forecaster = _KINDS[kind].from_json(model.made.params)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise InputError(f"{source}: not a gatecast model, or damaged ({error})") from None
    return forecaster.standing_at(model)
