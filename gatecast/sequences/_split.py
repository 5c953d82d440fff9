"""Which sequences are held back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gatecast._types import Floats


def held_back(y: Floats, share: float, seed: int, *, classes: bool) -> NDArray[np.bool_]:
    """[sequences] a random share, spread evenly over the labels.

    Sequences in the order of their labels, alike ones shuffled, are taken in equal steps from a
    random start (systematic sampling, Madow and Madow 1944). So each class, or each part of the
    range of numbers, has its share.

    Args:
        y: [sequences] the number of the class of each, or its label.
        share: from 0 up to 1.
        seed: the same one takes the same sequences.
        classes: leave at least one sequence of each class, else at least one of all.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    later = np.diff(y[order]) == 0 if classes else slice(None)
    order = order[1:][later]
    # A multiple of 1 / share lies between the places i and i + 1.
    passed = np.floor(np.arange(len(order) + 1) * share + rng.random())
    held = np.zeros(len(y), bool)
    held[order[np.diff(passed) > 0]] = True
    return held
