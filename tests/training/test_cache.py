import os
import subprocess
import sys
from pathlib import Path

import pytest

from gatecast.training import use_compilation_cache

COMPILES = (
    "import sys, jax;"
    "from gatecast.training import use_compilation_cache;"
    "use_compilation_cache(sys.argv[1]);"
    "print(jax.jit(lambda x: x * 3 + 1)(2.0))"
)


def start(folder: Path) -> subprocess.Popen[str]:
    """A process that compiles a program, with a cache in the folder."""
    return subprocess.Popen(
        [sys.executable, "-c", COMPILES, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def assert_all_succeed(*processes: subprocess.Popen[str]):
    for process in processes:
        out, err = process.communicate()
        assert (process.returncode, out) == (0, "7.0\n"), err
        assert "Traceback" not in err


@pytest.mark.slow
def test_processes_share_a_folder_and_outlive_what_is_damaged_in_it(tmp_path: Path):
    folder = tmp_path / "programs"
    assert_all_succeed(start(folder), start(folder))
    entries = [entry for entry in folder.iterdir() if entry.is_file() and entry.stat().st_size]
    assert entries
    for number, entry in enumerate(entries):
        content = entry.read_bytes()
        entry.write_bytes(content[: len(content) // 2] if number % 2 else b"no program at all")
    no_folder = tmp_path / "a file"
    no_folder.write_text("in the way of a folder")
    assert_all_succeed(start(folder), start(no_folder))


def test_what_was_used_longest_ago_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("jax.config.update", lambda *_: None)
    for day, name in enumerate(["oldest", "older", "newest"]):
        (tmp_path / name).write_bytes(bytes(100))
        os.utime(tmp_path / name, (86400 * day, 86400 * day))
    # Used again, though it was written first.
    os.utime(tmp_path / "oldest", (86400 * 9, 0))
    assert use_compilation_cache(tmp_path, max_bytes=250) == tmp_path
    assert {entry.name for entry in tmp_path.iterdir() if entry.is_file()} == {"oldest", "newest"}
    use_compilation_cache(tmp_path, max_bytes=200)
    assert {entry.name for entry in tmp_path.iterdir() if entry.is_file()} == {"oldest", "newest"}
    use_compilation_cache(tmp_path, max_bytes=0)
    assert not [entry for entry in tmp_path.iterdir() if entry.is_file()]


def test_the_folder_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("jax.config.update", lambda *_: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert use_compilation_cache() == tmp_path / "gatecast" / "programs"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for ignored in ("", "cache", "./cache"):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        assert use_compilation_cache() == tmp_path / "home" / ".cache" / "gatecast" / "programs"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert use_compilation_cache() == tmp_path / "home" / ".cache" / "gatecast" / "programs"
    monkeypatch.setenv("HOME", "nowhere")
    assert use_compilation_cache() is None
