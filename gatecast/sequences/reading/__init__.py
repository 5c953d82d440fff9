"""What comes in: sequences of any number of rows, end to end, and a label for each."""

from gatecast.sequences.reading._labels import labels_of, name_of, numbers_of
from gatecast.sequences.reading._sequences import Sequences, are_arrays, from_arrays, from_frame

__all__ = [
    "Sequences",
    "are_arrays",
    "from_arrays",
    "from_frame",
    "labels_of",
    "name_of",
    "numbers_of",
]
