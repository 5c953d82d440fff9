"""Reversible scalers: fitted on training rows, composed in order, inverted exactly.

| name | what a network sees |
|---|---|
| `"minmax"` | 0 at the smallest, 1 at the largest training value of the series |
| `"standard"` | mean 0, standard deviation 1 |
| `"robust"` | median 0, interquartile range 1 |
| `"mean"` | mean absolute value 1; zero stays zero |
| `"log"` | the logarithm: relative changes instead of absolute ones; needs positive values |
| `"asinh"` | the same for every number: a logarithm that is straight near zero |
| `"power"` | the cube root, between the two: growth neither exponential nor straight |
| `"year"` | the value less the season of the calendar year, where the series evidently has one |
| `"difference"` | the change from the row before |
| `"seasonal_difference"` | the change from one season before |
"""

from gatecast.framing.scaling._affine import Affine
from gatecast.framing.scaling._asinh import Asinh
from gatecast.framing.scaling._bend import mean_size
from gatecast.framing.scaling._chain import SCALERS, Chain, fit_scaler, load_scaler
from gatecast.framing.scaling._difference import Difference
from gatecast.framing.scaling._log import Log
from gatecast.framing.scaling._power import Power
from gatecast.framing.scaling._scaler import Scaler
from gatecast.framing.scaling._year import DAYS_OF_YEAR, Year, daily_or_shorter, years_of

__all__ = [
    "DAYS_OF_YEAR",
    "SCALERS",
    "Affine",
    "Asinh",
    "Chain",
    "Difference",
    "Log",
    "Power",
    "Scaler",
    "Year",
    "daily_or_shorter",
    "fit_scaler",
    "load_scaler",
    "mean_size",
    "years_of",
]
