"""A small model, two versions of it, and an engine that serves one."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from small_forecasters import DrawnForecaster

from gatecast.forecasting import Estimator
from gatecast.serving import store
from gatecast.serving.engine import Engine, ForecastRequest, Models, NewRow, Versions, warm_up

IDS = ("a", "b", "c")
NAME = "small"
FIRST_DAY = pd.Timestamp("2020-01-01")


def rows_of(ids: Sequence[str], first: int, count: int, seed: int = 0) -> pd.DataFrame:
    """Days `first`, `first + 1`, ... of some series, values that depend on series and day alone."""
    parts = []
    for name in ids:
        rng = np.random.default_rng([seed, *name.encode()])
        values = 50 + rng.normal(size=first + count).cumsum()
        days = FIRST_DAY + pd.to_timedelta(np.arange(first, first + count), "D")
        parts.append(pd.DataFrame({"unique_id": name, "ds": days, "y": values[first:]}))
    return pd.concat(parts, ignore_index=True)


def requests_of(frame: pd.DataFrame) -> list[NewRow]:
    """The rows of a frame as a request."""
    return [
        NewRow(name, pd.Timestamp(ds).value, float(y))
        for name, ds, y in frame[["unique_id", "ds", "y"]].itertuples(index=False)
    ]


def fitted(frame: pd.DataFrame, seed: int = 0, target_col: str = "y", **settings: Any) -> Estimator:
    """A forecaster with drawn weights."""
    small = {"h": 2, "look_back": 3, "units": 2, "stateful": True, "season_length": 1}
    return DrawnForecaster(**small | settings, random_seed=seed).fit(frame, target_col=target_col)


def content_of(forecaster: Estimator, folder: Path) -> bytes:
    """The artefact of a forecaster."""
    path = folder / "model.gatecast"
    forecaster.save(path)
    return path.read_bytes()


@dataclass
class Service:
    """What serves a model, in one process."""

    database: store.Database
    models: Models
    engine: Engine
    versions: Versions

    def observe(self, frame: pd.DataFrame) -> Any:
        return self.engine.observe(NAME, requests_of(frame)).result(60)

    def forecast(self, unique_id: str) -> Any:
        """The answer for a series; an error is raised."""
        answer = self.engine.forecast(NAME, [ForecastRequest(unique_id)]).result(60)[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def values(self, unique_id: str) -> list[float]:
        return [row["LSTM"] for row in self.forecast(unique_id).rows]

    def states(self, version: str) -> dict[str, store.StoredState]:
        """The states under a version, by id."""
        with self.database.reading() as connection:
            numbers = store.numbers_of(connection, NAME, store.ids_of(connection, NAME))
            states = store.states_of(connection, numbers.values(), version)
        return {name: states[number] for name, number in numbers.items() if number in states}


def served(service: Service, name: str = NAME) -> store.Preparation:
    """The last preparation, once it is over."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = service.versions.progress(name)
        if found is not None and found.state != "replaying":
            return found
        time.sleep(0.02)
    raise TimeoutError


@contextmanager
def running(url: str, content: bytes | None = None) -> Iterator[Service]:
    """A service on a database; if there is an artefact, it serves that first."""
    database = store.Database(url)
    database.upgrade()
    models = Models()
    if content is not None:
        with database.writing() as connection:
            version = store.put_artefact(connection, NAME, content)
            store.serve_version(connection, NAME, version)
            warm_up(models.serving(connection, NAME))
    engine = Engine(database, models)
    versions = Versions(database, models, engine)
    engine.start()
    try:
        yield Service(database, models, engine, versions)
    finally:
        versions.close()
        engine.close()
        database.close()
