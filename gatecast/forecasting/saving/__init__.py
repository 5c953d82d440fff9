"""A fitted model as one file, and back.

A `Model` comes in and a file of numbers and settings goes out, or the other way round. A loaded
model needs neither the training rows nor the code that trains. What any fitted estimator is saved
by, the file itself and the checks of what was read, can be used alone.
"""

from gatecast.forecasting.saving._artefact import load_model, model_of, save_model
from gatecast.forecasting.saving._file import (
    FORMAT,
    Contents,
    damage_told,
    read_contents,
    write_contents,
)
from gatecast.forecasting.saving._typed import check_record, check_value

__all__ = [
    "FORMAT",
    "Contents",
    "check_record",
    "check_value",
    "damage_told",
    "load_model",
    "model_of",
    "read_contents",
    "save_model",
    "write_contents",
]
