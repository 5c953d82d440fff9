"""The rows of a source, whole series together, bucket by bucket."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from gatecast.scaleout._storage import Folder
from gatecast.scaleout.sources._names import Names

PIECE = re.compile(r"piece-\d+-\d+\.arrow")
"""How the files of exchanged rows are named: the number of the task, and of the piece in it."""


@dataclass(frozen=True)
class Buckets:
    """Exchanged rows; every series lies in one bucket.

    Attributes:
        folder: of the pieces, each an Arrow file with one batch per bucket.
        pieces: their names.
        number: of buckets.
        names: the columns.
        rows: of the source.
        types: of the columns.
    """

    folder: Folder
    pieces: tuple[str, ...]
    number: int
    names: Names
    rows: int
    types: pa.Schema = field(repr=False)

    def read(self, bucket: int) -> pd.DataFrame:
        """The rows of a bucket, sorted by series and time; memory is bounded by its size."""
        batches = []
        for piece in self.pieces:
            with self.folder.open(piece) as opened, pa.ipc.open_file(opened) as file:
                batches.append(file.get_batch(bucket))
        table = pa.Table.from_batches(batches, self.types)
        keys = [(name, "ascending") for name in (self.names.id_col, self.names.time_col)]
        frame: pd.DataFrame = table.take(pc.sort_indices(table, sort_keys=keys)).to_pandas()
        return frame
