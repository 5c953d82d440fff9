"""The process of a run: `python -m gatecast.studio.work FOLDER`.

The folder holds `plan.json` and `data/` with the one file that the plan is about. What the run
makes is put into `results/` when all of it is there. Each line on standard output is a `Progress`
in JSON; the last one has the stage "done" or "failed". A SIGTERM ends it and leaves no results.

With `--what-if` instead of a folder, it answers questions about finished runs: see `WhatIf`.

Exit codes: 0 done, 1 a fault of the program, 2 the data or the plan cannot be used, 143 terminated.
"""

from __future__ import annotations

import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import NoReturn

from gatecast._types import InputError
from gatecast.studio.work._answers import answers
from gatecast.studio.work._carry_out import carry_out
from gatecast.studio.work._plan import Plan
from gatecast.studio.work._told import Progress
from gatecast.training import use_compilation_cache, use_synchronous_dispatch

_DONE, _OUR_FAULT, _USER_INPUT, _TERMINATED = 0, 1, 2, 143


def main(folder: Path) -> int:
    """Carry out the plan of a folder; the exit code."""
    signal.signal(signal.SIGTERM, _end)
    home = folder / "data"
    try:
        use_compilation_cache()
        use_synchronous_dispatch()
        plan = Plan.from_json((folder / "plan.json").read_text(encoding="utf-8"))
        (data,) = home.iterdir()
        carry_out(plan, data, folder / "results", _say)
    except InputError as error:
        # A visitor knows the file by its name, not by its place.
        problem = str(error).replace(f"{home}/", "")
        _say(Progress("failed", problem=" ".join(problem.split())))
        return _USER_INPUT
    except Exception as error:  # noqa: BLE001 (the last resort before the visitor)
        traceback.print_exc()
        problem = f"{type(error).__name__}: {' '.join(str(error).split())}"
        _say(Progress("failed", problem=problem, ours=True))
        return _OUR_FAULT
    return _DONE


def _say(progress: Progress) -> None:
    sys.stdout.write(f"{progress.to_json()}\n")
    sys.stdout.flush()


def _end(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 (a signal handler)
    sys.exit(_TERMINATED)


if __name__ == "__main__":
    if sys.argv[1] == "--what-if":
        use_compilation_cache()
        use_synchronous_dispatch()
        answers(sys.stdin, sys.stdout)
    else:
        sys.exit(main(Path(sys.argv[1])))
