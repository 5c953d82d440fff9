import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from postgres_databases import postgres, postgres_url
from shells import Ended, Shell

import gatecast
from gatecast.cli import main

__all__ = ["postgres", "postgres_url"]


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
    monkeypatch.setattr(gatecast, "use_compilation_cache", lambda: folder)

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


@pytest.fixture(scope="session")
def fitted() -> gatecast.LSTMForecaster:
    """Two hourly series with enough rows for intervals, trained for a moment."""
    hours = pd.date_range("2024-03-01", periods=60, freq="h")
    noise = np.random.default_rng(5).normal(10, 1, (2, 60))
    frame = pd.concat(
        pd.DataFrame({"unique_id": name, "ds": hours, "y": values})
        for name, values in zip(["north", "south"], noise, strict=True)
    )
    short = gatecast.Training(epochs=2, batch_size=32)
    return gatecast.LSTMForecaster(h=3, look_back=4, units=2, training=short).fit(frame)


@pytest.fixture
def model(folder: Path, fitted: gatecast.LSTMForecaster) -> Path:
    return fitted.save(folder / "model.gatecast")


@pytest.fixture
def following(folder: Path) -> Path:
    """Two more rows of the north, one of the south."""
    file = folder / "following.csv"
    file.write_text(
        "unique_id,ds,y\n"
        "north,2024-03-03 12:00,11\n"
        "south,2024-03-03 12:00,9.5\n"
        "north,2024-03-03 13:00,10.25\n"
    )
    return file
