"""Tables of PostgreSQL, SQLite and DuckDB.

An address comes in; `opened` gives the database behind it, for reading alone or for writing, in one
transaction. `select` gives the rows of a table or query, and `upsert` puts rows into a table. What
a database refuses is told in one line, without the password.
"""

from gatecast.data.databases._address import Address, address_of, path_of
from gatecast.data.databases._open import opened
from gatecast.data.databases._select import Since, select
from gatecast.data.databases._upsert import MODEL, check_columns, upsert

__all__ = [
    "MODEL",
    "Address",
    "Since",
    "address_of",
    "check_columns",
    "opened",
    "path_of",
    "select",
    "upsert",
]
