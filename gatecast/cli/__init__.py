"""The shell: one command per file, one line per error.

Exit codes: 0 done, 2 the user's input, 1 our fault.
"""

from gatecast.cli._main import main

__all__ = ["main"]
