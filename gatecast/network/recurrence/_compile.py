"""Compiling the native LSTM for the machine it runs on."""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import jax

_SOURCES = Path(__file__).with_name("native")
# The second is for compilers of ARM machines that do not know the first.
_FOR_THIS_MACHINE = ("-march=native", "-mcpu=native")
# Some seconds are usual.
_MOST_SECONDS = 300


class LibraryError(RuntimeError):
    """There is no native LSTM; the message says why."""


class CompilerError(LibraryError):
    """There is no compiler, or it fails; so it will until there is another."""


def library_key() -> str:
    """A name for what a library is compiled from and for; with another key it may not run.

    The compiler is no part of it: what one has compiled runs where there is none.
    """
    sources = [path.read_text(encoding="utf-8") for path in sorted(_SOURCES.glob("*.[hc]*"))]
    about = [*sources, version("jaxlib"), platform.machine(), *platform.libc_ver(), _cpu()]
    return hashlib.sha256("\0".join(about).encode()).hexdigest()[:16]


def find_compiler() -> list[str]:
    """The command that compiles C++, `$CXX` or else c++ or g++.

    Raises:
        CompilerError: if there is none.
    """
    named = shlex.split(os.environ.get("CXX", ""))
    found = shutil.which(named[0]) if named else shutil.which("c++") or shutil.which("g++")
    if found is None:
        missing = (
            f"CXX names {named[0]}, which is not there" if named else "there is no C++ compiler"
        )
        raise CompilerError(f"{missing}; install one, such as g++")
    return [found, *named[1:]]


def compile_library(compiler: Sequence[str], target: Path) -> None:
    """Compile the library into a file, which takes some seconds.

    Args:
        compiler: from `find_compiler`.
        target: the file.

    Raises:
        LibraryError: if the compiler fails, or does not end.
    """
    command = [*compiler, "-std=c++17", "-O3", "-w", "-fPIC", "-shared", "-pthread"]
    files = [f"-I{jax.ffi.include_dir()}", str(_SOURCES / "lstm.cc"), "-o", str(target)]
    said = ""
    for flag in _FOR_THIS_MACHINE:
        try:
            run = subprocess.run(  # noqa: S603 (the machine's own compiler)
                [*command, flag, *files],
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=_MOST_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise LibraryError(f"{command[0]} took more than {_MOST_SECONDS} s") from None
        except OSError as error:
            raise CompilerError(f"{command[0]}: {error.strerror}") from None
        if run.returncode == 0:
            return
        said = said or next(iter(run.stderr.strip().splitlines()), f"exit code {run.returncode}")
    raise CompilerError(f"{command[0]} failed: {said}")


def _cpu() -> str:
    """What the processor can do: a library for more would not run."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")
