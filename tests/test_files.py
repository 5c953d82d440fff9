"""Locks on files, and standard output that cannot be written."""

import subprocess
import sys
from pathlib import Path

import pytest

from gatecast._files import locked, replace_file
from gatecast._types import InputError


def test_a_second_lock_waits_and_then_says_why(tmp_path: Path):
    path = tmp_path / "model"
    path.write_text("old")
    with locked(path) as check:
        check()
        with pytest.raises(InputError, match="another process is updating it"), locked(path, 0.1):
            pass
        replace_file(path, lambda staged: staged.write_text("new"))
        with pytest.raises(InputError, match="was changed by another process"):
            check()
    with locked(path, 0.1) as check:
        check()


def test_a_full_standard_output_is_told():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gatecast", "--version"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    words = "error: standard output cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, words)
