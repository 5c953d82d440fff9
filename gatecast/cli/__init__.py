"""The shell: one command per file, one line per error.

A command stands in the module of its name, and in the list in `_main`. The options that several
commands take are in `options`, what several commands do is in `shared`.

Exit codes: 0 done, 2 the user's input, 1 our fault.
"""

from gatecast.cli._main import main

__all__ = ["main"]
