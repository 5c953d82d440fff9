"""New rows for a fitted model, without training.

A model and rows come in. `updated` advances its state over new rows, `on_history` sets it to the
end of other histories, and a `Stream` reads values one by one, with a compiled call for each. The
model that goes out has the same weights. A `StateLayout` stores the state of single series as
records.
"""

from gatecast.forecasting.online._layout import Records, StateLayout
from gatecast.forecasting.online._stream import Stream
from gatecast.forecasting.online._update import on_history, updated

__all__ = ["Records", "StateLayout", "Stream", "on_history", "updated"]
