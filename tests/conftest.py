"""What all tests share: compiled programs, and which tests this machine can run."""

import gc
import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Set before JAX is loaded, and inherited by the processes that tests start. Compiling takes most of
# the time of a test, and how fast the compiled program is does not matter to it.
_CACHE = Path(__file__).parents[1] / ".pytest_cache"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(_CACHE / "programs"))
os.environ.setdefault("GATECAST_NATIVE", str(_CACHE / "native"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
# A program split into parts, to compile each on a core of its own, takes more processor time.
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false "
    "--xla_cpu_parallel_codegen_split_count=1",
)
# Where in the code each operation of a program was asked for, nobody reads.
os.environ.setdefault("JAX_TRACEBACK_IN_LOCATIONS_LIMIT", "0")

# MLflow would tell its makers what it is used for; and a store of files is ready at once, while a
# database takes ten seconds to make.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")

# Models that are served, a run of the studio.
_TOGETHER = ("tests/serving/", "tests/studio/")

# What is loaded stays: to look through it for garbage as often as Python does takes
# about a tenth of the time.
gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session", autouse=True)
def compiled_lstm() -> None:
    """Compiled before the first test, since some look at everything that a command prints."""
    if not any(Path(os.environ["GATECAST_NATIVE"]).glob("*.so")):
        command = [sys.executable, "-m", "gatecast.network.recurrence"]
        subprocess.run(command, capture_output=True, check=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One browser for all tests of a process, which cannot hold two."""
    # Few tests need them: they are not imported for the others.
    path = pytest.importorskip("visitors").chromium_path()
    with pytest.importorskip("playwright.sync_api").sync_playwright() as playwright:
        # Without root's sandbox, which containers do not have.
        found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests that share what takes long to make are run by one process, others file by file."""
    # Only the process that hands out the tests has a scheduler.
    scheduler = importlib.import_module("xdist.scheduler").LoadFileScheduling

    class ByFolder(scheduler):  # type: ignore[misc, valid-type]
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return next((folder for folder in _TOGETHER if file.startswith(folder)), file)

    return ByFolder(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests were left out, and what they need."""
    for which, what in _missing().items():
        terminalreporter.write_line(f"left out, as it needs {what}: tests of {which}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs more than Python where that is not installed; CI has it all."""
    missing = _missing()
    left_out = [item for item in items if missing.keys() & _needs(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _needs(item: pytest.Item) -> set[str]:
    given = getattr(getattr(item, "callspec", None), "params", {}).values()
    found = set(getattr(item, "fixturenames", ())) | {
        each for each in given if isinstance(each, str)
    }
    return found | {mark.name for mark in item.iter_markers() if mark.name in {"compiler", "root"}}


def _missing() -> dict[str, str]:
    """Fixture or marker -> what this machine lacks for it."""
    if os.environ.get("CI"):
        return {}
    found = {}
    if not (shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))):
        found["postgres"] = "PostgreSQL"
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        found["browser"] = "Chromium"
    if not any(map(shutil.which, ("c++", "g++"))):
        found["compiler"] = "a C++ compiler"
    if os.geteuid() != 0:
        found["root"] = "root"
    return found
