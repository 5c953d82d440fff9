"""What raw outputs of networks mean, as operations of a Keras model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gatecast._backend import keras
from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast.forecasting.members import PROBABILITIES
from gatecast.network import (
    Bernoulli,
    NegativeBinomial,
    Normal,
    Output,
    Point,
    Quantiles,
    StudentT,
    Tweedie,
    ZeroInflatedNegativeBinomial,
    percent_point,
)

special = lazy("scipy.special")

_SMALLEST = 1e-6


def center_of(output: Output, raw: Any, scale: Any = 1.0) -> Any:
    """[...] the point forecast of raw outputs [..., parameters].

    Args:
        output: of the networks.
        raw: what they said.
        scale: scaled units per unit of raw outputs.
    """
    if isinstance(output, Quantiles) and output.point == "percent":
        scale = keras.ops.ones_like(raw[..., 0]) * scale * output.power
        return percent_point(_own_quantiles(output, raw) @ output.shares, scale, keras.ops)
    if type(output) not in _CENTERS:
        raise InputError(f"output {type(output).__name__} cannot be exported")
    return _CENTERS[type(output)](output, raw)


def quantiles_of(output: Output, raw: Any) -> Any:
    """[..., probabilities] the quantiles at `PROBABILITIES` of raw outputs [..., parameters]."""
    scores = special.ndtri(PROBABILITIES)
    if isinstance(output, Normal):
        return raw[..., 0:1] + _positive(raw[..., 1:2]) * scores.astype(np.float32)
    if isinstance(output, Quantiles):
        return _own_quantiles(output, raw) @ output.weights_at(scores).astype(np.float32)
    raise InputError(
        f"the quantiles of output {type(output).__name__} cannot be exported, as no export has its "
        "distribution function: export without level and quantiles"
    )


def exports_quantiles(output: Output) -> bool:
    """Whether `quantiles_of` has them."""
    return isinstance(output, Normal | Quantiles)


def _positive(raw: Any) -> Any:
    return keras.ops.softplus(raw) + _SMALLEST


def _first(_: Output, raw: Any) -> Any:
    return raw[..., 0]


def _first_positive(_: Output, raw: Any) -> Any:
    return _positive(raw[..., 0])


def _probability(_: Output, raw: Any) -> Any:
    return keras.ops.sigmoid(raw[..., 0])


def _inflated(_: Output, raw: Any) -> Any:
    return keras.ops.sigmoid(-raw[..., 2]) * _positive(raw[..., 0])


def _median(output: Any, raw: Any) -> Any:
    return (_own_quantiles(output, raw) @ output.weights_at(np.zeros(1)).astype(np.float32))[..., 0]


_CENTERS: dict[type[Output], Callable[[Output, Any], Any]] = {
    Point: _first,
    Normal: _first,
    StudentT: _first,
    Quantiles: _median,
    NegativeBinomial: _first_positive,
    Tweedie: _first_positive,
    ZeroInflatedNegativeBinomial: _inflated,
    Bernoulli: _probability,
}


def _own_quantiles(output: Quantiles, raw: Any) -> Any:
    """[..., parameters] the quantiles at the probabilities of the output."""
    gaps = output.width * _positive(raw)
    middle = output.location
    # Sums of gaps: row i, column j is the share of gap i in quantile j.
    number = len(output.probabilities)
    place = np.arange(number)
    above = (place[:, None] > middle) & (place[:, None] <= place)
    below = (place[:, None] < middle) & (place[:, None] >= place)
    sums = (above.astype(np.float32) - below).astype(np.float32)
    return raw[..., middle : middle + 1] + gaps @ sums
