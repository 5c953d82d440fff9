"""The border to other data frame libraries: any eager or lazy frame in, the same kind out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from gatecast._lazy import lazy
from gatecast._types import InputError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    import narwhals as nw
else:
    # Loaded late: frames of pandas do not need it.
    nw = lazy("narwhals")


def unique_names(names: Iterable[Any], taken: Sequence[Any] = ()) -> list[Any]:
    """The names, with `_1`, `_2`, ... appended to repeated ones as DuckDB does."""
    seen: set[Any] = set(taken)
    unique = []
    for name in names:
        candidate, number = name, 0
        while candidate in seen:
            number += 1
            candidate = f"{name}_{number}"
        seen.add(candidate)
        unique.append(candidate)
    return unique


def to_pandas(frame: Any) -> pd.DataFrame:
    """A pandas, polars, pyarrow or other frame that narwhals knows, in pandas.

    A meaningful index (named, or of dates) becomes columns; names become text, repeated ones
    with a suffix. A pandas frame that needs none of this is returned itself: leave it unchanged.

    Raises:
        InputError: if it is no data frame.
    """
    if isinstance(frame, pd.Series):
        frame = frame.to_frame("y" if frame.name is None else frame.name)
    if not isinstance(frame, pd.DataFrame):
        frame = _from_narwhals(frame)
    names = list(frame.columns)
    columns = unique_names(str(name) for name in names)
    if columns != names or frame.columns.name is not None:
        frame = frame.set_axis(pd.Index(columns), axis="columns")
    return _without_index(frame)


def long_frame(df: Any, time_col: str, target_col: str) -> pd.DataFrame:
    """A frame in pandas, as `to_pandas` has it; of a Series, its index and values as columns.

    Raises:
        InputError: if it is no data frame, or the index of a Series has several levels.
    """
    if not isinstance(df, pd.Series):
        return to_pandas(df)
    if isinstance(df.index, pd.MultiIndex):
        raise InputError(
            "a pandas Series needs times as its index; give a frame with a column of ids for many"
        )
    return pd.DataFrame({time_col: df.index, target_col: df.array})


def _from_narwhals(frame: Any) -> pd.DataFrame:
    """The same rows in pandas."""
    try:
        known = nw.from_native(frame)
    except TypeError:
        raise InputError(
            f"expected a data frame (pandas, polars, pyarrow), got {type(frame).__name__}"
        ) from None
    eager = known.collect() if isinstance(known, nw.LazyFrame) else known
    return eager.to_pandas()


def _without_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame numbered from 0, its index kept as columns if it holds data."""
    index = frame.index
    if isinstance(index, pd.RangeIndex) and (index.name, index.start, index.step) == (None, 0, 1):
        return frame
    named = any(name is not None and name not in frame.columns for name in index.names)
    dated = isinstance(index, pd.DatetimeIndex | pd.PeriodIndex) and index.name is None
    return frame.reset_index(drop=not (named or dated))


def to_records(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """One record per row for JSON: dates as text, with a time of day unless all are at midnight."""
    dates = frame.select_dtypes("datetime")
    # astype(str) decides for the whole column; isoformat would decide row by row.
    texts = {
        str(name): ds.astype(str).str.replace(" ", "T").where(ds.notna())
        for name, ds in dates.items()
    }
    return frame.assign(**texts).to_dict(orient="records")


def library_of(original: Any) -> str:
    """The library that results for this frame are returned in: "polars", "pyarrow" or "pandas"."""
    if original is None or isinstance(original, pd.DataFrame):
        return "pandas"
    native = nw.from_native(original, pass_through=True)
    if not isinstance(native, nw.DataFrame | nw.LazyFrame):
        return "pandas"
    if native.implementation.is_polars():
        return "polars"
    return "pyarrow" if native.implementation.is_pyarrow() else "pandas"


def in_library(frame: pd.DataFrame, library: str) -> Any:
    """The frame in one of the libraries that `library_of` names."""
    if library == "pandas":
        return frame
    result = nw.from_native(frame.reset_index(drop=True), eager_only=True)
    return result.to_polars() if library == "polars" else result.to_arrow()


def like(frame: pd.DataFrame, original: Any) -> Any:
    """The frame in the library of `original`: polars for polars, Arrow for Arrow, else pandas."""
    return in_library(frame, library_of(original))
