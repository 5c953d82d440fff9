"""Files on any storage that fsspec knows: this machine's disk, a shared one, an object store."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gatecast._files import write_file
from gatecast._lazy import lazy
from gatecast._lock import locked
from gatecast._types import InputError

fsspec = lazy("fsspec")

# Another process looks for a plan for less than that.
_WAIT_SECONDS = 60.0
# The memory of one process, which no other one sees.
_OWN_MEMORY = "memory"


@dataclass(frozen=True)
class Folder:
    """A folder: what is written into it appears whole or not at all.

    Attributes:
        url: a path, made absolute, or any URL of fsspec.
    """

    url: str

    @classmethod
    def at(cls, place: Any) -> Folder:
        """The folder of a path or URL.

        Raises:
            InputError: if no storage of that name can be used.
        """
        text = str(place)
        if "://" not in text:
            text = str(Path(text).expanduser().absolute())
        folder = cls(text.rstrip("/") or "/")
        _ = folder._place
        return folder

    @cached_property
    def _place(self) -> tuple[Any, str]:
        try:
            filesystem, path = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError) as error:
            words = " ".join(str(error).split())
            raise InputError(f"{self.url}: this storage cannot be used: {words}") from None
        return filesystem, path

    @property
    def filesystem(self) -> Any:
        """The fsspec file system."""
        return self._place[0]

    @property
    def root(self) -> str:
        """The path of the folder in its file system."""
        return self._place[1]

    @property
    def on_disk(self) -> bool:
        """Whether it is a folder of this machine, perhaps a mounted one."""
        return "file" in _protocols(self.filesystem)

    @property
    def own_memory(self) -> bool:
        """Whether no other process sees it."""
        return _OWN_MEMORY in _protocols(self.filesystem)

    def __truediv__(self, name: str) -> Folder:
        return Folder(f"{self.url}/{name}")

    def path(self, name: str) -> str:
        """The path of a file in the file system."""
        return posixpath.join(self.root, name)

    def exists(self, name: str = "") -> bool:
        """Whether there is a file, or the folder itself."""
        self.filesystem.invalidate_cache()
        return bool(self.filesystem.exists(self.path(name) if name else self.root))

    def names(self) -> list[str]:
        """The names of its files and folders, sorted."""
        self.filesystem.invalidate_cache()
        try:
            found = self.filesystem.ls(self.root, detail=False)
        except FileNotFoundError:
            return []
        return sorted(posixpath.basename(str(path).rstrip("/")) for path in found)

    def read(self, name: str) -> bytes:
        """The contents of a file.

        Raises:
            FileNotFoundError: if there is none.
        """
        return bytes(self.filesystem.cat_file(self.path(name)))

    def open(self, name: str) -> Any:
        """A file to read from, at any place."""
        return self.filesystem.open(self.path(name), "rb")

    def write(self, name: str, contents: bytes) -> None:
        """Write a file, whole or not at all; one that is there is replaced.

        Raises:
            InputError: if it cannot be written.
        """
        path = self.path(name)
        try:
            if self.on_disk:
                self.filesystem.makedirs(posixpath.dirname(path), exist_ok=True)
                write_file(path, lambda staged: staged.write_bytes(contents))
            else:
                # An object of a store appears when all of it has arrived.
                self.filesystem.pipe_file(path, contents)
        except OSError as error:
            words = error.strerror or " ".join(str(error).split())
            raise InputError(f"{self.url}/{name}: cannot be written: {words}") from None

    def read_json(self, name: str) -> dict[str, Any] | None:
        """What a JSON file holds; None if there is none.

        Raises:
            InputError: if it is something else.
        """
        try:
            found = json.loads(self.read(name))
        except FileNotFoundError:
            return None
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise InputError(f"{self.url}/{name} is damaged: choose an empty folder")
        return found

    def write_json(self, name: str, document: Mapping[str, Any]) -> None:
        """Write a JSON file, whole or not at all."""
        self.write(name, json.dumps(document, indent=1, allow_nan=False).encode())

    def remove(self) -> None:
        """Remove it with all that is in it, if it is there."""
        with suppress(FileNotFoundError):
            self.filesystem.rm(self.root, recursive=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one process at a time look at the folder and write into it, on a disk."""
        if not self.on_disk:
            yield
            return
        try:
            self.filesystem.makedirs(self.root, exist_ok=True)
        except OSError as error:
            words = error.strerror or " ".join(str(error).split())
            raise InputError(f"{self.url}: cannot be written: {words}") from None
        with locked(Path(self.root), "scaleout", wait_seconds=_WAIT_SECONDS):
            yield


def _protocols(filesystem: Any) -> tuple[str, ...]:
    found = filesystem.protocol
    return (found,) if isinstance(found, str) else tuple(found)
