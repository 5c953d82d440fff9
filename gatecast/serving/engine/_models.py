"""The models that a process serves, loaded from the database."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from gatecast._types import InputError
from gatecast.forecasting import load_model
from gatecast.serving import store
from gatecast.serving._served import Arrivals, Served
from gatecast.serving._standing import Standing
from gatecast.serving.engine._errors import NotFoundError


class Models:
    """Versions of models, each loaded once.

    Args:
        adaptive: whether their intervals learn from the truths that arrive.
    """

    def __init__(self, *, adaptive: bool = True) -> None:
        self.adaptive = adaptive
        self._loaded: dict[tuple[str, str], Served] = {}
        self._lock = threading.Lock()

    def serving(self, connection: Connection, name: str, *, share: bool = False) -> Served:
        """The version of a model that serves.

        Args:
            connection: in a transaction.
            name: of the model.
            share: keep the version from changing while the transaction lasts.

        Raises:
            NotFoundError: if there is no such model, naming close ones.
        """
        versions = store.versions_of(connection, name, share=share)
        if versions is None:
            known = [each.name for each in store.models(connection)]
            raise NotFoundError(f"no model is named {name!r}{close_names(name, known)}")
        with self._lock:
            loaded = (name, versions.version) in self._loaded
        found = self.version(connection, name, versions.version)
        if not loaded:
            # It has been switched, perhaps by another process.
            self.forget(name, {versions.version, versions.previous})
        return found

    def version(self, connection: Connection, name: str, version: str) -> Served:
        """One version of a model.

        Raises:
            NotFoundError: if it is not stored.
        """
        with self._lock:
            found = self._loaded.get((name, version))
        if found is None:
            content = store.artefact(connection, name, version)
            if content is None:
                raise NotFoundError(f"model {name!r} has no version {version!r}")
            found = served_of(name, content, adaptive=self.adaptive)
            self.add(found)
        return found

    def add(self, served: Served) -> None:
        """Take a version that has been loaded."""
        with self._lock:
            self._loaded[served.name, served.version] = served

    def forget(self, name: str, kept: Collection[str | None]) -> None:
        """Drop the versions of a model that are not needed any more."""
        with self._lock:
            for key in [key for key in self._loaded if key[0] == name and key[1] not in kept]:
                del self._loaded[key]


def served_of(name: str, content: bytes, *, adaptive: bool) -> Served:
    """A model from the bytes of its artefact.

    Raises:
        InputError: if it is none, or is damaged.
    """
    with tempfile.TemporaryDirectory() as folder:
        # Not named as the model, whose name may lead to another folder.
        path = Path(folder) / "model.gatecast"
        path.write_bytes(content)
        try:
            model = load_model(path)
        except InputError as error:
            # The path says nothing to who has sent the bytes.
            raise InputError(str(error).replace(str(path), f"model {name!r}")) from None
    return Served(name, store.version_of(content), model, adaptive)


def warm_up(served: Served) -> None:
    """Compile what a first request needs, on one series of the model."""
    ids, state = [*served.fitted_ids][:1], served.fitted_states[:1]
    standing = Standing(served, ids, state)
    if not served.model.members.futr_exog:
        standing.forecast(level=(80,) if served.intervals else ())
    shape = (1, served.targets), (1, len(served.exog))
    row = Arrivals(standing.next_ds, np.ones(shape[0]), np.zeros(shape[1]), np.zeros(1, dtype=bool))
    standing.moved(row)


def close_names(name: str, known: list[str]) -> str:
    """Names that may have been meant, as the end of a message."""
    close = get_close_matches(name, known, n=3)
    if close:
        return f"; did you mean {' or '.join(map(repr, close))}?"
    return f"; there are {', '.join(map(repr, known[:3]))}" if known else ""
