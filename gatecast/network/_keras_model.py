"""The user's Keras models, from and to JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import numpy as np

from gatecast._backend import keras, quiet_keras
from gatecast._types import InputError
from gatecast.network._architecture import Architecture
from gatecast.network._count import check_weights

# Layers whose configuration is code, or names a file of code.
_REFUSED = {"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"}
_KNOWN_MODULES = {"keras", "builtins"}
_MOST_SEED = 2**31
_MOST_SIZE = 10**6
"""Of units, filters, repetitions and the like in the settings of a layer."""


def architecture_of(model: keras.Model) -> Architecture:
    """The architecture that trains copies of a Keras model.

    Args:
        model: reads [samples, time steps, features], returns [samples, h] (or [samples,
            h * targets * parameters of the output]). Static numbers, and the time elapsed, are
            further features of every step. Its weights are not used: those of each member are
            drawn from the initialisers of the model's layers.

    Raises:
        InputError: if the model cannot be written as JSON and read again from Keras's own
            layers, or has several inputs or outputs.
    """
    if not isinstance(model, keras.Model):
        raise InputError(f"keras_model must be a keras.Model, got {type(model).__name__}")
    try:
        with quiet_keras():
            content = json.loads(model.to_json())
    except (NotImplementedError, TypeError, ValueError) as error:
        raise InputError(
            f"keras_model: {type(model).__name__} cannot be written as JSON; build it as "
            f"keras.Sequential or keras.Model of Keras's own layers ({error})"
        ) from None
    # The loss and the optimizer are settings of the training.
    content.pop("compile_config", None)
    # Every member draws with seeds of its own. Without this, a model read from its JSON, which has
    # other seeds, would be another architecture.
    _seed(content, 0)
    text = json.dumps(content)
    load_keras_model(text)
    return Architecture(kind="keras", keras_model=text)


def load_keras_model(text: str, seed: int = 0, name: str | None = None) -> keras.Model:
    """Build a model from its JSON.

    Args:
        text: the JSON.
        seed: of its initial weights and its dropout; the same seed gives the same bits.
        name: of the model; the one that it has in the JSON if None. Its layers keep theirs.

    Raises:
        InputError: if the text is no model of Keras's own layers with one input and one output, or
            of one that is too large.
    """
    try:
        content = json.loads(text)
        for record in _records(content):
            # Built before the layer that holds it, a layer would give its weights other names.
            record.pop("build_config", None)
            _check_known(record)
            _check_sizes(record)
        _seed(content, seed)
        content["config"]["name"] = name or content["config"]["name"]
        build = partial(keras.models.model_from_json, json.dumps(content))
        check_weights(build)
        model = build()
    except InputError as error:
        raise InputError(f"keras_model: {str(error).removeprefix('keras_model: ')}") from None
    except Exception as error:  # noqa: BLE001 (Keras refuses settings by exceptions of any kind)
        reason = f"{error}".split("\n")[0]
        raise InputError(f"keras_model: not the JSON of a Keras model ({reason})") from None
    if not isinstance(model, keras.Model) or not model.built:
        raise InputError("keras_model: begin the model with keras.Input((time steps, features))")
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise InputError(
            f"keras_model: expected one input and one output, got {len(model.inputs)} and "
            f"{len(model.outputs)}"
        )
    return model


def _records(content: Any) -> Iterator[dict[str, Any]]:
    """Every dictionary in JSON, the outer one first."""
    if isinstance(content, dict):
        yield content
        content = list(content.values())
    if isinstance(content, list):
        for part in content:
            yield from _records(part)


def _check_known(record: dict[str, Any]) -> None:
    """Raise unless all that a record is made of is on the closed list of Keras's own classes."""
    module = record.get("module")
    if module is not None and str(module).split(".")[0] not in _KNOWN_MODULES:
        name = record.get("class_name")
        raise InputError(f"keras_model: {name} is not one of Keras's own layers; use those")
    # Keras looks a class up by either name.
    for name in (record.get("class_name"), record.get("registered_name")):
        if name in _REFUSED:
            raise InputError(
                f"keras_model: {name} layers hold code and are refused; use other layers"
            )
        if name is not None and name not in _known_names():
            raise InputError(f"keras_model: {name!r} is not one of Keras's own layers; use those")


def _check_sizes(record: dict[str, Any]) -> None:
    for name, value in record.items():
        sizes = value if isinstance(value, list) else [value]
        if name != "seed" and any(isinstance(size, int) and size > _MOST_SIZE for size in sizes):
            raise InputError(f"keras_model: {name} must be at most {_MOST_SIZE:,}, got {value}")


@cache
def _known_names() -> frozenset[str]:
    """The classes that a model may be made of: layers, and what layers are made of."""
    homes = (
        keras.layers,
        keras.initializers,
        keras.regularizers,
        keras.constraints,
        keras.dtype_policies,
    )
    classes = {name for home in homes for name in vars(home) if name[:1].isupper()}
    return frozenset(classes | {"Functional", "Sequential", "__keras_tensor__"}) - _REFUSED


def _seed(content: Any, seed: int) -> None:
    """Give every initialiser and every random layer a different seed."""
    numbers = np.random.default_rng(seed)
    for record in _records(content):
        if "seed" in record:
            record["seed"] = int(numbers.integers(_MOST_SEED))
