"""How a service runs, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What a request may ask for.

    Attributes:
        body_bytes: of a request.
        artefact_bytes: of a model that is uploaded.
        rows: of a request.
        h: rows to forecast.
        levels: intervals of a forecast.
        history: rows that are returned at once.
        seconds: that a request may take.
        per_second: requests of a key, on average; ten seconds of it may come at once.
    """

    body_bytes: int = 32 * _MIB
    artefact_bytes: int = 512 * _MIB
    rows: int = 100_000
    h: int = 1000
    levels: int = 10
    history: int = 10_000
    seconds: float = 30.0
    per_second: float = 2000.0


@dataclass(frozen=True)
class ServeSettings:
    """How a service runs.

    Attributes:
        state: URL of the database.
        models: name -> path of the artefact to serve; those that are stored are served as well.
        auth: whether requests need a key.
        adaptive: whether intervals learn from the truths that arrive.
        limits: what is refused.
        log: whether a line is written for each request.
        addons: functions that add to the app, as `module:name`, and what each is called with.
    """

    state: str
    models: Mapping[str, Path] = field(default_factory=dict)
    auth: bool = True
    adaptive: bool = True
    limits: Limits = field(default_factory=Limits)
    log: bool = True
    addons: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
