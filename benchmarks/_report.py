"""What every benchmark prints at its end."""

import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path


def print_results(
    results: Mapping[str, float], packages: tuple[str, ...] = ("keras", "jax")
) -> None:
    """Print the machine and versions, then one `name: value` line per result."""
    versions = ", ".join(f"{package} {version(package)}" for package in ("gatecast", *packages))
    print(f"# Python {sys.version.split()[0]}, {versions}; {platform.machine()} {_processor()}")
    for name, value in results.items():
        print(f"{name}: {value:.4g}")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor()
