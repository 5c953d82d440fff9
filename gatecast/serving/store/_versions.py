"""Which series a version of a model has not read to the end, and how far its preparation is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import Connection, and_, delete, func, or_, select

from gatecast.serving.store._log import put_rows
from gatecast.serving.store._tables import (
    ARTEFACTS,
    OBSERVATIONS,
    PREPARATIONS,
    REPLAYS,
    SERIES,
    SNAPSHOTS,
    STATES,
)

PreparationState = Literal["replaying", "serving", "failed"]

# Series whose states are dropped in one transaction.
_AT_ONCE = 1000


@dataclass(frozen=True)
class Behind:
    """A series of which a version has not read every row of the log.

    Attributes:
        number: of the series.
        unique_id: its id.
    """

    number: int
    unique_id: str


@dataclass(frozen=True)
class Preparation:
    """How far a version of a model is on its way to serve.

    Attributes:
        model: its name.
        version: that is prepared, or was last.
        state: "replaying" while the version before it serves, "serving" once it does itself, or
            "failed".
        done: series that it has read to the end.
        series: that there are.
        error: why it failed, or what it waits for.
        changed: when this was written, in seconds since 1970.
    """

    model: str
    version: str
    state: PreparationState
    done: int
    series: int
    error: str | None = None
    changed: float = 0.0


def behind(connection: Connection, model: str, version: str, serving: str) -> list[Behind]:
    """The series of a model of which a version has not read every row, by number.

    Args:
        connection: in a transaction.
        model: its name.
        version: in question.
        serving: the version that serves: it has read all that there is.
    """
    whole, own = STATES.alias("whole"), STATES.alias("own")
    query = (
        select(SERIES.c.number, SERIES.c.unique_id)
        .join(whole, and_(whole.c.series == SERIES.c.number, whole.c.version == serving))
        .outerjoin(own, and_(own.c.series == SERIES.c.number, own.c.version == version))
        .where(SERIES.c.model == model)
        .where(or_(own.c.series.is_(None), own.c.position != whole.c.position))
        .order_by(SERIES.c.number)
    )
    return [Behind(*row) for row in connection.execute(query)]


def rows_until(connection: Connection, series: int, ds: int) -> int:
    """How many rows of the log, revisions too, a series has up to a time, this one included."""
    query = select(func.count()).where(OBSERVATIONS.c.series == series, OBSERVATIONS.c.ds <= ds)
    return connection.scalar(query) or 0


def put_preparation(connection: Connection, preparation: Preparation) -> None:
    """Write how far a preparation is, in place of an earlier one of the same model."""
    put_rows(connection, PREPARATIONS, [asdict(preparation) | {"changed": time.time()}])


def preparation_of(connection: Connection, model: str) -> Preparation | None:
    """The last preparation of a model, or None."""
    query = select(PREPARATIONS).where(PREPARATIONS.c.model == model)
    row = connection.execute(query).first()
    return None if row is None else Preparation(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)


def preparations(connection: Connection) -> list[Preparation]:
    """The last preparation of every model, by name."""
    query = select(PREPARATIONS).order_by(PREPARATIONS.c.model)
    return [Preparation(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)


def keep_version(connection: Connection, model: str, version: str) -> None:
    """Keep the states of a version that does not serve yet, until it does or another is kept."""
    put_rows(connection, REPLAYS, [{"model": model, "version": version, "begun": time.time()}])


def kept_version(connection: Connection, model: str) -> str | None:
    """The version of a model whose states are kept before it serves; None for none."""
    return connection.scalar(select(REPLAYS.c.version).where(REPLAYS.c.model == model))


def release_version(connection: Connection, model: str, version: str) -> None:
    """End the keeping of a version, which serves now."""
    connection.execute(
        delete(REPLAYS).where(REPLAYS.c.model == model, REPLAYS.c.version == version)
    )


def forget_versions(
    connection: Connection, model: str, kept: Sequence[str], after: int = 0
) -> int | None:
    """Drop the states of some series under versions that are not kept, and their artefacts.

    Args:
        connection: in a transaction that writes.
        model: its name.
        kept: versions.
        after: number of the last series that was dealt with.

    Returns:
        The number to go on from in a further transaction; None at the end.
    """
    query = select(SERIES.c.number).where(SERIES.c.model == model, SERIES.c.number > after)
    numbers: list[int] = list(connection.scalars(query.order_by(SERIES.c.number).limit(_AT_ONCE)))
    if numbers:
        for table in (SNAPSHOTS, STATES):
            connection.execute(
                delete(table).where(table.c.series.in_(numbers), table.c.version.not_in(kept))
            )
        return numbers[-1]
    connection.execute(
        delete(ARTEFACTS).where(ARTEFACTS.c.name == model, ARTEFACTS.c.version.not_in(kept))
    )
    return None
