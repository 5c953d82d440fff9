"""Whether a network has more weights than it may have, found without making any."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax

from gatecast._backend import keras
from gatecast._types import InputError

MOST_WEIGHTS = 2**28
"""Of one network: 1 GiB of numbers."""


def check_weights(build: Callable[[], keras.Model]) -> None:
    """Raise an `InputError` if the model that a function builds has too many weights.

    The function is called with abstract arrays, which have shapes and take no memory.
    """
    counts: list[int] = []

    def count() -> None:
        counts.extend(math.prod(each.shape) for each in build().variables)

    jax.eval_shape(count)
    if sum(counts) > MOST_WEIGHTS:
        raise InputError(
            f"the network would have {sum(counts):,} weights, more than {MOST_WEIGHTS:,}: make it "
            "smaller"
        )
