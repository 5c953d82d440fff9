"""Outputs as JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from gatecast._types import InputError
from gatecast.network.outputs._bernoulli import Bernoulli
from gatecast.network.outputs._negative_binomial import NegativeBinomial
from gatecast.network.outputs._normal import Normal
from gatecast.network.outputs._output import Output
from gatecast.network.outputs._point import Point
from gatecast.network.outputs._quantiles import Quantiles
from gatecast.network.outputs._student_t import StudentT
from gatecast.network.outputs._tweedie import Tweedie
from gatecast.network.outputs._zero_inflated import ZeroInflatedNegativeBinomial

OUTPUTS: Mapping[str, type[Output]] = {
    kind.__name__: kind
    for kind in (
        Point,
        Quantiles,
        Normal,
        StudentT,
        NegativeBinomial,
        ZeroInflatedNegativeBinomial,
        Bernoulli,
        Tweedie,
    )
}
"""Every output by its name."""


def to_json(output: Output) -> dict[str, Any]:
    """The `name` and the settings of an output, as JSON can hold them."""
    return {"name": type(output).__name__, **asdict(output)}


def from_json(record: Mapping[str, Any]) -> Output:
    """The output whose `to_json` was stored.

    Raises:
        InputError: for an unknown name or setting, or a value the output refuses.
    """
    settings = dict(record)
    name = settings.pop("name", None)
    if name not in OUTPUTS:
        raise InputError(f"output {name!r} is not known; choose from {', '.join(OUTPUTS)}")
    try:
        return OUTPUTS[name](**settings)
    except TypeError as error:
        raise InputError(f"output {name} does not take {settings}") from error
