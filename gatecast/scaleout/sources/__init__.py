"""What a source may be, and its rows in buckets: whole series together, in pieces of one size.

A frame, a file, a folder, a glob or a URL of Parquet comes in. It is read once, in pieces; each
row goes into the bucket that its series belongs to, wherever its other rows lie. `Buckets` reads
them back one by one.
"""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names
from gatecast.scaleout.sources._names import Names

if TYPE_CHECKING:
    from gatecast.scaleout.sources._buckets import Buckets
    from gatecast.scaleout.sources._exchange import exchange
    from gatecast.scaleout.sources._source import Source, source_of

__getattr__ = lazy_names(
    __name__,
    {
        "Buckets": "_buckets",
        "Source": "_source",
        "exchange": "_exchange",
        "source_of": "_source",
    },
)

__all__ = ["Buckets", "Names", "Source", "exchange", "source_of"]
