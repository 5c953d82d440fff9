"""The operations of a Keras model, one after the other, from the JSON that Keras saves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, TypeAlias

import numpy as np

from gatecast.forecasting.exporting.onnx._writer import Tensor

_Place: TypeAlias = tuple[str, int]
"""The name of an operation, and the number of its call."""

Given: TypeAlias = dict[str, Any] | list[Any]


@dataclass(frozen=True)
class Call:
    """One call of a layer or an operation.

    Attributes:
        kind: the name of its class.
        name: its own.
        settings: of the layer or operation.
        args: positional arguments: tensors, arrays, numbers, and lists of them.
        kwargs: arguments by name.
        is_layer: whether it is a layer; some operations have the names of layers.
    """

    kind: str
    name: str
    settings: Mapping[str, Any]
    args: list[Any]
    kwargs: Mapping[str, Any]
    is_layer: bool


Run: TypeAlias = Callable[[Call], list[Tensor]]


def walk(config: Mapping[str, Any], given: Given, run: Run) -> Any:
    """Call a function for each call in a Keras model, in an order in which inputs come first.

    Args:
        config: what the model's `get_config` returned.
        given: the inputs of the model, in the structure that it takes.
        run: a call -> its outputs.

    Returns:
        The outputs of the model, in the structure that it returns.
    """
    layers = {layer["name"]: layer for layer in config["layers"]}
    found: dict[_Place, list[Tensor]] = {}
    for reference, tensor in _pairs(config["input_layers"], given):
        found[reference[0], reference[1]] = [tensor]
    nodes = {
        (name, number): node
        for name, layer in layers.items()
        for number, node in enumerate(layer["inbound_nodes"])
    }
    needs = {place: set(_references(node)) for place, node in nodes.items()}
    for place in TopologicalSorter(needs).static_order():
        if place in found:
            continue
        layer = layers[place[0]]
        node = nodes[place]
        args, kwargs = (_filled(node[each], found) for each in ("args", "kwargs"))
        found[place] = run(
            Call(
                layer["class_name"],
                place[0],
                layer["config"],
                args,
                kwargs,
                is_layer=".ops" not in str(layer["module"]),
            )
        )

    def output(reference: Any) -> Tensor:
        name, number, place = reference
        # Here Keras counts the node that a functional model has from the start, too.
        number -= layers[name]["class_name"] == "Functional"
        known: Tensor = found[name, number][place]
        return known

    return _mapped(config["output_layers"], output)


def _is_reference(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == 3  # noqa: PLR2004 (name, call, output)
        and isinstance(value[0], str)
    )


def _pairs(references: Any, given: Any) -> Iterator[tuple[Any, Tensor]]:
    """Each reference to an input with the tensor that stands in its place."""
    if _is_reference(references):
        yield references, given if isinstance(given, Tensor) else given[0]
    elif isinstance(references, dict):
        for name, reference in references.items():
            yield from _pairs(reference, given[name])
    else:
        for reference, each in zip(references, given, strict=True):
            yield from _pairs(reference, each)


def _mapped(references: Any, read: Callable[[Any], Tensor]) -> Any:
    """What each reference stands for, in the same structure."""
    if _is_reference(references):
        return read(references)
    if isinstance(references, dict):
        return {name: _mapped(each, read) for name, each in references.items()}
    return [_mapped(each, read) for each in references]


def _references(content: Any) -> Iterator[_Place]:
    """The calls whose outputs are among the arguments of a call."""
    if isinstance(content, dict):
        if content.get("class_name") == "__keras_tensor__":
            name, number, _ = content["config"]["keras_history"]
            yield name, number
            return
        content = list(content.values())
    if isinstance(content, list | tuple):
        for part in content:
            yield from _references(part)


def _filled(content: Any, found: Mapping[_Place, list[Tensor]]) -> Any:
    """Arguments with the tensors that they name, and arrays and slices as they were."""
    if isinstance(content, list | tuple):
        return [_filled(part, found) for part in content]
    if not isinstance(content, dict):
        return content
    read = _SAVED.get(str(content.get("class_name")))
    if read is not None:
        return read(content["config"], found)
    return {name: _filled(part, found) for name, part in content.items()}


def _tensor(config: Mapping[str, Any], found: Mapping[_Place, list[Tensor]]) -> Tensor:
    name, number, output = config["keras_history"]
    known = found[name, number][output].name
    return Tensor(known, tuple(config["shape"]), str(config["dtype"]))


# How Keras writes what is neither number nor text.
_SAVED: Mapping[str, Callable[[Any, Mapping[_Place, list[Tensor]]], Any]] = {
    "__keras_tensor__": _tensor,
    "__numpy__": lambda config, _: np.array(config["value"], config["dtype"]),
    "__slice__": lambda config, _: slice(config["start"], config["stop"], config["step"]),
    "__ellipsis__": lambda _, __: Ellipsis,
}
