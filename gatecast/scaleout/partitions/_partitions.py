"""The files of a result: who wrote what, and what is missing."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gatecast._types import InputError
from gatecast.scaleout._storage import Folder
from gatecast.scaleout.partitions._done import Done, Failure, PartRecord

# Parquet readers pass over files that begin with "_".
PLAN, MANIFEST, FAILURES = "_plan.json", "_manifest.json", "_failures.parquet"
WORK = "_work"
_SHOWN = 5
_FORMAT = 1


@dataclass(frozen=True)
class Partitions:
    """The folder of a result.

    Attributes:
        folder: where the parts go.
        ending: of a part's file.
    """

    folder: Folder
    ending: str = "parquet"

    @classmethod
    def at(cls, place: Any, ending: str = "parquet") -> Partitions:
        """Those of a path or URL."""
        return cls(Folder.at(place), ending)

    @property
    def work(self) -> Folder:
        """What is needed until the manifest is written, and is removed then."""
        return self.folder / WORK

    def begin(self, plan: Mapping[str, Any]) -> Done | None:
        """Write down what is going to be done, or find it written down.

        Args:
            plan: plain values: all that the result depends on.

        Returns:
            The result, if it is there already.

        Raises:
            InputError: if the folder holds the result of something else, saying what differs.
        """
        wanted = {"format": _FORMAT, **plan}
        with self.folder.alone():
            found = self.folder.read_json(PLAN)
            if found is None:
                if strange := [name for name in self.folder.names() if not name.startswith(".")]:
                    raise InputError(
                        f"{self.folder.url} holds {strange[0]}, which is of something else: choose "
                        "an empty folder"
                    )
                self.folder.write_json(PLAN, wanted)
                return None
        differing = [name for name in wanted | found if wanted.get(name) != found.get(name)]
        if differing:
            raise InputError(
                f"{self.folder.url} holds another run, with {_in_words(differing, found, wanted)}: "
                "choose an empty folder, or call with the same to go on"
            )
        return self.finished()

    def name(self, number: int) -> str:
        """The file of a part."""
        return f"part-{number:05d}.{self.ending}"

    def write(self, record: PartRecord, contents: bytes) -> PartRecord:
        """Write a part, then the note that it is whole.

        A part that is written twice, by two runs or after a crash, is the same both times.
        """
        self.folder.write(self.name(record.number), contents)
        self.work.write_json(f"parts/{record.number:05d}.json", record.to_json())
        return record

    def write_table(self, record: PartRecord, table: pa.Table) -> PartRecord:
        """Write a part as Parquet."""
        return self.write(replace(record, rows=table.num_rows), _parquet(table))

    def written(self) -> dict[int, PartRecord]:
        """Number -> the record of each part that is whole."""
        notes = self.work / "parts"
        found = {}
        for name in notes.names():
            plain = notes.read_json(name) if name.endswith(".json") else None
            if plain is not None:
                record = PartRecord.from_json(plain)
                found[record.number] = record
        return found

    def finish(
        self, plan: Mapping[str, Any], records: Iterable[PartRecord], seconds: float
    ) -> Done:
        """Write the failures, then the manifest; then remove what was needed on the way.

        Raises:
            InputError: if a part is not where this process looks for it.
        """
        parts = sorted(records, key=lambda record: record.number)
        there = set(self.folder.names())
        for record in parts:
            if self.name(record.number) not in there:
                raise InputError(
                    f"{self.folder.url}/{self.name(record.number)} was written by a worker and is "
                    "not there: the folder must lie on storage that all machines share"
                )
        failures = [failure for record in parts for failure in record.failures]
        if failures:
            ids = [failure.unique_id for failure in failures]
            errors = [failure.error for failure in failures]
            table = pa.table({str(plan.get("id_col", "unique_id")): ids, "error": errors})
            self.folder.write(FAILURES, _parquet(table))
        manifest = {
            "plan": dict(plan),
            "series": sum(record.series for record in parts),
            "rows": sum(record.rows for record in parts),
            "seconds": round(seconds, 3),
            "failures": len(failures),
            "failed": [[f.unique_id, f.error] for f in failures[:_SHOWN]],
            "parts": [
                {
                    "file": self.name(record.number),
                    "series": record.series,
                    "rows": record.rows,
                    "failures": len(record.failures),
                    "seconds": round(record.seconds, 3),
                }
                for record in parts
            ],
        }
        self.folder.write_json(MANIFEST, manifest)
        self.work.remove()
        return self._done(manifest)

    def finished(self) -> Done | None:
        """The result, if its manifest is there."""
        found = self.folder.read_json(MANIFEST)
        return None if found is None else self._done(found)

    def _done(self, manifest: Mapping[str, Any]) -> Done:
        return Done(
            folder=self.folder.url,
            series=manifest["series"],
            rows=manifest["rows"],
            parts=len(manifest["parts"]),
            failures=manifest["failures"],
            failed=tuple(Failure(*each) for each in manifest["failed"]),
            seconds=manifest["seconds"],
        )


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def _in_words(differing: list[str], found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """What differs, in words: long values are checksums, which nobody wants to read."""
    words = []
    for name in differing:
        if name in ("model", "source"):
            words.append(f"another {name}")
        else:
            words.append(f"{name}={found.get(name)!r} instead of {wanted.get(name)!r}")
    return ", ".join(words)
