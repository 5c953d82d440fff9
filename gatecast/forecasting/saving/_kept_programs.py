"""The forecasts of saved models as programs, kept on this machine and made from their weights."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax

from gatecast._files import is_safe, write_file
from gatecast._types import InputError
from gatecast.forecasting._model import Model
from gatecast.forecasting.members import Members, Program, traced
from gatecast.network.recurrence import native_version

_PACKAGES = ("gatecast", "keras", "jax", "jaxlib", "numpy")
_CHECKSUM = 32


def with_programs(model: Model, identity: list[Any]) -> Model:
    """The model with programs from the folder that `use_compilation_cache` made, if it did.

    A program that is not there yet is made and kept. Without a cache nothing is read or written.

    Args:
        model: as loaded.
        identity: per part, JSON of what its program follows from.
    """
    place = jax.config.jax_compilation_cache_dir
    folder = Path(place or "") / "forecasts"
    if not place or not is_safe(folder, folder=True):
        return model
    parts = [
        replace(part, program=_program(folder, own, part, model))
        for part, own in zip(model.members.parts, identity, strict=True)
    ]
    return replace(model, members=replace(model.members, parts=tuple(parts)))


def _program(folder: Path, identity: Any, part: Members, model: Model) -> Program | None:
    versions = [version(package) for package in _PACKAGES]
    # A program that calls the native LSTM is of no use without it, and slow where it does not.
    machine = [jax.default_backend(), native_version()]
    about = json.dumps([identity, model.h, versions, *machine], sort_keys=True)
    path = folder / f"forecast-{hashlib.sha256(about.encode()).hexdigest()}"
    content = _read(path)
    if content is not None:
        return Program(content)
    program = traced(part, model.context.panel, model.h)
    if program is not None:
        whole = hashlib.sha256(program.content).digest() + program.content
        # Without room for it, the program is made again next time.
        with suppress(InputError):
            write_file(path, lambda staged: _write(staged, whole))
    return program


def _read(path: Path) -> bytes | None:
    """What was kept; None if there is nothing, or it is damaged or may be someone else's."""
    try:
        if not is_safe(path, folder=False):
            return None
        whole = path.read_bytes()
    except OSError:
        return None
    digest, content = whole[:_CHECKSUM], whole[_CHECKSUM:]
    return content if hashlib.sha256(content).digest() == digest else None


def _write(path: Path, content: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(content)
