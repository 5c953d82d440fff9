"""Compiling the native LSTM for the machine it runs on."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import jax

_FOLDER = Path(__file__).with_name("native")
# The second is for compilers of ARM machines that do not know the first.
_FOR_THIS_MACHINE = ("-march=native", "-mcpu=native")


class CompilerError(RuntimeError):
    """The native LSTM could not be compiled; its message says why."""


def library_path() -> Path:
    """Where the library for this machine, this jaxlib and this source is, or would be."""
    source = [path.read_text(encoding="utf-8") for path in sorted(_FOLDER.glob("*.[hc]*"))]
    about = [*source, version("jaxlib"), platform.machine(), _cpu()]
    key = hashlib.sha256("\0".join(about).encode()).hexdigest()[:16]
    return _FOLDER / f"lstm-{key}.so"


def compile_library() -> Path:
    """Compile the library with the machine's C++ compiler, `$CXX` or c++; takes some seconds.

    Raises:
        CompilerError: if there is no compiler, it fails, or the package's folder is read-only.
    """
    target = library_path()
    compiler = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
    if compiler is None:
        raise CompilerError("no C++ compiler was found: install one, such as g++, or set CXX")
    staged = target.with_name(f".{target.name}.{os.getpid()}")
    common = [compiler, "-std=c++17", "-O3", "-w", "-fPIC", "-shared", "-pthread"]
    try:
        for flag in _FOR_THIS_MACHINE:
            files = [f"-I{jax.ffi.include_dir()}", str(_FOLDER / "lstm.cc"), "-o", str(staged)]
            run = subprocess.run(  # noqa: S603 (the machine's own compiler)
                [*common, flag, *files], capture_output=True, text=True, check=False
            )
            if run.returncode == 0:
                staged.replace(target)
                return target
    except OSError as error:
        raise CompilerError(f"{compiler}: {error.strerror}") from None
    finally:
        staged.unlink(missing_ok=True)
    said = run.stderr.strip().splitlines() or [f"exit code {run.returncode}"]
    raise CompilerError(f"{compiler} failed: {said[-1]}")


def _cpu() -> str:
    """What the processor can do: a library for more would not run."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")
