"""A database of a service that holds many series."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gatecast._types import Floats
from gatecast.data import to_panel
from gatecast.forecasting.online import on_history
from gatecast.serving import store
from gatecast.serving.engine import Engine, Models, NewRow
from gatecast.serving.store import Database, Observation, StoredState

FIRST_DAY = pd.Timestamp("1990-01-01")
"""Of the rows that come when the series are loaded."""
ROWS = 28
"""Of each series before that day."""
# Series that read their rows; the others are copies of these, under other ids.
_READ = 500
# Rows that are stored at once.
_AT_ONCE = 100_000


def values(rows: int, seed: int = 0) -> Floats:
    """A week, and noise."""
    noise = np.random.default_rng(seed).normal(size=rows)
    return 100 + 10 * np.sin(np.arange(rows) * 2 * np.pi / 7) + noise


@dataclass(frozen=True)
class State:
    """A database with one model.

    Attributes:
        path: of the SQLite file.
        model: the file that the model was saved in, which is its name too.
    """

    path: Path
    model: Path

    @property
    def name(self) -> str:
        """Of the model."""
        return self.model.stem

    @property
    def url(self) -> str:
        """Of the database."""
        return f"sqlite:///{self.path}"

    def opened(self) -> tuple[Database, Models]:
        """The database, with its tables and the model in it."""
        database = Database(self.url)
        database.upgrade()
        with database.writing() as connection:
            version = store.put_artefact(connection, self.name, self.model.read_bytes())
            store.serve_version(connection, self.name, version)
        return database, Models()

    def load(self, series: int) -> None:
        """Store so many series, "s000000" and so on: multiples of 500."""
        database, models = self.opened()
        engine = Engine(database, models)
        engine.start()
        days = pd.date_range(end=FIRST_DAY, periods=ROWS + 1).as_unit("ns").asi8[:-1].tolist()
        rows = [
            NewRow(f"s{number:06d}", ds, float(y), judge=False)
            for number in range(_READ)
            for ds, y in zip(days, values(ROWS, number), strict=True)
        ]
        engine.observe(self.name, rows).result()
        engine.close()
        database.close()
        with sqlite3.connect(self.path) as connection:
            for shift in range(_READ, series, _READ):
                _copy(connection, shift)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def put_histories(self, database: Database, models: Models, lengths: Sequence[int]) -> None:
        """Store a series of each length, which is its id, with rows at the times 0, 1, ..."""
        for rows in lengths:
            self._put_history(database, models, str(rows), rows)

    def _put_history(self, database: Database, models: Models, unique_id: str, rows: int) -> None:
        y = values(rows)
        with database.writing() as connection:
            served = models.serving(connection, self.name)
            numbers, _ = store.series_of(connection, self.name, [unique_id])
            number = numbers[unique_id]
            for first in range(0, rows, _AT_ONCE):
                some = enumerate(y[first : first + _AT_ONCE].tolist(), first)
                store.append(connection, [Observation(number, ds, 0, own) for ds, own in some])
            frame = pd.DataFrame({"unique_id": unique_id, "ds": np.arange(rows), "y": y})
            panel = to_panel(frame, freq=served.model.freq)
            state = served.states(on_history(served.layout.shared, panel)).tobytes()
            stored = StoredState(number, served.version, rows, rows, rows - 1, state)
            store.put_states(connection, [stored])

    def bytes_beside_the_log(self) -> int:
        """Of all pages that hold neither observations nor the model."""
        connection = sqlite3.connect(self.path)
        query = "SELECT sum(pgsize) FROM dbstat WHERE name NOT IN ('observations', 'artefacts')"
        (found,) = connection.execute(query).fetchone()
        connection.close()
        return int(found)


def _copy(connection: sqlite3.Connection, shift: int) -> None:
    """The series that have read their rows once more, `shift` numbers later."""
    connection.execute(
        "INSERT INTO series SELECT number + ?1, model, printf('s%06d', number + ?1 - 1) "
        "FROM series WHERE number <= ?2",
        (shift, _READ),
    )
    for table in ("observations", "states", "snapshots"):
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        others = ", ".join(name for name in names if name != "series")
        connection.execute(
            f"INSERT INTO {table} (series, {others}) SELECT series + ?1, {others} FROM {table} "  # noqa: S608 (our own names)
            "WHERE series <= ?2",
            (shift, _READ),
        )
