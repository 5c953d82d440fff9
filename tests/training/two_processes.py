"""Programs of the tests, started as processes of their own."""

import os
import socket
import subprocess
import sys
from pathlib import Path


def free_address() -> str:
    """Of a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def started(program: Path, *arguments: str, flags: str = "") -> subprocess.Popen[str]:
    """A program that finds the project and the helpers beside it."""
    tests = Path(__file__).parents[1]
    here = [program.parent, tests / "training", tests / "forecasting", tests.parent]
    flags = f"--xla_backend_optimization_level=0 {flags}"
    environment = {"PYTHONPATH": os.pathsep.join(map(str, here)), "XLA_FLAGS": flags}
    return subprocess.Popen(
        [sys.executable, program, *arguments],
        env=os.environ | environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(*processes: subprocess.Popen[str]) -> None:
    """Wait for them, and kill those that are left if one fails."""
    try:
        for process in processes:
            _, said = process.communicate(timeout=150)
            assert process.returncode == 0, said
    finally:
        for process in processes:
            process.kill()


def finish_both(program: Path, folder: Path) -> None:
    """Run `program FOLDER RANK ADDRESS` as two processes that meet at an address."""
    address = free_address()
    finish(*(started(program, str(folder), str(rank), address) for rank in range(2)))
