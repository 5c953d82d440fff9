"""A forecast as a program that is saved with the model, and runs without Keras."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, partial
from typing import Any, TypeAlias

import jax
from jax import export

from gatecast.forecasting.members._runner import ForecastInputs, NetworkOutput, Runner
from gatecast.framing import SampleRows
from gatecast.network.recurrence import FORWARD, native_version

# JAX's check that a number of samples is one that the program was traced for.
_CHECK_OF_SHAPES = "shape_assertion"


@dataclass(frozen=True)
class Program:
    """`Runner.beyond` for one horizon and any number of samples, without random draws.

    A program that was made for other input, cannot be read by this version of JAX or calls anything
    but arithmetic and our native LSTM returns no forecast; the network is then built instead.

    Attributes:
        content: what `jax.export` writes: StableHLO, and the shapes of its input and output.
    """

    content: bytes

    @classmethod
    def of(cls, runner: Runner, inputs: ForecastInputs, h: int) -> Program | None:
        """Trace a forecast of `h` rows; None if the network cannot be exported.

        Args:
            runner: whose `beyond`.
            inputs: of any number of samples.
            h: rows to forecast.
        """
        shapes, structure = jax.tree.flatten(_of_any_samples(inputs))
        try:
            return cls(_traced(runner, structure, tuple(shapes), h))
        except Exception:  # noqa: BLE001 (a layer may refuse an unknown number in any way)
            return None

    def __call__(self, inputs: ForecastInputs, h: int) -> NetworkOutput | None:
        """As `Runner.beyond`; None where the program cannot be used."""
        plain = _plain(inputs)
        try:
            return NetworkOutput(*self._run(*plain)) if self._fits(plain, h) else None
        except Exception:  # noqa: BLE001 (whatever is wrong with it, the network says the same)
            return None

    @cached_property
    def _exported(self) -> export.Exported:
        return export.deserialize(bytearray(self.content))

    @cached_property
    def _run(self) -> Any:
        return jax.jit(self._exported.call)

    @cached_property
    def _is_harmless(self) -> bool:
        """Whether it only computes, and calls nothing else on the machine."""
        module = self._exported.mlir_module()
        # To ask for the native LSTM also makes it known to XLA.
        known = [_CHECK_OF_SHAPES, FORWARD] if native_version() else [_CHECK_OF_SHAPES]
        harmless = sum(module.count(f"custom_call @{name}(") for name in known)
        return bool(module.count("custom_call") == harmless)

    def _fits(self, plain: _Plain, h: int) -> bool:
        given, structure = jax.tree.flatten((plain, {}))
        return (
            self._is_harmless
            and structure == self._exported.in_tree
            and all(map(_alike, given, self._exported.in_avals))
            and self._exported.out_avals[0].shape[3] == h
        )


_Plain: TypeAlias = tuple[Any, dict[str, Any], list[Any]]
"""Weights, rows by name and state: a program does not know the classes of gatecast."""


def _plain(inputs: ForecastInputs) -> _Plain:
    return inputs.weights, inputs.rows.named(), list(inputs.state)


@lru_cache(maxsize=64)
def _traced(runner: Runner, structure: Any, shapes: tuple[Any, ...], h: int) -> bytes:
    def beyond(weights: Any, rows: dict[str, Any], state: Any) -> tuple[Any, ...]:
        found = runner.beyond(weights, SampleRows(**rows), state, h)
        return tuple(part for part in found if part is not None)

    native = bool(native_version())
    program = export.export(
        jax.jit(beyond),
        platforms=("cpu",) if native else ("cpu", "cuda"),
        disabled_checks=[export.DisabledSafetyCheck.custom_call(FORWARD)] if native else [],
    )
    return bytes(program(*jax.tree.unflatten(structure, shapes)).serialize())


def _of_any_samples(inputs: ForecastInputs) -> tuple[Any, ...]:
    """The shapes of the inputs, with a symbol for the number of samples."""
    # Weights have none; samples follow groups in the rows, and groups and members in the state.
    return tuple(
        jax.tree.map(partial(_shape, axis=axis), part)
        for part, axis in zip(_plain(inputs), (None, 1, 2), strict=True)
    )


def _shape(array: Any, axis: int | None) -> jax.ShapeDtypeStruct:
    sizes = list(array.shape)
    if axis is not None:
        sizes[axis] = _samples()
    return jax.ShapeDtypeStruct(tuple(sizes), array.dtype)


@cache
def _samples() -> Any:
    (symbol,) = export.symbolic_shape("samples")
    return symbol


def _alike(given: Any, wanted: Any) -> bool:
    """Whether an array has the expected type and shape, for any number of samples."""
    return (
        given.dtype == wanted.dtype
        and len(given.shape) == len(wanted.shape)
        and all(
            size == other
            for size, other in zip(given.shape, wanted.shape, strict=True)
            if isinstance(other, int)
        )
    )
