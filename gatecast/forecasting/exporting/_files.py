"""Files that another program reads."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import jax
from jax import export

from gatecast._backend import quiet_keras
from gatecast._files import write_file
from gatecast._types import InputError
from gatecast.forecasting._model import Model
from gatecast.forecasting.exporting._description import Exported
from gatecast.forecasting.exporting._graph import graph_of
from gatecast.forecasting.exporting._options import ExportOptions
from gatecast.forecasting.exporting.onnx import onnx_model

_Path = str | os.PathLike[str]


def to_keras(model: Model, path: _Path, options: ExportOptions) -> Exported:
    """Write a model for Keras alone, on any backend.

    Args:
        model: fitted.
        path: of the file; ends in .keras.
        options: what it should forecast.

    Raises:
        InputError: naming what cannot be exported, or if the file cannot be written.
    """
    _check_ending(path, ".keras")
    graph = graph_of(model, options)
    with tempfile.TemporaryDirectory() as folder:
        # Keras wants a name of its own kind.
        staged = Path(folder) / "forecaster.keras"
        with quiet_keras():
            graph.model.save(staged)
        content = staged.read_bytes()
    _write(path, content)
    return graph.about


def to_onnx(model: Model, path: _Path, options: ExportOptions) -> Exported:
    """Write a model for ONNX Runtime; needs `onnx`. The description is kept with it as JSON.

    Arguments and errors are as in `to_keras`.
    """
    _check_ending(path, ".onnx")
    graph = graph_of(model, options)
    with quiet_keras():
        content = onnx_model(graph.model, {"gatecast": json.dumps(graph.about.to_json())})
    _write(path, content)
    return graph.about


def to_stablehlo(model: Model, path: _Path, options: ExportOptions) -> Exported:
    """Write a model as StableHLO, in the form of `jax.export`, for CPU, CUDA and TPU.

    Arguments and errors are as in `to_keras`.
    """
    graph = graph_of(model, options)
    (samples,) = export.symbolic_shape("samples")
    shapes = {
        name: jax.ShapeDtypeStruct((samples, *each.shape[1:]), each.dtype)
        for name, each in graph.model.input.items()
    }

    def forecast(inputs: dict[str, Any]) -> Any:
        return graph.model(inputs)

    program = export.export(jax.jit(forecast), platforms=("cpu", "cuda", "tpu"))(shapes)
    _write(path, bytes(program.serialize()))
    return graph.about


def _check_ending(path: _Path, ending: str) -> None:
    if Path(path).suffix.lower() != ending:
        raise InputError(f"{Path(path)}: give the file a name that ends in {ending}")


def _write(path: _Path, content: bytes) -> None:
    write_file(path, lambda staged: staged.write_bytes(content))
