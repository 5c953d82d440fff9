"""From files, databases and queries to raw tables.

A path, a glob, the address of a table or a query comes in; a frame of what stands there goes out,
with the origin of each row. Nothing here knows which column is what, and nothing here writes.
"""

from gatecast.data.databases import Since
from gatecast.data.reading.sources._load import load
from gatecast.data.reading.sources._table import Table, require_few_columns
from gatecast.data.reading.sources._text_files import CsvFile

__all__ = [
    "CsvFile",
    "Since",
    "Table",
    "load",
    "require_few_columns",
]
