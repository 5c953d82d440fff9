"""Sequences as a network reads them, gathered inside the compiled program."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import MOST_ROWS, Floats, InputError
from gatecast.data import show_name
from gatecast.framing import Sample, SampleInputs
from gatecast.sequences.networks._scaling import ColumnScaler
from gatecast.sequences.reading import Sequences


@partial(jax.tree_util.register_dataclass)
@dataclass(frozen=True)
class SequenceRows:
    """What samples are gathered from; a pytree.

    Attributes:
        x: [rows, features] of all sequences end to end.
        seen: [rows] False where nothing was observed.
        first: [sequences] the first row of each that is read.
        end: [sequences] the row after its last.
        labels: [sequences] what is to be learnt of it, or None.
    """

    x: Any
    seen: Any
    first: Any
    end: Any
    labels: Any = None


def rows_of(
    sequences: Sequences, scaler: ColumnScaler, most: int | None, labels: Floats | None = None
) -> SequenceRows:
    """The rows of sequences, of each the last `most`; None for all.

    Raises:
        InputError: if a sequence is too long to be read as a whole.
    """
    first, end = sequences.offsets[:-1], sequences.offsets[1:]
    if most is None and sequences.lengths.max() > MOST_ROWS:
        name = show_name(sequences.ids[sequences.lengths.argmax()])
        raise InputError(
            f"sequence {name} has {sequences.lengths.max():,} rows, more than {MOST_ROWS:,}: set "
            "max_length to read the last rows of each"
        )
    return SequenceRows(
        scaler.features_of(sequences),
        sequences.seen,
        (first if most is None else np.maximum(first, end - most)).astype(np.int32),
        end.astype(np.int32),
        None if labels is None else labels.astype(np.float32),
    )


@dataclass(frozen=True)
class Whole:
    """Gathers whole sequences, which end together; shorter ones begin with empty steps.

    Attributes:
        steps: time steps, as many as the longest sequence has rows or more.
        masked: whether any step can be empty.
    """

    steps: int
    masked: bool = True

    def __call__(self, source: SequenceRows, numbers: Any) -> Sample:
        """The samples of some sequences, [batch]."""
        row = source.end[numbers][:, None] + jnp.arange(-self.steps, 0)
        inside = row >= source.first[numbers][:, None]
        row = jnp.maximum(row, 0)
        seen = inside & source.seen[row]
        x = jnp.where(seen[..., None], source.x[row], 0.0)
        labels = None if source.labels is None else source.labels[numbers][:, None, None]
        inputs = SampleInputs(x, seen if self.masked else None)
        return Sample(inputs, labels, level=0.0, scale=1.0)
