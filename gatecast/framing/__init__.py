"""From a panel to what a network sees, and back to the user's units.

A sample is a forecast origin: the `look_back` rows before it are the input, the `horizon` rows
from it on are the target. Samples are row numbers; their values are gathered where they are
used, so no array of windows is ever built. Scalers learn from training rows only.
"""

from gatecast.framing._exogenous import Covariates, Exogenous, fit_covariates
from gatecast.framing._framing import LEVELS, SHAPES, Framing, Level, Sample, Shape
from gatecast.framing._rows import BY_SERIES, Rows, View, stretches
from gatecast.framing._seasonal import COLUMNS
from gatecast.framing._split import split_rows
from gatecast.framing._targets import leads, of_every_target, side_by_side
from gatecast.framing._windows import (
    Windows,
    filled,
    last_windows,
    padded_windows,
    rows_before,
    rows_from,
    training_windows,
)
from gatecast.framing.scaling import (
    SCALERS,
    Affine,
    Asinh,
    Chain,
    Difference,
    Log,
    Scaler,
    fit_scaler,
    load_scaler,
)

__all__ = [
    "BY_SERIES",
    "COLUMNS",
    "LEVELS",
    "SCALERS",
    "SHAPES",
    "Affine",
    "Asinh",
    "Chain",
    "Covariates",
    "Difference",
    "Exogenous",
    "Framing",
    "Level",
    "Log",
    "Rows",
    "Sample",
    "Scaler",
    "Shape",
    "View",
    "Windows",
    "filled",
    "fit_covariates",
    "fit_scaler",
    "last_windows",
    "leads",
    "load_scaler",
    "of_every_target",
    "padded_windows",
    "rows_before",
    "rows_from",
    "side_by_side",
    "split_rows",
    "stretches",
    "training_windows",
]
