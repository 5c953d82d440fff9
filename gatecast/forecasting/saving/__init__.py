"""A fitted model as one file, and back.

A `Model` comes in and a file of numbers and settings goes out, or the other way round. A loaded
model needs neither the training rows nor the code that trains.
"""

from gatecast.forecasting.saving._artefact import FORMAT, load_model, save_model

__all__ = ["FORMAT", "load_model", "save_model"]
