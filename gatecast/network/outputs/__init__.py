"""Outputs: what a network forecasts of each future value.

| output | for | raw outputs |
|---|---|---|
| `Point` | a point forecast alone | 1 |
| `Quantiles` | any values, no distribution assumed | one per probability |
| `Normal` | any values | 2 |
| `StudentT` | any values, with outliers | 3 |
| `NegativeBinomial` | counts | 2 |
| `ZeroInflatedNegativeBinomial` | counts of which many are zero | 3 |
| `Bernoulli` | zeros and ones | 1 |
| `Tweedie` | amounts of which many are zero | 2 |
"""

from gatecast.network.outputs._bernoulli import Bernoulli
from gatecast.network.outputs._json import OUTPUTS, from_json, to_json
from gatecast.network.outputs._negative_binomial import NegativeBinomial
from gatecast.network.outputs._normal import Normal
from gatecast.network.outputs._output import Output
from gatecast.network.outputs._point import Point
from gatecast.network.outputs._quantiles import Quantiles, percent_point
from gatecast.network.outputs._student_t import StudentT
from gatecast.network.outputs._tweedie import Tweedie
from gatecast.network.outputs._zero_inflated import ZeroInflatedNegativeBinomial

__all__ = [
    "OUTPUTS",
    "Bernoulli",
    "NegativeBinomial",
    "Normal",
    "Output",
    "Point",
    "Quantiles",
    "StudentT",
    "Tweedie",
    "ZeroInflatedNegativeBinomial",
    "from_json",
    "percent_point",
    "to_json",
]
