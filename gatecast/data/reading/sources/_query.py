"""The result of one DuckDB query, which reads the files it names and can do nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast.data._frames import unique_names
from gatecast.data.reading._origin import NumberedRows
from gatecast.data.reading.sources._duckdb import connect, one_line
from gatecast.data.reading.sources._table import Table, require_few_columns

if TYPE_CHECKING:
    import duckdb
else:
    duckdb = lazy("duckdb")

_QUERY = re.compile(r"\s*(SELECT|WITH|FROM)\s", re.IGNORECASE)
_SELECTS = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
# Table functions that read files or make rows; others, such as `query`, run text as SQL.
_READERS = re.compile(
    r"read_\w+|parquet_\w+|sniff_csv|glob|range|generate_series|unnest|repeat(_row)?"
)
_LONGEST_NAME = 4096


def looks_like_query(text: str) -> bool:
    """Whether a text reads like SQL rather than the name of a file."""
    return _QUERY.match(text) is not None


def load_query(query: str) -> Table:
    """The result of one SELECT over files on this machine.

    Its tree, as DuckDB parses it, is looked through first: SELECT alone may occur in it, at any
    depth. Then it runs in a database that may open only the files named in it.

    Raises:
        InputError: with DuckDB's message if it refuses, or if the query does anything but select.
    """
    try:
        paths = list(_named_files(_parsed(query)))
        with connect(paths) as connection:
            result = connection.execute(query)
            names = [column[0] for column in result.description or ()]
            require_few_columns(names, "the query result")
            frame = result.df()
    except duckdb.PermissionException as error:
        what = one_line(error).removeprefix("Permission Error: ").split(" - ")[0]
        raise InputError(
            f"{what}: a query reads files on this machine whose names stand in it, and no addresses"
        ) from None
    except duckdb.Error as error:
        raise InputError(f"DuckDB refuses the query: {one_line(error)}") from None
    columns = unique_names(frame.columns)
    return Table(frame.set_axis(columns, axis="columns"), NumberedRows("the query result"))


def _parsed(query: str) -> dict[str, Any]:
    """The tree of a single SELECT.

    Raises:
        InputError: if it is anything else.
    """
    with connect(()) as connection:
        found = connection.execute("SELECT json_serialize_sql($1)", [query]).fetchone()
    tree: dict[str, Any] = json.loads(found[0]) if found else {}
    if tree.get("error_type") == "parser":
        raise InputError(f"DuckDB refuses the query: {tree['error_message']}")
    if tree["error"] or len(tree["statements"]) != 1:
        raise InputError("the query must be a single SELECT statement")
    return tree


def _named_files(node: Any) -> Iterator[str]:
    """The files and patterns among the names and texts in a query.

    Raises:
        InputError: at a part that does anything but select.
    """
    if isinstance(node, str):
        yield from _files(node)
    elif isinstance(node, list):
        for each in node:
            yield from _named_files(each)
    elif isinstance(node, dict):
        _refuse_other_than_select(node)
        for each in node.values():
            yield from _named_files(each)


def _refuse_other_than_select(node: dict[str, Any]) -> None:
    if "cte_map" in node and node["type"] not in _SELECTS:
        what = str(node["type"]).removesuffix("_NODE").removesuffix("_QUERY")
        raise InputError(f"a query only reads: it must not contain {what}")
    if node.get("type") == "TABLE_FUNCTION":
        name = str(node["function"]["function_name"])
        if not _READERS.fullmatch(name.lower()):
            raise InputError(f"a query only reads: the table function {name!r} may not be used")


def _files(text: str) -> list[str]:
    """The text itself if it names a file, and the files that it matches if it is a pattern."""
    if not text or len(text) > _LONGEST_NAME or "\0" in text:
        return []
    path = str(Path(text).expanduser()) if text.startswith("~/") else text
    matched = glob(path, recursive=True) if has_magic(path) else []  # noqa: PTH207 (DuckDB's rules)
    if matched:
        return [path, *matched]
    return [path] if Path(path).is_file() else []
