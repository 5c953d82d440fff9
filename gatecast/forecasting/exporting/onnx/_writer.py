"""Building an ONNX graph node by node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatecast._lazy import lazy

onnx = lazy("onnx")

OPSET, IR_VERSION = 18, 9


class Tensor(NamedTuple):
    """A value of the graph.

    Attributes:
        name: in the graph.
        shape: None for the number of samples.
        dtype: NumPy's name of it.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str


class Writer:
    """Nodes and constants of a graph.

    Args:
        prefix: that all names begin with.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self.nodes: list[Any] = []
        self.constants: dict[str, NDArray[Any]] = {}
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._made: dict[str, list[str]] = {}
        self._names: dict[str, int] = {}

    def name(self, kind: str) -> str:
        """A name that no other value has."""
        self._names[kind] = self._names.get(kind, 0) + 1
        return f"{self._prefix}{kind}_{self._names[kind]}"

    def constant(self, values: Any, dtype: str = "float32") -> str:
        """The name of a constant; equal ones are kept once."""
        array = np.asarray(values).astype(dtype)
        key = (dtype, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = self.name("constant")
            self.constants[self._known[key]] = array
        return self._known[key]

    def node(self, kind: str, *inputs: str, **settings: Any) -> str:
        """Add a node with one output, and return its name."""
        return self.node_of(kind, inputs, 1, **settings)[0]

    def node_of(
        self, kind: str, inputs: tuple[str, ...] | list[str], outputs: int, **settings: Any
    ) -> list[str]:
        """Add a node, and return the names of its outputs; equal nodes are kept once."""
        key = repr((kind, list(inputs), outputs, settings))
        if key not in self._made:
            names = [self.name(kind.lower()) for _ in range(outputs)]
            self.nodes.append(onnx.helper.make_node(kind, list(inputs), names, **settings))
            self._made[key] = names
        return self._made[key]

    def output(self, name: str, wanted: str) -> None:
        """Give a value the name of an output of the graph."""
        self.nodes.append(onnx.helper.make_node("Identity", [name], [wanted]))

    def cast(self, name: str, dtype: str) -> str:
        """A value as another type."""
        return self.node("Cast", name, to=_type(dtype))

    def reshape(self, name: str, shape: tuple[int, ...]) -> str:
        """A value in another shape; -1 for the samples, or 0 for the size that it has."""
        return self.node("Reshape", name, self.constant(shape, "int64"))

    def cut(self, name: str, axis: int, begin: int, end: int, step: int = 1) -> str:
        """Some entries along an axis."""
        where = ([begin], [end], [axis], [step])
        return self.node("Slice", name, *(self.constant(each, "int64") for each in where))


@dataclass(frozen=True)
class Finished:
    """Inputs and outputs of a graph: names, shapes and types."""

    inputs: list[Tensor]
    outputs: list[Tensor]


def model_of(writer: Writer, finished: Finished, about: dict[str, str]) -> Any:
    """The ONNX model of a graph, checked, with words about it."""
    helper = onnx.helper
    graph = helper.make_graph(
        writer.nodes,
        "forecaster",
        [info(each) for each in finished.inputs],
        [info(each) for each in finished.outputs],
        [onnx.numpy_helper.from_array(array, name) for name, array in writer.constants.items()],
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="gatecast",
    )
    helper.set_model_props(model, about)
    onnx.checker.check_model(model)
    return model


def info(tensor: Tensor) -> Any:
    """The description of an input or output."""
    shape = ["samples" if size is None else size for size in tensor.shape]
    return onnx.helper.make_tensor_value_info(tensor.name, _type(tensor.dtype), shape)


def _type(dtype: str) -> int:
    return int(onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))
