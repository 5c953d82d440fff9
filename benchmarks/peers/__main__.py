"""Create the peers' environments with pip: all of them, or those named.

python -m benchmarks.peers [torch] [neuralforecast] [tensorflow]

On Linux, set `PIP_EXTRA_INDEX_URL` to PyTorch's index of CPU builds: a torch a tenth the size.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from types import MappingProxyType

from benchmarks import _peers

_PACKAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "torch": ("torch==2.13.0", "numpy"),
        "neuralforecast": (
            "torch==2.13.0",
            "neuralforecast==3.3.0",
            "darts==0.48.1",
            "fastapi",
            "uvicorn",
        ),
        "tensorflow": ("tensorflow==2.21.0", f"keras=={version('keras')}"),
    }
)


def main() -> None:
    """Create what does not exist yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(_PACKAGES))
    names = parser.parse_args().names or [*_PACKAGES]
    if unknown := set(names) - set(_PACKAGES):
        parser.error(f"no peer {min(unknown)}: known are {', '.join(_PACKAGES)}")
    for name in names:
        if _peers.interpreter(name) is None:
            _create(name)
        print(f"{name}: {_peers.interpreter(name)}")


def _create(name: str) -> None:
    home = _peers.folder() / name
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = str(home / "bin" / "python")
    # One package after another: what follows takes the torch that is there.
    for package in _PACKAGES[name]:
        subprocess.run([python, "-m", "pip", "install", "--quiet", package], check=True)


if __name__ == "__main__":
    main()
