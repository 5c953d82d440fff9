"""A service over HTTP in this process, and what is sent to it."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from fastapi import FastAPI
from served_models import LATER, ROWS, artefact_of, before_and_after, forecaster_of, rows_of
from small_forecasters import DrawnForecaster

from gatecast.serving.http import Limits, ServeSettings, create_app

with warnings.catch_warnings():
    # It would rather have the successor of httpx, which the client of this project does not use.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient


@dataclass(frozen=True)
class LiveService:
    """An app that runs, who asks it, and its database."""

    app: FastAPI
    client: TestClient
    state: str


@contextmanager
def live(
    folder: Path, *kinds: str, limits: Limits | None = None, auth: bool = False, state: str = ""
) -> Iterator[LiveService]:
    """A service of some kinds of models, named as their kind is."""
    models = {}
    for kind in kinds:
        models[kind] = folder / f"{kind}.gatecast"
        models[kind].write_bytes(words_artefact(folder) if kind == "words" else artefact_of(kind))
    state = state or f"sqlite:///{folder / 'state.db'}"
    settings = ServeSettings(state, models, auth=auth, limits=limits or Limits())
    app = create_app(settings)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield LiveService(app, client, state)


@lru_cache
def words_artefact(folder: Path) -> bytes:
    """A model that reads a column of words."""
    df, _ = before_and_after("stateful")
    df = df.assign(sky=["dull" if place % 3 else "fair" for place in range(len(df))])
    forecaster = DrawnForecaster(h=3, units=3, look_back=3, stateful=True, hist_exog=["sky"])
    path: Path = forecaster.fit(df).save(folder / "made.gatecast")
    return path.read_bytes()


def body(df: pd.DataFrame, *, ids: bool = True) -> list[dict[str, Any]]:
    """Rows of a frame as a request has them."""
    shown = df.assign(ds=df["ds"].astype(str)) if df["ds"].dtype.kind == "M" else df
    return (shown if ids else shown.drop(columns="unique_id")).to_dict("records")


def later(kind: str, name: str, count: int, start: int = 0) -> pd.DataFrame:
    """Rows of a series after those that the model was fitted on; of a new one, from its first."""
    df = rows_of(kind)
    own = df[df["unique_id"] == name]
    first = (0 if name == "new" else ROWS) + start
    assert first + count <= ROWS + LATER
    return own[first : first + count].reset_index(drop=True)


def updated(kind: str, df: pd.DataFrame) -> Any:
    """The library's own forecaster after some rows."""
    return copy(forecaster_of(kind)).update(df)
