"""What every benchmark prints at its end, and records if asked to."""

import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version
from types import MappingProxyType

from benchmarks._record import Record, processor

NO_TARGETS: Mapping[str, str] = MappingProxyType({})


def print_results(
    results: Mapping[str, float],
    packages: tuple[str, ...] = ("keras", "jax"),
    *,
    record: Record | None,
    targets: Mapping[str, str] = NO_TARGETS,
) -> None:
    """Print the machine and versions, then one `name: value` line per result.

    Args:
        results: by name.
        packages: whose versions are printed.
        record: adds them to a file, with their targets.
        targets: what some of them should reach, by name: "<=1.5", ">=60", "<13.01", "80±2".
    """
    versions = ", ".join(f"{package} {version(package)}" for package in ("gatecast", *packages))
    print(f"# Python {sys.version.split()[0]}, {versions}; {platform.machine()} {processor()}")
    for name, value in results.items():
        print(f"{name}: {value:.4g}")
    if record:
        record.append(results, targets)
        print(f"# recorded in {record.path}")
