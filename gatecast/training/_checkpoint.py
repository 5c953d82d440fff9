"""Saving a training run while it runs, so that a killed one can be resumed."""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from gatecast._files import write_file
from gatecast._group import ALONE, Group
from gatecast._types import InputError
from gatecast.training._loop import Run

_PACKAGES = ("gatecast", "jax", "jaxlib", "keras", "numpy", "optax")


@dataclass(frozen=True)
class Checkpoint:
    """Where a training run is saved while it runs.

    A later fit with the same settings, data, seeds and versions resumes from it and ends with
    the same bits as one that was never interrupted. A finished fit removes the file; one stopped
    by Ctrl-C leaves it.

    Attributes:
        path: of the file (safetensors) in an existing folder.
        every_seconds: between two writings, at most, unless a single epoch takes longer.

    Raises:
        InputError: if `every_seconds` is negative.
    """

    path: str | os.PathLike[str]
    every_seconds: float = 30.0

    def __post_init__(self) -> None:
        if self.every_seconds < 0:
            raise InputError(f"every_seconds must be at least 0, got {self.every_seconds}")


class CheckpointFile:
    """The file of one run; without a `Checkpoint` its methods do nothing.

    Args:
        checkpoint: where it is.
        settings: values whose `repr` distinguishes runs.
        arrays: a pytree of what the run starts from: data, initial weights, random keys.
        group: the processes that train together, each with arrays of its own: all read the file,
            the first one writes it.

    Raises:
        InputError: if the folder does not exist.
    """

    def __init__(
        self,
        checkpoint: Checkpoint | None,
        settings: object,
        arrays: Any,
        group: Group = ALONE,
    ) -> None:
        self.every_seconds = checkpoint.every_seconds if checkpoint else math.inf
        self._path = Path(checkpoint.path) if checkpoint else None
        self._group = group
        self._written = time.monotonic()
        if self._path is None:
            return
        if not self._path.parent.is_dir():
            raise InputError(
                f"the folder of the checkpoint {self._path} does not exist: create it, or give "
                "another path"
            )
        versions = [(package, version(package)) for package in _PACKAGES]
        own = _sha256([repr((settings, versions)), *_leaves(arrays)])
        self._fingerprint = own if group.alone else _sha256(group.gather(own))

    def load(self, begun: Run) -> tuple[Run, int]:
        """The run in the file and its epochs; without a file, the run just begun and 0.

        Raises:
            InputError: if the file is damaged, or belongs to another run.
        """
        if self._path is None or not self._path.exists():
            return begun, 0
        remedy = "delete it, or give another path"
        try:
            with safe_open(self._path, framework="numpy") as file:
                about = file.metadata() or {}
                leaves = [file.get_tensor(name) for name in sorted(file.keys())]
        except SafetensorError as error:
            raise InputError(
                f"the checkpoint {self._path} is damaged ({error}): {remedy}"
            ) from error
        if about.get("checksum") != _sha256(leaves):
            raise InputError(f"the checkpoint {self._path} is damaged (wrong checksum): {remedy}")
        if about["fingerprint"] != self._fingerprint:
            raise InputError(
                f"the checkpoint {self._path} belongs to a fit with other data, settings, seeds "
                f"or versions: {remedy}"
            )
        run: Run = jax.tree.unflatten(jax.tree.structure(begun), map(jnp.asarray, leaves))
        return run, int(about["epochs"])

    def keep(self, run: Run, epochs: int, next_seconds: float) -> None:
        """Write the run, if it would be late to do so after the next seconds of training."""
        after_next = time.monotonic() - self._written + next_seconds
        if self._path is not None and after_next >= self.every_seconds:
            self._write(self._path, run, epochs)

    def end(self, run: Run, epochs: int, *, finished: bool) -> None:
        """Remove the file of a finished run; write that of one to be resumed."""
        if self._path is None:
            return
        if finished and self._group.rank == 0:
            self._path.unlink(missing_ok=True)
        elif not finished:
            self._write(self._path, run, epochs)
        # The others wait until it is done.
        self._group.first(None)

    def _write(self, path: Path, run: Run, epochs: int) -> None:
        self._written = time.monotonic()
        if self._group.rank > 0:
            return
        leaves = _leaves(run)
        about = {
            "fingerprint": self._fingerprint,
            "checksum": _sha256(leaves),
            "epochs": str(epochs),
        }
        content = save({f"{place:06}": leaf for place, leaf in enumerate(leaves)}, about)
        write_file(path, lambda file: file.write_bytes(content))
        self._written = time.monotonic()


def _leaves(tree: Any) -> list[np.ndarray[Any, Any]]:
    """Arrays as NumPy's, random keys as the numbers behind them."""
    plain = (
        jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf
        for leaf in jax.tree.leaves(tree)
    )
    return [np.asarray(_of_this_process(leaf), order="C") for leaf in plain]


def _of_this_process(leaf: Any) -> Any:
    """An array, of which other processes may hold parts."""
    if isinstance(leaf, np.ndarray) or leaf.is_fully_addressable or leaf.is_fully_replicated:
        return leaf
    return np.concatenate([np.asarray(part.data) for part in leaf.addressable_shards])


def _sha256(parts: Iterable[Any]) -> str:
    """Of texts, and of arrays with their types and shapes."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype}{part.shape}".encode())
            digest.update(part.tobytes())
        else:
            digest.update(part.encode())
    return digest.hexdigest()
