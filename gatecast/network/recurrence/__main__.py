"""Compile the native LSTM now, where it is not: `python -m gatecast.network.recurrence`."""

import sys
import time

from gatecast._progress import showing
from gatecast.network.recurrence._compile import LibraryError
from gatecast.network.recurrence._library import SWITCH, library_folder, make_library


def main() -> int:
    """0 if it is compiled, 2 if it cannot be."""
    began = time.perf_counter()
    try:
        folder = library_folder()
        with showing(verbose=True):
            path = folder and make_library(folder)
    except LibraryError as error:
        sys.stderr.write(f"the LSTM was not compiled: {error}\n")
        return 2
    if path is None:
        sys.stderr.write(f"the LSTM was not compiled: {SWITCH} is 0\n")
        return 2
    sys.stdout.write(f"{path} ({time.perf_counter() - began:.0f} s)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
