"""Compile the native LSTM: `python -m gatecast.network.recurrence`."""

import sys
import time

from gatecast.network.recurrence._compile import CompilerError, compile_library, library_path


def main() -> int:
    """0 if it is compiled now, 2 if it cannot be."""
    began = time.perf_counter()
    try:
        if not library_path().exists():
            compile_library()
    except CompilerError as error:
        sys.stderr.write(
            f"the native LSTM is not compiled, training and forecasts will be slower: {error}\n"
        )
        return 2
    sys.stdout.write(f"native LSTM compiled ({time.perf_counter() - began:.0f} s)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
