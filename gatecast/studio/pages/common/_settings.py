"""What visitors of the studio may do."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1 << 20


@dataclass(frozen=True)
class StudioSettings:
    """What visitors of the studio may do.

    Attributes:
        upload_bytes: of a file.
        visitor_bytes: of all files of a visitor.
        waiting: runs of a visitor that wait or work at a time.
        seconds: that a run may take.
        databases: whether tables of PostgreSQL may be read by their address; the service connects
            to whatever host a visitor names.
    """

    upload_bytes: int = 200 * _MIB
    visitor_bytes: int = 1024 * _MIB
    waiting: int = 10
    seconds: float = 3600.0
    databases: bool = False
