"""Peers run in environments of their own, in `.peers/` or the folder GATECAST_PEERS names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SCRIPTS = Path(__file__).parent / "peers"


def interpreter(name: str) -> Path | None:
    """The Python of one environment, None where it does not exist."""
    folder = Path(os.environ.get("GATECAST_PEERS") or Path(__file__).parents[1] / ".peers")
    python = folder / name / "bin" / "python"
    return python if python.exists() else None


def run(name: str, script: str, arguments: Sequence[object] = ()) -> dict[str, float] | None:
    """The JSON object that a script of `benchmarks/peers` prints last; None without environment."""
    python = interpreter(name)
    if python is None:
        print(f"no environment for {name}: make .peers/{name} to compare", file=sys.stderr)
        return None
    command = [str(python), "-I", str(SCRIPTS / script), *map(str, arguments)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    results: dict[str, float] = json.loads(output.splitlines()[-1])
    return results
