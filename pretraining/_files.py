"""A training on disk: what it has come to, and what is needed to go on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

from pretraining._training import Plan, State


def write_state(path: Path, state: State, about: Mapping[str, Any]) -> None:
    """All that a training needs to go on; a crash leaves the old file or the new one whole.

    Args:
        path: of the file.
        state: after some rounds.
        about: plain numbers and texts, given back by `read_state`.
    """
    leaves = jax.tree.leaves(state)
    tensors = {f"{place:03}": np.asarray(leaf) for place, leaf in enumerate(leaves)}
    draft = path.with_name(f"{path.name}.part")
    draft.write_bytes(save(tensors, {"about": json.dumps(about)}))
    draft.replace(path)


def read_state(path: Path, begun: State) -> tuple[State, dict[str, Any]]:
    """The state in a file, shaped like one that has just begun, and what was written about it."""
    with safe_open(path, framework="numpy") as file:
        about: dict[str, Any] = json.loads(file.metadata()["about"])
        leaves = [jnp.asarray(file.get_tensor(name)) for name in sorted(file.keys())]
    return jax.tree.unflatten(jax.tree.structure(begun), leaves), about


def require_same(plan: Plan, about: Mapping[str, Any]) -> None:
    """Refuse to go on with other settings.

    Raises:
        SystemExit: naming what differs.
    """
    differ = [name for name, value in vars(plan).items() if about["plan"].get(name) != value]
    if differ:
        raise SystemExit(f"the checkpoint was made with another {', '.join(differ)}: delete it")
