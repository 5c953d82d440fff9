"""Many sequences of rows end to end, from frames or arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecast._types import Floats, InputError, Integers
from gatecast.data import LARGEST, show_name, to_pandas
from gatecast.data.reading import DATA_FRAME, Rows, check_frame, read_columns, read_keys, sort_rows


@dataclass(frozen=True)
class Sequences:
    """Sequences of any length; sequence i is rows `offsets[i]:offsets[i + 1]`.

    Attributes:
        ids: [sequences] the name of each, or its place in a list.
        columns: the name of each column.
        values: [rows, columns] float64, NaN where a value is missing.
        offsets: [sequences + 1] row boundaries.

    Raises:
        InputError: naming a sequence without any value, or a value that is too large.
    """

    ids: NDArray[Any]
    columns: tuple[str, ...]
    values: Floats
    offsets: Integers

    def __post_init__(self) -> None:
        # NaN, a missing value, is no larger than anything.
        for row, column in np.argwhere(np.abs(self.values) > LARGEST)[:1]:
            number = self.sequence_of_row[row]
            raise InputError(
                f"sequence {show_name(self.ids[number])}, row {row - self.offsets[number]}, column "
                f"{show_name(self.columns[column])}: {self.values[row, column]:g} is not finite or "
                f"beyond {LARGEST:g}; replace it or leave it empty"
            )
        seen = np.bincount(self.sequence_of_row[self.seen], minlength=len(self))
        for number in np.flatnonzero(seen == 0)[:1]:
            raise InputError(
                f"sequence {show_name(self.ids[number])} has no value in any row; leave it out"
            )

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def lengths(self) -> Integers:
        """[sequences] rows of each."""
        return np.diff(self.offsets)

    @cached_property
    def sequence_of_row(self) -> Integers:
        """[rows] the number of the sequence that each row belongs to."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        """[rows] whether a row has a value in any column."""
        return np.asarray(~np.isnan(self.values).all(axis=1))

    def where(self, chosen: NDArray[np.bool_]) -> Sequences:
        """The sequences that are marked, [sequences]."""
        return Sequences(
            self.ids[chosen],
            self.columns,
            self.values[chosen[self.sequence_of_row]],
            np.concatenate([[0], np.cumsum(self.lengths[chosen])]),
        )


def are_arrays(data: Any) -> bool:
    """Whether data are a list of arrays, or one array, and no frame."""
    return isinstance(data, list | tuple | np.ndarray)


def from_arrays(data: Sequence[Any], columns: tuple[str, ...] | None = None) -> Sequences:
    """Sequences from arrays [length, columns], or [length] for a single column.

    Args:
        data: a list of them, or one array [sequences, length, columns].
        columns: names; None for "x0", "x1", ...

    Raises:
        InputError: naming an array that is of another shape, or holds no numbers.
    """
    arrays = [_array(each, number) for number, each in enumerate(data)]
    if not arrays:
        raise InputError("there is no sequence; give at least one")
    columns = columns or tuple(f"x{place}" for place in range(arrays[0].shape[1]))
    for number, each in enumerate(arrays):
        if each.shape[1] != len(columns):
            raise InputError(
                f"sequence {number} has {each.shape[1]} columns, expected {len(columns)}"
            )
    lengths = [len(each) for each in arrays]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return Sequences(np.arange(len(arrays)), columns, np.concatenate(arrays), offsets)


def from_frame(df: Any, id_col: str, time_col: str, columns: Sequence[str]) -> Sequences:
    """Sequences from a long frame, each in the order of its times, sorted by id.

    Args:
        df: a pandas, polars or Arrow frame with one row per sequence and time.
        id_col: names the sequences.
        time_col: timestamps or integers.
        columns: of numbers or truth values.

    Raises:
        InputError: naming the row and column of a value that cannot be used, or a time that a
            sequence has twice.
    """
    frame = to_pandas(df)
    check_frame(frame, (id_col, time_col, *columns), DATA_FRAME.name)
    unique_id, times = read_keys(frame, id_col, time_col, DATA_FRAME)
    values = read_columns(frame, columns, Rows(DATA_FRAME, unique_id, times))
    table = sort_rows(unique_id, times, values, np.empty((0, len(frame))), None)
    return Sequences(table.ids, tuple(columns), table.y.T, table.starts)


def _array(values: Any, number: int) -> Floats:
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"sequence {number} holds more than numbers: {error}") from None
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or not array.size:  # noqa: PLR2004 (rows and columns)
        raise InputError(
            f"sequence {number} has the shape {np.shape(values)}, expected [length, columns]"
        )
    return array
