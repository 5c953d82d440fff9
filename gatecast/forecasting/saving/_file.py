"""The file of a fitted estimator: a manifest and two sets of arrays, each with its checksum.

A zip archive, not compressed, of `manifest.json` and `manifest.sha256`, `weights.safetensors` and
`state.safetensors`: numbers and settings only, no pickle, nothing that runs.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

from safetensors import SafetensorError
from safetensors.numpy import load, save

from gatecast._files import write_file
from gatecast._lock import locked
from gatecast._types import InputError
from gatecast.forecasting._model import Origin
from gatecast.forecasting.saving._archive import read_archive, write_archive

FORMAT = 4
_PACKAGES = ("gatecast", "keras", "jax", "numpy")
_MANIFEST = "manifest.json"
_CHECKSUM = "manifest.sha256"
_WEIGHTS = "weights.safetensors"
_STATE = "state.safetensors"
# Another process writes for less than that.
_WAIT_SECONDS = 60.0
# What reading contents of the wrong kind raises.
_DAMAGED = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    RecursionError,
    SafetensorError,
    TypeError,
    ValueError,
)

Arrays: TypeAlias = Mapping[str, Any]
"""Contiguous NumPy arrays by name."""


@dataclass(frozen=True)
class Contents:
    """What a file holds.

    Attributes:
        manifest: JSON: the estimator (`made`), its settings, and what the arrays mean.
        weights: of the networks.
        state: all other arrays.
        source: the file.
        origin: the file as it was found, to notice later that something else has written it.
        weights_checksum: of all weights.
    """

    manifest: dict[str, Any]
    weights: dict[str, Any]
    state: dict[str, Any]
    source: Path
    origin: Origin
    weights_checksum: str

    @property
    def kind(self) -> str:
        """The name of the estimator, empty where the manifest has none."""
        made = self.manifest.get("made")
        return str(made.get("kind", "")) if isinstance(made, dict) else ""


def write_contents(
    manifest: Mapping[str, Any],
    weights: Arrays,
    state: Arrays,
    path: str | os.PathLike[str],
    *,
    origin: Origin | None = None,
    overwrite: bool = False,
) -> Origin:
    """Write a file; it appears whole or not at all, and equal contents give equal files.

    Args:
        manifest: as in `Contents`; format, checksums and versions are added.
        weights: as in `Contents`.
        state: as in `Contents`.
        path: of the file.
        origin: the file that the estimator was loaded from.
        overwrite: replace that file even if it has changed.

    Returns:
        The file, as `read_contents` would find it.

    Raises:
        InputError: if the place cannot be written, or what something else wrote would be lost.
    """
    arrays = {_WEIGHTS: save(dict(weights)), _STATE: save(dict(state))}
    about = {
        "versions": {package: version(package) for package in _PACKAGES},
        "sha256": {name: _sha256(arrays[name]) for name in arrays},
    }
    text = json.dumps({"format": FORMAT, **manifest, **about}, indent=1).encode()
    saved = Origin(Path(os.path.realpath(path)), _sha256(text))
    contents = {_MANIFEST: text, _CHECKSUM: saved.checksum.encode(), **arrays}
    if saved.path.exists() and not saved.path.is_file():
        # Such as a pipe, which holds nothing that could be lost.
        write_file(path, partial(write_archive, contents))
        return saved
    with locked(Path(path), "saving", wait_seconds=_WAIT_SECONDS):
        if not overwrite:
            _refuse_lost_changes(origin, saved.path, path)
        write_file(path, partial(write_archive, contents))
    return saved


def read_contents(path: str | os.PathLike[str]) -> Contents:
    """Read a file, checking every byte against its checksum.

    Raises:
        InputError: if the file is missing, was not written by `write_contents`, is damaged or is
            of another format.
    """
    source = Path(path)
    # Of another format the other contents may be of any size.
    found = read_archive(source, (_MANIFEST,))
    with damage_told(source):
        manifest = json.loads(found[_MANIFEST])
        _check_format(source, manifest["format"], str(manifest["versions"]["gatecast"]))
        found |= read_archive(source, (_CHECKSUM, _WEIGHTS, _STATE))
        digests = {_MANIFEST: found[_CHECKSUM].decode(), **manifest["sha256"]}
        for name in (_MANIFEST, _WEIGHTS, _STATE):
            if _sha256(found[name]) != digests[name]:
                raise InputError(
                    f"{source}: {name} does not match its checksum; the file is damaged"
                )
        return Contents(
            manifest,
            load(found[_WEIGHTS]),
            load(found[_STATE]),
            source,
            Origin(Path(os.path.realpath(source)), digests[_MANIFEST]),
            digests[_WEIGHTS],
        )


@contextmanager
def damage_told(source: Path) -> Iterator[None]:
    """Tell of contents that cannot be used by an `InputError` that names the file."""
    try:
        yield
    except _DAMAGED as error:
        if isinstance(error, InputError) and str(error).startswith(f"{source}: "):
            raise
        words = " ".join(str(error).split())
        raise InputError(f"{source}: not a gatecast model, or damaged ({words})") from None


def _refuse_lost_changes(origin: Origin | None, target: Path, path: str | os.PathLike[str]) -> None:
    if origin is None or origin.path != target or not target.exists():
        return
    try:
        found = read_archive(target, (_CHECKSUM,))[_CHECKSUM]
    except InputError:
        found = b""
    if found != origin.checksum.encode():
        raise InputError(
            f"{path} was changed by something else since it was loaded, and is left as it is now: "
            "load it and change it again (in Python, save with overwrite=True replaces it)"
        )


def _check_format(source: Path, found: Any, written_by: str) -> None:
    if type(found) is not int:
        raise InputError(f"{source}: not a gatecast model, or damaged (format {found!r})")
    if found > FORMAT:
        raise InputError(
            f"{source}: written by gatecast {written_by} in format {found}, newer than this "
            f"gatecast reads ({FORMAT}): upgrade it"
        )
    if found < FORMAT:
        raise InputError(
            f"{source}: written in format {found} by gatecast {written_by}, before {FORMAT}, the "
            "first that this gatecast reads: fit and save the model again"
        )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
