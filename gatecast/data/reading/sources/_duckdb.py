"""DuckDB as a reader of files: private databases in memory."""

from __future__ import annotations

import re
from collections.abc import Iterable
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from gatecast._lazy import lazy

if TYPE_CHECKING:
    import duckdb
else:
    duckdb = lazy("duckdb")

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}


def connect(paths: Iterable[Path | str]) -> duckdb.DuckDBPyConnection:
    """A private database in memory that reads some files and nothing else.

    It neither sees Python variables nor prints, loads no extension, and its settings are locked.

    Args:
        paths: the files, and patterns that match only files among them.
    """
    connection = duckdb.connect(config=_SETTINGS)
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET allowed_paths = $1", [[str(path) for path in paths]])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def escaped(path: Path) -> str:
    """A path in which DuckDB sees neither a pattern nor the home folder."""
    return escape(str(path.absolute()))


def connect_to(path: Path) -> duckdb.DuckDBPyConnection:
    """A private database that reads one file, by its `escaped` path."""
    return connect([path.absolute(), escaped(path)])


def one_line(error: Exception) -> str:
    """The message without DuckDB's advice and its pointer into the query."""
    return " ".join(re.split(r"\n\s*(?:LINE \d|Possible)", str(error))[0].split())
