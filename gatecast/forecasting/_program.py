"""A forecast as a program that is saved with the model, and runs without Keras."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, partial
from typing import Any

import jax
from jax import export

from gatecast.forecasting._rollout import Arguments, Runner, Said

_PLATFORMS = ("cpu", "cuda")
# JAX's check that a number of samples is one that the program was traced for.
_HARMLESS_CALL = "custom_call @shape_assertion("


@dataclass(frozen=True)
class Program:
    """`Runner.beyond` for one horizon and any number of samples, without random draws.

    It never does worse than no program: one that was made for other input, is not understood by
    this version of JAX or wants more than arithmetic gives no forecast, and the network is built.

    Attributes:
        content: what `jax.export` writes: StableHLO, and the shapes of its input and output.
    """

    content: bytes

    @classmethod
    def of(cls, runner: Runner, arguments: Arguments, h: int) -> Program | None:
        """Trace a forecast of `h` rows; None if the network is not one to make a program of.

        Args:
            runner: whose `beyond`.
            arguments: of any number of samples.
            h: rows to forecast.
        """
        shapes, structure = jax.tree.flatten(_of_any_samples(arguments))
        try:
            return cls(_traced(runner, structure, tuple(shapes), h))
        except Exception:  # noqa: BLE001 (a layer may refuse an unknown number in any way)
            return None

    def __call__(self, arguments: Arguments, h: int) -> Said | None:
        """As `Runner.beyond`; None where the program cannot be used."""
        try:
            return Said(*self._run(*arguments)) if self._fits(arguments, h) else None
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
        """Whether it computes and calls nothing else of the machine it runs on."""
        module = self._exported.mlir_module()
        return bool(module.count("custom_call") == module.count(_HARMLESS_CALL))

    def _fits(self, arguments: Arguments, h: int) -> bool:
        given, structure = jax.tree.flatten((tuple(arguments), {}))
        return (
            self._is_harmless
            and structure == self._exported.in_tree
            and all(map(_alike, given, self._exported.in_avals))
            and self._exported.out_avals[0].shape[3] == h
        )


@lru_cache(maxsize=64)
def _traced(runner: Runner, structure: Any, shapes: tuple[Any, ...], h: int) -> bytes:
    def beyond(*arguments: Any) -> tuple[Any, ...]:
        return tuple(runner.beyond(*arguments, h))

    program = export.export(jax.jit(beyond), platforms=_PLATFORMS)
    return bytes(program(*jax.tree.unflatten(structure, shapes)).serialize())


def _of_any_samples(arguments: Arguments) -> tuple[Any, ...]:
    """The shapes of the arguments, with a symbol for the number of samples."""
    # Weights have none; samples follow groups in stretches, and groups and members in the state.
    return tuple(
        jax.tree.map(partial(_shape, axis=axis), part)
        for part, axis in zip(arguments, (None, 1, 2), strict=True)
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
    """Whether an array has the shape and kind that are wanted, for any number of samples."""
    return (
        given.dtype == wanted.dtype
        and len(given.shape) == len(wanted.shape)
        and all(
            size == other
            for size, other in zip(given.shape, wanted.shape, strict=True)
            if isinstance(other, int)
        )
    )
