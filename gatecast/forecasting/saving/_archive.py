"""A zip archive of a few named contents, equal for equal contents."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from gatecast._types import InputError

# The first moment that a zip archive can name.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_MOST_MEMBERS = 100
_MOST_PACKED = 2**20
_DAMAGED = (EOFError, KeyError, NotImplementedError, OSError, RuntimeError, ValueError)


def write_archive(contents: Mapping[str, bytes], path: Path) -> None:
    """Write contents, not compressed, in their order."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), content)


def read_archive(path: Path, names: Sequence[str]) -> dict[str, bytes]:
    """The contents of some names, empty where there is none; never more bytes than the file has.

    Raises:
        InputError: if the file is missing or no such archive.
    """
    try:
        size = path.stat().st_size
        with zipfile.ZipFile(path) as archive:
            every = archive.infolist()
            if len(every) > _MOST_MEMBERS:
                raise InputError(f"{path}: not a gatecast model, or damaged (too many parts)")
            return {
                name: _read(archive, archive.getinfo(name), size)
                if name in archive.namelist()
                else b""
                for name in names
            }
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (*_DAMAGED, zipfile.BadZipFile) as error:
        if isinstance(error, InputError):
            raise
        words = " ".join(str(error).split())
        raise InputError(f"{path}: not a gatecast model, or damaged ({words})") from None


def _read(archive: zipfile.ZipFile, about: zipfile.ZipInfo, size: int) -> bytes:
    """A content, whose size is known before memory is taken."""
    packed = about.compress_type != zipfile.ZIP_STORED
    # Models of earlier formats are compressed: of those, the manifest is read for its format.
    most = min(size, _MOST_PACKED) if packed else size
    if about.file_size > most:
        raise ValueError(f"{about.filename} would unpack to {about.file_size:,} bytes")
    with archive.open(about) as opened:
        return opened.read(most + 1)
