"""A fitted estimator of whole sequences as one file, and back."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import jax
import numpy as np
import pandas as pd

from gatecast._types import InputError
from gatecast.forecasting import Made, Origin
from gatecast.forecasting.saving import (
    Contents,
    check_record,
    check_value,
    write_contents,
)
from gatecast.framing import SampleInputs
from gatecast.network import Network, Point, Sizes
from gatecast.sequences._model import Frames, SequenceModel
from gatecast.sequences._settings import Settings
from gatecast.sequences.networks import ColumnScaler, Networks, forward
from gatecast.sequences.problems import Categorical

_FIELDS: Mapping[str, Any] = MappingProxyType(
    {
        "columns": list[str],
        "classes": list[str | int | float | bool] | None,
        "report": list[dict[str, str | float | None]],
        "verdict": str,
    }
)
_STATE = ("center", "spread", "flagged", "label_center", "label_spread")


def save_model(
    made: Made,
    model: SequenceModel,
    report: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    overwrite: bool,
) -> Origin:
    """Write a fitted estimator; see `gatecast.forecasting.saving.write_contents`."""
    networks, scaler = model.networks, model.networks.scaler
    rows = report.to_dict("records")
    manifest = {
        "made": asdict(made),
        "columns": list(model.columns),
        "frames": asdict(model.frames),
        "classes": None if model.classes is None else model.classes.tolist(),
        "report": [{str(name): _plain(value) for name, value in row.items()} for row in rows],
        "verdict": model.verdict,
    }
    weights = {
        f"{kind}.{number}": np.ascontiguousarray(value)
        for kind, values in zip(("trainable", "other"), networks.weights, strict=True)
        for number, value in enumerate(values)
    }
    state = {
        "center": scaler.center,
        "spread": scaler.spread,
        "flagged": scaler.flagged.astype(np.uint8),
        "label_center": np.array([networks.center]),
        "label_spread": np.array([networks.spread]),
    }
    return write_contents(manifest, weights, state, path, origin=model.origin, overwrite=overwrite)


def model_of(
    contents: Contents, settings: Settings, *, has_classes: bool
) -> tuple[SequenceModel, pd.DataFrame]:
    """The model that a file holds, and the report of its metrics.

    Raises:
        InputError: if they do not fit together, or to the settings.
    """
    manifest = contents.manifest
    for name, kind in _FIELDS.items():
        check_value(name, manifest[name], kind)
    check_record("frames", manifest["frames"], Frames)
    classes = manifest["classes"]
    if (classes is not None) != has_classes:
        raise InputError("classes do not belong to this estimator")
    model = SequenceModel(
        _networks(contents, settings),
        tuple(manifest["columns"]),
        Frames(**manifest["frames"]),
        None if classes is None else np.asarray(classes),
        manifest["verdict"],
        contents.origin,
    )
    report = [
        {name: math.nan if value is None else value for name, value in row.items()}
        for row in manifest["report"]
    ]
    return model, pd.DataFrame(report)


def _networks(contents: Contents, settings: Settings) -> Networks:
    manifest, state = contents.manifest, contents.state
    columns = len(manifest["columns"])
    for name in _STATE:
        shape = (1,) if name.startswith("label") else (columns,)
        kind = np.uint8 if name == "flagged" else np.float64
        if state[name].shape != shape or state[name].dtype != kind:
            raise InputError(f"{name} does not fit the columns")
    for name, array in (*contents.weights.items(), *state.items()):
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise InputError(f"{name} holds values that are not finite")
    scaler = ColumnScaler(state["center"], state["spread"], state["flagged"].astype(bool))
    classes = manifest["classes"]
    # The weights of classes matter in training alone.
    output = Point() if classes is None else Categorical((1.0,) * len(classes))
    network = Network(settings.architecture, Sizes(1, scaler.features), output)
    weights = tuple(
        [jax.device_put(contents.weights[name]) for name in _numbered(kind, contents.weights)]
        for kind in ("trainable", "other")
    )
    # Raises unless the weights are those of the network; nothing is computed.
    jax.eval_shape(
        lambda: forward(network, weights, SampleInputs(np.zeros((1, 1, scaler.features))))
    )
    center, spread = float(state["label_center"][0]), float(state["label_spread"][0])
    return Networks(network, scaler, weights, settings.max_length, center, spread)


def _numbered(kind: str, weights: Mapping[str, Any]) -> list[str]:
    count = sum(name.startswith(f"{kind}.") for name in weights)
    return [f"{kind}.{number}" for number in range(count)]


def _plain(value: Any) -> Any:
    # JSON has no NaN.
    return None if isinstance(value, float) and not math.isfinite(value) else value
