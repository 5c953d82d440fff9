"""The process of a run: `python -m gatecast.studio.work FOLDER`.

The folder holds `plan.json` and `data/` with the one file that the plan is about. What the run
makes is put into `results/` when all of it is there. Each line on standard output is a `Progress`
in JSON; the last one has the stage "done" or "failed". A SIGTERM ends it and leaves no results.

Exit codes: 0 done, 1 a fault of the program, 2 the data or the plan cannot be used, 143 terminated.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.exit(1)
