"""A result in parts, each written once: a plan first, then the parts, and last a manifest.

What goes in is a part at a time, with the failures of its series. What goes out is a folder that
`pandas.read_parquet` reads as it is; a run that was broken off is gone on with by the same call.
"""

from typing import TYPE_CHECKING

from gatecast._lazy import lazy_names
from gatecast.scaleout.partitions._done import Done, Failure, PartRecord

if TYPE_CHECKING:
    from gatecast.scaleout.partitions._partitions import MANIFEST, Partitions

__getattr__ = lazy_names(__name__, {"MANIFEST": "_partitions", "Partitions": "_partitions"})

__all__ = ["MANIFEST", "Done", "Failure", "PartRecord", "Partitions"]
