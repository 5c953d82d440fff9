import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import gatecast as gc
from gatecast.cli import main


class Ended(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Shell = Callable[..., Ended]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def here(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """Runs a command in this process; Keras is imported once."""
    monkeypatch.setattr(gc, "use_compilation_cache", lambda: folder)

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["gatecast", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        assert isinstance(end.value.code, int)
        return Ended(end.value.code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Runs a command in a process of its own; compiled programs are shared."""
    cache = tmp_path_factory.mktemp("cache")

    def run(*arguments: object, cwd: Path) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "gatecast", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            env=os.environ | {"XDG_CACHE_HOME": str(cache)},
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return run
