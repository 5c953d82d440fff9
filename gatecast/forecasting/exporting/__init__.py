"""A fitted model as a file that needs nothing of gatecast.

A `Model` comes in. Its forecast, from raw rows to the user's units, is laid out once as a Keras
model of Keras's own layers and operations; that is written as it is, translated to ONNX, or
compiled to StableHLO. What cannot be exported is named in an `InputError`.
"""

from gatecast.forecasting.exporting._description import Exported
from gatecast.forecasting.exporting._files import to_keras, to_onnx, to_stablehlo
from gatecast.forecasting.exporting._options import ExportOptions

__all__ = ["ExportOptions", "Exported", "to_keras", "to_onnx", "to_stablehlo"]
