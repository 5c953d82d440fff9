"""Whole sequences: one label for each, a class or a number.

A long frame, or a list of arrays, comes in with a label for each sequence, and becomes `Sequences`:
rows of any number end to end. Networks of `gatecast.network` read each from its first row to its
last and are trained by `gatecast.training`. A fitted estimator goes out, judged on sequences that
were held back, beside simple baselines. What is named here is loaded when it is first used.
"""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names

if TYPE_CHECKING:
    from gatecast.sequences._classifier import SequenceClassifier
    from gatecast.sequences._estimator import SequenceEstimator
    from gatecast.sequences._load import load
    from gatecast.sequences._regressor import SequenceRegressor
    from gatecast.sequences.reading import Sequences

__getattr__ = lazy_names(
    __name__,
    {
        "SequenceClassifier": "_classifier",
        "SequenceEstimator": "_estimator",
        "SequenceRegressor": "_regressor",
        "Sequences": "reading",
        "load": "_load",
    },
)

__all__ = [
    "SequenceClassifier",
    "SequenceEstimator",
    "SequenceRegressor",
    "Sequences",
    "load",
]
