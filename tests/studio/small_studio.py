"""A studio in this process, and visitors who ask it."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from gatecast.serving.http import Limits, ServeSettings, create_app

with warnings.catch_warnings():
    # It would rather have the successor of httpx, which the client of this project does not use.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

HOME = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class LiveStudio:
    """An app that runs, its first visitor, and its database."""

    app: FastAPI
    client: TestClient
    state: str

    def visitor(self) -> TestClient:
        """Another visitor."""
        return TestClient(self.app, HOME, raise_server_exceptions=False)


@contextmanager
def live_studio(
    state: str,
    models: Mapping[str, Path] | None = None,
    *,
    auth: bool = False,
    **settings: Any,
) -> Iterator[LiveStudio]:
    """A studio on a database, with settings of its own."""
    addons = {"gatecast.studio:add_studio": settings}
    own = ServeSettings(state, models or {}, auth=auth, limits=Limits(), log=False, addons=addons)
    app = create_app(own)
    with TestClient(app, HOME, raise_server_exceptions=False) as client:
        yield LiveStudio(app, client, state)
