"""One command at a time changes a model."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatecast import InputError
from gatecast.cli.shared import changing

HOLDER = """
import sys, time
from pathlib import Path
from gatecast.cli.shared import changing

with changing(Path(sys.argv[1]), quiet=True):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "air.gatecast"
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def holder(model: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that is changing the model, until it reads a line."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(model)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def enter(model: Path, *, quiet: bool = False, wait_seconds: float = 60) -> list[str]:
    with changing(model, quiet=quiet, wait_seconds=wait_seconds):
        return sorted(path.name for path in model.parent.iterdir())


def test_it_leaves_nothing(model: Path):
    assert enter(model) == [".air.gatecast.lock", "air.gatecast"]
    assert list(model.parent.iterdir()) == [model]


@pytest.mark.parametrize("quiet", [False, True])
def test_who_waits_too_long_is_told(
    model: Path,
    holder: "subprocess.Popen[str]",
    capsys: pytest.CaptureFixture[str],
    *,
    quiet: bool,
):
    with pytest.raises(InputError, match=r"air\.gatecast: another process is still changing it"):
        enter(model, quiet=quiet, wait_seconds=0.1)
    assert holder.poll() is None
    told = f"waiting for another command that is changing {model} ...\n"
    assert capsys.readouterr() == ("", "" if quiet else told)


def test_whoever_comes_by_a_link_waits_too(model: Path, holder: "subprocess.Popen[str]"):
    assert holder.poll() is None
    link = model.with_name("link")
    link.symlink_to(model)
    with pytest.raises(InputError, match="still changing it"):
        enter(link, wait_seconds=0)


def test_the_lock_of_a_killed_process_does_not_count(model: Path, holder: "subprocess.Popen[str]"):
    holder.kill()
    holder.wait()
    assert model.with_name(".air.gatecast.lock").exists()
    enter(model, wait_seconds=0)
    assert list(model.parent.iterdir()) == [model]


def test_a_folder_without_write_access(model: Path):
    with pytest.raises(InputError, match=r"/proc/air: cannot be written: [A-Z]"):
        enter(Path("/proc/air"))
    assert list(model.parent.iterdir()) == [model]
