"""Rows in: from files, databases, queries and data frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Unpack

import pandas as pd

from gatecast._types import InputError
from gatecast.data._frames import to_pandas, unique_names
from gatecast.data.databases import address_of
from gatecast.data.reading._after import After
from gatecast.data.reading._columns import Columns, check_frame, infer_columns
from gatecast.data.reading._date_parts import with_dates
from gatecast.data.reading._duplicates import one_of_each, refuse_duplicates
from gatecast.data.reading._mend import check_mends, mended, without_invalid
from gatecast.data.reading._origin import DATA_FRAME, Mends, Rows
from gatecast.data.reading._standard import present_id, read_file_keys, standard
from gatecast.data.reading._values import read_ids, typed_text
from gatecast.data.reading._wide import long_table
from gatecast.data.reading.sources import Since, Table, load


class _Options(Mends, total=False):
    """What `read` does about values, and which rows are wanted."""

    after: Any


def read(
    source: Any = None,
    *,
    sql: str | None = None,
    id_col: str | None = None,
    time_col: str | None = None,
    target_col: str | None = None,
    exog: Sequence[str] = (),
    wide: bool = False,
    **options: Unpack[_Options],
) -> pd.DataFrame:
    """Read time series from files, a table of a database, a query or a data frame.

    Columns that are not named are inferred, see `infer_columns`; `Columns.of` tells which were
    taken. In text files, rows without any value and comments are left out.
    Numbers written for people (1,234.50 €) are read where a whole column leaves no doubt, and told.
    Columns `year`, `month`, `day`, `hour` are put together as `ds` where there are no other dates.

    Args:
        source: a path or glob to CSV, TSV, Parquet, JSON or JSON lines (text also as `.gz` and
            `.zst`), a sheet of Excel or OpenDocument (`.xlsx`, `.ods`, `book.xlsx?sheet=May`) or
            the Monash archive (`.tsf`); a folder of Parquet files; a table of PostgreSQL, SQLite or
            DuckDB (`postgresql://user:password@host/name?table=schema.table`,
            `sales.db?table=sales`; the table may be left out if there is one alone); or a pandas,
            polars or pyarrow frame.
        sql: a single SELECT instead of a table. With a database as `source` it is asked of that;
            without a source DuckDB reads the files on this machine whose names stand in it. It can
            neither write nor load anything.
        id_col: the column that tells the series apart.
        time_col: the column of dates, timestamps or whole numbers.
        target_col: the column to forecast.
        exog: exogenous columns, which are none of these.
        wide: whether each column is a series, or each row, with times as column names.
        **options: what to do about values that could not be used otherwise: `date_order`,
            `decimal`, `invalid`, `repeated` and `first_year`, see `Mends`; and `after`: only rows
            later than this time or, from a dict or Series of ids -> times, later than that of their
            series. A database is asked for these alone where the columns are named.

    Returns:
        The rows in their order: `unique_id` (text), `ds` (timestamps or integers), `y` (float64,
        NaN where missing), then every other column.

    Raises:
        InputError: if the source cannot be used; the message names the file, line and value.
    """
    known = After.of(options.pop("after", None))
    check_mends(options)
    guessed = not wide and None in {time_col, target_col}
    since = None if known is None or wide or guessed else known.since(time_col, id_col)
    table = _load(source, sql, since)
    if since is not None and table.frame.empty:
        return _none_later(table, since, str(target_col))
    table = mended(table, options, id_col, time_col)
    table, columns = _chosen(table, id_col, time_col, target_col, exog, wide=wide)
    table = without_invalid(table, columns, options)
    rows = _checked(table, columns, options, known, guessed=guessed)
    return _with_extras(rows, table, columns)


def _chosen(
    table: Table,
    id_col: str | None,
    time_col: str | None,
    target_col: str | None,
    exog: Sequence[str],
    *,
    wide: bool,
) -> tuple[Table, Columns]:
    """The table, a wide one as a long one, and which of its columns are what."""
    parts: list[str] = []
    if wide:
        if target_col not in {None, "y"} or exog:
            raise InputError("wide=True takes all columns as targets: leave out target_col, exog")
        table = long_table(table, id_col, time_col)
        id_col, time_col, target_col = map(str, table.frame.columns[:3])
    elif time_col in {None, "ds"} and "ds" not in table.frame:
        table, parts = with_dates(table)
    columns = infer_columns(
        table.frame,
        id_col=id_col,
        time_col=time_col,
        target_col=target_col,
        exog=[*exog, *(name for name in parts if name not in {id_col, target_col, *exog})],
        where=table.origin.name,
    )
    return table, columns


def _none_later(table: Table, since: Since, target_col: str) -> pd.DataFrame:
    """No rows, since a database has none later than those that are known."""
    id_col = since.id_col or present_id(table.frame, "unique_id")
    columns = Columns(id_col, since.time_col, target_col)
    check_frame(table.frame, columns.used, table.origin.name, allow_empty=True)
    rows = pd.DataFrame({"unique_id": [], "ds": since.none, "y": []})
    return _with_extras(rows.astype({"unique_id": str, "y": float}), table, columns)


def _with_extras(rows: pd.DataFrame, table: Table, columns: Columns) -> pd.DataFrame:
    """The rows with every other column beside them, and the names of the columns taken."""
    extras = table.frame.drop(columns=columns.used).loc[rows.index]
    extras.columns = pd.Index(unique_names(extras.columns, taken=list(rows.columns)))
    extras = typed_text(extras) if table.is_text else extras
    result = pd.concat([rows, extras], axis="columns").reset_index(drop=True)
    result.attrs["columns"] = asdict(columns)
    return result


def read_table(source: Any = None, *, sql: str | None = None) -> pd.DataFrame:
    """The columns of a source as they stand there, before any is chosen.

    Args:
        source: as for `read`.
        sql: as for `read`.

    Raises:
        InputError: if the source cannot be used.
    """
    return _load(source, sql).frame


def is_table(source: str) -> bool:
    """Whether a source is the address of a database, or its file."""
    return address_of(source) is not None


def read_future(
    source: str | Path, *, id_col: str | None = "unique_id", time_col: str = "ds"
) -> pd.DataFrame:
    """Read a table without a target, of rows to come: ids as text, times, all else as it is.

    Args:
        source: a path or glob to files, as for `read`.
        id_col: the column that tells the series apart; None, or a table without `unique_id`, for a
            single series.
        time_col: the column of times.

    Raises:
        InputError: if the file cannot be used; the message names the file, line and value.
    """
    table = load(str(source))
    if time_col == "ds" and "ds" not in table.frame:
        table, _ = with_dates(table)
    frame, origin, is_text = table.frame, table.origin, table.is_text
    id_col = present_id(frame, id_col)
    check_frame(frame, [id_col, time_col], origin.name)
    unique_id, times = read_file_keys(frame, id_col, time_col, origin)
    rest = frame.drop(columns=[time_col, *([] if id_col is None else [id_col])])
    rest = typed_text(rest) if is_text else rest
    keys = {time_col: times} if id_col is None else {id_col: unique_id.astype(str), time_col: times}
    return pd.concat([pd.DataFrame(keys), rest], axis="columns")


def read_static(source: str | Path, id_col: str) -> pd.DataFrame:
    """Read a table without times, one row per series: ids as text, all else as it is.

    Raises:
        InputError: if the file cannot be used or has no column that names the series.
    """
    table = load(str(source))
    frame, origin, is_text = table.frame, table.origin, table.is_text
    check_frame(frame, [id_col], origin.name)
    rest = frame.drop(columns=id_col)
    rest = typed_text(rest) if is_text else rest
    rest.insert(0, id_col, read_ids(frame[id_col], Rows(origin)).astype(str))
    return rest


def _load(source: Any, sql: str | None, since: Since | None = None) -> Table:
    """The raw table of any kind of source."""
    if source is None or isinstance(source, str | Path):
        return load(None if source is None else str(source), sql, since)
    if sql is not None:
        raise InputError("give either a data frame or sql=..., not both")
    return Table(to_pandas(source), DATA_FRAME)


def _checked(
    table: Table, columns: Columns, mends: Mends, known: After | None, *, guessed: bool
) -> pd.DataFrame:
    """`unique_id`, `ds` and `y` in their standard types, each series and time once.

    Those of a database, where rows have no order, are sorted by time.

    Raises:
        InputError: at a value that cannot be used; with a note of the columns that were taken, if
            time or target were not named.
    """
    try:
        rows = standard(table.frame, columns, table.origin, may_be_missing=known is not None)
        rows["unique_id"] = rows["unique_id"].astype(str)
        if known is not None:
            rows = rows[known.later(rows)]
        if not table.ordered:
            rows = rows.sort_values("ds", kind="stable")
        if "repeated" in mends:
            return one_of_each(rows, mends["repeated"], table.origin)
        refuse_duplicates(rows, table.origin)
    except InputError as error:
        if guessed:
            error.add_note(f"columns: {columns}")
        raise
    return rows
