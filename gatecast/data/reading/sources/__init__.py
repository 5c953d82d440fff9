"""From files and queries to raw tables.

A path, a glob or a DuckDB query comes in; a frame of what stands there goes out, with the origin of
each row. Nothing here knows which column is what, and nothing here writes.
"""

from gatecast.data.reading.sources._load import load_files
from gatecast.data.reading.sources._query import load_query, looks_like_query
from gatecast.data.reading.sources._table import Table, require_few_columns
from gatecast.data.reading.sources._text_files import CsvFile

__all__ = [
    "CsvFile",
    "Table",
    "load_files",
    "load_query",
    "looks_like_query",
    "require_few_columns",
]
