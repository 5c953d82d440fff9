"""Fitted models on their way to workers: as the bytes of their artefacts."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecast._lazy import lazy
from gatecast._types import InputError
from gatecast.scaleout._storage import Folder
from gatecast.scaleout.executors import Executor, Shared

if TYPE_CHECKING:
    from gatecast import forecasting
    from gatecast.forecasting import Estimator
else:
    forecasting = lazy("gatecast.forecasting")

_NAME = "model.gatecast"


@dataclass(frozen=True)
class SentModel:
    """A fitted forecaster that any worker can load; each does so once.

    Attributes:
        checksum: of the artefact.
        artefact: its bytes.
    """

    checksum: str
    artefact: Shared[bytes]

    @property
    def example(self) -> Estimator:
        """The forecaster."""
        return _loaded(self)

    def of(self, bucket: int) -> list[Estimator]:
        """The forecaster, for every bucket."""
        return [self.example]

    # What tells models apart is the artefact, not where its bytes lie.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, SentModel) and other.checksum == self.checksum

    def __hash__(self) -> int:
        return hash(self.checksum)


@lru_cache(maxsize=2)
def _loaded(sent: SentModel) -> Estimator:
    return loaded(sent.artefact.get())


def loaded(artefact: bytes) -> Estimator:
    """The forecaster of an artefact.

    Raises:
        InputError: if it is none, or damaged.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _NAME
        path.write_bytes(artefact)
        return forecasting.load(path)


def artefact_of(model: Any) -> bytes:
    """The bytes of a fitted forecaster, or of its saved file.

    Raises:
        InputError: if it is neither, or not fitted.
    """
    if isinstance(model, str | os.PathLike):
        folder, _, name = os.fspath(model).replace(os.sep, "/").rpartition("/")
        try:
            return Folder.at(folder or ".").read(name)
        except OSError as error:
            words = error.strerror or " ".join(str(error).split())
            raise InputError(f"{model}: cannot be read: {words}") from None
    if not isinstance(model, forecasting.Estimator):
        raise InputError(
            f"model must be a fitted forecaster or the path of a saved one, got {model!r}"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _NAME
        model.save(path)
        return path.read_bytes()


def sent(artefact: bytes, executor: Executor) -> SentModel:
    """An artefact, laid where every worker finds it."""
    return SentModel(checksum_of(artefact), executor.share(artefact))


def checksum_of(contents: bytes) -> str:
    """Of an artefact, for a plan."""
    return hashlib.sha256(contents).hexdigest()[:32]
