"""From files, databases, queries and data frames to rows.

A path, a glob, the address of a table, a query or a data frame comes in, and `sources` makes it a
raw table. A frame with `unique_id`, `ds` and `y` goes out, typed, and with it the origin of each
row, so that an error can name the file, the line and the value.
"""

from gatecast.data.reading._columns import Columns, check_frame, infer_columns
from gatecast.data.reading._exogenous import read_exogenous
from gatecast.data.reading._origin import (
    DATA_FRAME,
    Mends,
    NumberedRows,
    Origin,
    Rows,
    RowsError,
    Selected,
)
from gatecast.data.reading._read import is_table, read, read_future, read_static, read_table
from gatecast.data.reading._standard import (
    present_id,
    read_columns,
    read_keys,
    require_values,
)
from gatecast.data.reading._table import Table, sort_rows, with_values
from gatecast.data.reading._values import is_number, read_ids, read_numbers

__all__ = [
    "DATA_FRAME",
    "Columns",
    "Mends",
    "NumberedRows",
    "Origin",
    "Rows",
    "RowsError",
    "Selected",
    "Table",
    "check_frame",
    "infer_columns",
    "is_number",
    "is_table",
    "present_id",
    "read",
    "read_columns",
    "read_exogenous",
    "read_future",
    "read_ids",
    "read_keys",
    "read_numbers",
    "read_static",
    "read_table",
    "require_values",
    "sort_rows",
    "with_values",
]
