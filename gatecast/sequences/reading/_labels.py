"""The label of each sequence, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gatecast._types import Floats, InputError
from gatecast.data import show_name, show_some, to_pandas
from gatecast.sequences.reading._sequences import Sequences, are_arrays

_USUAL = "label"


def labels_of(labels: Any, sequences: Sequences, df: Any, id_col: str) -> NDArray[Any]:
    """[sequences] the label of each.

    Args:
        labels: of a frame, the name of a column that is constant within each sequence; or a pandas
            Series, a mapping or a frame by id. Of arrays, a label for each, in their order.
        sequences: that are labelled.
        df: what they were read from.
        id_col: names the sequences in frames.

    Raises:
        InputError: naming a sequence that has no label, or two.
    """
    if are_arrays(df):
        found = _in_order(labels, len(sequences))
    elif isinstance(labels, str):
        found = _constant(to_pandas(df), labels, id_col).reindex(sequences.ids)
    else:
        found = _by_id(labels, id_col).reindex(sequences.ids)
    missing = found.isna().to_numpy()
    if missing.any():
        raise InputError(
            f"there is no label for sequence {show_some(sequences.ids[missing])}; add it, or leave "
            "the sequence out"
        )
    return _plain(found)


def name_of(labels: Any, id_col: str) -> str:
    """The column in which predictions of these labels are returned."""
    if isinstance(labels, pd.Series):
        labels = labels.name
    elif not isinstance(labels, str | Mapping) and not are_arrays(labels):
        labels = _other_column(to_pandas(labels), id_col)
    return labels if isinstance(labels, str) else _USUAL


def numbers_of(labels: NDArray[Any]) -> Floats:
    """Labels as finite numbers.

    Raises:
        InputError: naming the first that is none.
    """
    numbers = pd.to_numeric(pd.Series(labels), errors="coerce").to_numpy(np.float64)
    for place in np.flatnonzero(~np.isfinite(numbers))[:1]:
        raise InputError(f"labels must be finite numbers, got {labels.tolist()[place]!r}")
    return numbers


def _in_order(labels: Any, count: int) -> pd.Series:
    found = pd.Series(np.asarray(labels) if np.ndim(labels) == 1 else [])
    if len(found) != count:
        raise InputError(f"expected {count} labels, one per sequence, got {np.shape(labels)}")
    return found


def _constant(frame: pd.DataFrame, column: str, id_col: str) -> pd.Series:
    if column not in frame:
        raise InputError(f"the data frame has no column {show_name(column)} of labels")
    by_id = frame.groupby(id_col, sort=False, observed=True)[column]
    counts = by_id.nunique(dropna=False)
    several = counts > 1
    if several.any():
        raise InputError(
            f"column {show_name(column)} changes within sequence "
            f"{show_some(several.index[several].to_numpy())}; each needs one label"
        )
    return by_id.first()


def _by_id(labels: Any, id_col: str) -> pd.Series:
    if are_arrays(labels):
        raise InputError(
            "labels of a frame need ids: give a pandas Series whose index holds "
            f"{show_name(id_col)}, a mapping, a frame, or the name of a column"
        )
    if isinstance(labels, Mapping):
        labels = pd.Series(dict(labels))
    elif not isinstance(labels, pd.Series):
        frame = to_pandas(labels)
        name = _other_column(frame, id_col)
        labels = frame.set_index(id_col)[name]
    if labels.index.has_duplicates:
        twice = labels.index[labels.index.duplicated()].to_numpy()
        raise InputError(f"labels has sequence {show_some(twice)} twice; keep one")
    found: pd.Series = labels
    return found


def _other_column(frame: pd.DataFrame, id_col: str) -> str:
    names = [name for name in frame.columns if name != id_col]
    if id_col not in frame or len(names) != 1:
        raise InputError(
            f"labels needs the columns {show_name(id_col)} and one of labels, got "
            f"{', '.join(map(show_name, frame.columns))}"
        )
    return str(names[0])


def _plain(labels: pd.Series) -> NDArray[Any]:
    """As an array of numbers, truth values or text."""
    array = labels.to_numpy()
    if array.dtype.kind == "O":
        kinds = {type(each) for each in array}
        if len(kinds) > 1:
            names = ", ".join(sorted(kind.__name__ for kind in kinds))
            raise InputError(f"labels must be of one kind, got {names}")
        array = np.asarray(array.tolist())
    if array.dtype.kind not in "biufU":
        raise InputError(f"labels must be numbers, text or truth values, got {array[0]!r}")
    return array
