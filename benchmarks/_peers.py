"""Peers run in environments of their own, in `.peers/`: `python -m benchmarks.peers` makes them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

SCRIPTS = Path(__file__).parent / "peers"
_ERROR_LINES = 8


def folder() -> Path:
    """Of all environments: `.peers` in the project, or what GATECAST_PEERS names."""
    return Path(os.environ.get("GATECAST_PEERS") or Path(__file__).parents[1] / ".peers")


def interpreter(name: str) -> Path | None:
    """The Python of one environment, None where it does not exist."""
    python = folder() / name / "bin" / "python"
    return python if python.exists() else None


def run(name: str, script: str, arguments: Sequence[object] = ()) -> dict[str, float] | None:
    """What a script of `benchmarks/peers` measured in a fresh process of its environment.

    Args:
        name: of the environment.
        script: the file's name; its last line of output is a JSON object of numbers.
        arguments: of its command line.

    Returns:
        That object; None, and a hint on standard error, where the environment does not exist.

    Raises:
        RuntimeError: if the script fails.
    """
    found = command(name, script, arguments)
    return None if found is None else measured(found)


def command(name: str, script: str, arguments: Sequence[object] = ()) -> list[str] | None:
    """What starts a script in its environment; None, and a hint, where that does not exist.

    Arguments are as in `run`.
    """
    python = interpreter(name)
    if python is None:
        hint = f"run `python -m benchmarks.peers {name}` to compare"
        print(f"no environment {folder() / name}: {hint}", file=sys.stderr)
        return None
    # -I: neither this project nor its packages are seen from there.
    return [str(python), "-I", str(SCRIPTS / script), *map(str, arguments)]


def measured(command: Sequence[str]) -> dict[str, float]:
    """What a command prints as the last line of its output: a JSON object of numbers.

    Raises:
        RuntimeError: with the last lines of its errors, if it fails.
    """
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        last = "\n".join(done.stderr.splitlines()[-_ERROR_LINES:])
        raise RuntimeError(f"{' '.join(command)} failed:\n{last}")
    results: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return results


def frame(
    name: str, script: str, arguments: Sequence[object], df: pd.DataFrame
) -> tuple[pd.DataFrame, float] | None:
    """A frame that a peer's script makes of another one, and the seconds it says it took.

    Args:
        name: of the environment.
        script: called with the paths of a CSV file to read and one to write, then the arguments;
            it prints `{"seconds": ...}`.
        arguments: of its command line.
        df: `unique_id`, `ds`, `y`.

    Returns:
        The frame and the seconds; None as `run`.
    """
    with tempfile.TemporaryDirectory() as home:
        read, written = Path(home) / "in.csv", Path(home) / "out.csv"
        df.to_csv(read, index=False)
        results = run(name, script, [read, written, *arguments])
        if results is None:
            return None
        found = pd.read_csv(written, dtype={"unique_id": str})
    found["ds"] = found["ds"].astype(df["ds"].dtype)
    return found, results["seconds"]
