"""A Keras model as an ONNX graph.

The model's own description of its layers and operations comes in; a node or a few for each goes
out, with the weights as constants. Only what exported forecasters are made of is known, each with
the same arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names

if TYPE_CHECKING:
    from gatecast.forecasting.exporting.onnx._model import onnx_model

__getattr__ = lazy_names(__name__, {"onnx_model": "_model"})

__all__ = ["onnx_model"]
