"""From a panel to what a network sees, and back to the user's units.

A sample is a forecast origin: the `look_back` rows before it are the input, the `horizon` rows
from it on are the target. Samples are row numbers; their values are gathered where they are
used, so no array of windows is ever built. Scalers learn from training rows only.
"""

from gatecast.framing._framing import LEVELS, SHAPES, Framing, Level, Shape
from gatecast.framing._split import split_rows
from gatecast.framing._windows import (
    Windows,
    filled,
    inputs_at,
    last_windows,
    targets_at,
    training_windows,
)
from gatecast.framing.scaling import (
    SCALERS,
    Affine,
    Chain,
    Difference,
    Log,
    Scaler,
    fit_scaler,
    load_scaler,
)

__all__ = [
    "LEVELS",
    "SCALERS",
    "SHAPES",
    "Affine",
    "Chain",
    "Difference",
    "Framing",
    "Level",
    "Log",
    "Scaler",
    "Shape",
    "Windows",
    "filled",
    "fit_scaler",
    "inputs_at",
    "last_windows",
    "load_scaler",
    "split_rows",
    "targets_at",
    "training_windows",
]
