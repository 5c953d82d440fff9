"""The networks that read sequences: scaled columns, the rows of a batch, the answer."""

from gatecast.sequences.networks._networks import Networks, forward
from gatecast.sequences.networks._samples import Whole, rows_of
from gatecast.sequences.networks._scaling import ColumnScaler, fit_scaler

__all__ = [
    "ColumnScaler",
    "Networks",
    "Whole",
    "fit_scaler",
    "forward",
    "rows_of",
]
