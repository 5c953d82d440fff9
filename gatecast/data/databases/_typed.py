"""The SQL that PostgreSQL and DuckDB share: their columns have types, which Arrow tells."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from gatecast._types import InputError
from gatecast.data.databases._database import Kind, Time

_READ_AS = {"decimal": "DOUBLE PRECISION", "date": "TIMESTAMP", "other": "VARCHAR"}
# Of times with a zone a model may have the hour of the wall, which is never a day away from UTC.
_DAY = pd.Timedelta(days=1)


def arrow_table(frame: pd.DataFrame) -> Any:
    """The rows as an Arrow table; NaN is an empty value.

    Raises:
        InputError: naming a column whose values are of several types.
    """
    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except pa.ArrowException as error:
        words = " ".join(map(str, error.args))
        raise InputError(f"the rows to write have values of several types: {words}") from None


def kinds_of(schema: Any) -> dict[str, Kind]:
    """What each column of an Arrow schema holds."""
    return {each.name: _kind(each.type) for each in schema}


def as_read(column: str, kind: Kind) -> str:
    """A column as it is read: decimals as numbers, dates as times, what is unusual as text."""
    kept = _READ_AS.get(kind)
    return column if kept is None else f"CAST({column} AS {kept})"


def later(column: str, kind: Kind, end: Time) -> str | None:
    """A condition that all rows later than a time meet."""
    if isinstance(end, int):
        return f"{column} > {end}" if kind == "integer" else None
    if kind in {"time", "date"}:
        return f"{column} > CAST('{end.floor('us').isoformat(sep=' ')}' AS TIMESTAMP)"
    if kind == "zoned":
        moment = (end - _DAY).floor("us").isoformat(sep=" ")
        return f"{column} > CAST('{moment}+00:00' AS TIMESTAMP WITH TIME ZONE)"
    return None


def _kind(type_: Any) -> Kind:
    if isinstance(type_, pa.BaseExtensionType):
        return "decimal" if getattr(type_, "type_name", None) == "numeric" else "other"
    if pa.types.is_timestamp(type_):
        return "time" if type_.tz is None else "zoned"
    tests: list[tuple[Any, Kind]] = [
        (pa.types.is_date, "date"),
        (pa.types.is_decimal, "decimal"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "plain"),
        (pa.types.is_boolean, "plain"),
        (pa.types.is_string, "plain"),
        (pa.types.is_large_string, "plain"),
    ]
    return next((kind for test, kind in tests if test(type_)), "other")
