"""The atomic writer: files whole or not at all, with the mode and the links they had."""

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gatecast._files import cache_folder, is_safe, staging, write_file
from gatecast._types import InputError


def write_new(path: Path) -> None:
    path.write_bytes(b"new")


def test_a_file_keeps_its_mode(tmp_path: Path):
    target = tmp_path / "air.gatecast"
    target.write_bytes(b"old")
    for mode in (0o640, 0o604, 0o600):
        target.chmod(mode)
        write_file(target, write_new)
        assert target.stat().st_mode & 0o7777 == mode
    assert target.read_bytes() == b"new"


def test_a_new_file_has_the_usual_mode(tmp_path: Path):
    write_new(tmp_path / "usual")
    write_file(tmp_path / "new", write_new)
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_nobody_else_reads_a_private_file_before_it_is_in_place(tmp_path: Path):
    target = tmp_path / "air.gatecast"
    target.write_bytes(b"old")
    target.chmod(0o600)
    modes = []

    def write(path: Path) -> None:
        write_new(path)
        modes.append(path.stat().st_mode & 0o777)

    write_file(target, write)
    assert modes == [0o600]


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_its_target_is_written(tmp_path: Path, *, there: bool):
    (tmp_path / "store").mkdir()
    target, link = tmp_path / "store" / "v1", tmp_path / "current"
    if there:
        target.write_bytes(b"old")
    link.symlink_to(Path("store", "v1"))
    assert write_file(link, write_new) == link
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert list((tmp_path / "store").iterdir()) == [target]


def test_what_is_no_file_on_a_disk_is_written_directly(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_file(pipe, write_new)
    reader.join()
    assert read == [b"new"]
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path):
    target = tmp_path / "air.gatecast"
    target.write_bytes(b"old")

    def half(path: Path) -> None:
        path.write_bytes(b"ne")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(InputError, match=r"cannot be written: No space left on device$"):
        write_file(target, half)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


SLOW_WRITER = """
import sys, time
from pathlib import Path
from gatecast._files import write_file

def write(path):
    path.write_bytes(b"half")
    print("half", flush=True)
    time.sleep(60)

write_file(Path(sys.argv[1]), write)
"""


def test_only_what_killed_processes_left_of_the_same_file_is_removed(tmp_path: Path):
    target, other = tmp_path / "air.gatecast", tmp_path / "births.gatecast"
    target.write_bytes(b"old")
    processes = []
    for place in (target, other, target):
        process = subprocess.Popen(
            [sys.executable, "-c", SLOW_WRITER, str(place)], stdout=subprocess.PIPE
        )
        assert process.stdout
        assert process.stdout.readline() == b"half\n"
        processes.append(process)
    killed, of_other, alive = processes
    for process in (killed, of_other):
        process.kill()
        process.communicate()
    assert target.read_bytes() == b"old"
    staged = {int(path.name.split("-")[2]) for path in tmp_path.glob(".gatecast-*")}
    assert staged == {process.pid for process in processes}
    write_file(target, write_new)
    left = {int(path.name.split("-")[2]) for path in tmp_path.glob(".gatecast-*")}
    assert left == {of_other.pid, alive.pid}
    assert target.read_bytes() == b"new"
    alive.kill()
    alive.communicate()
    write_file(target, write_new)
    write_file(other, write_new)
    assert sorted(tmp_path.iterdir()) == [target, other]


def test_two_threads_stage_apart(tmp_path: Path):
    with staging(tmp_path / "air") as one, staging(tmp_path / "air") as two:
        assert one != two


@pytest.mark.parametrize(
    ("system", "named", "place"),
    [
        ("linux", {}, "HOME/.cache/gatecast"),
        ("linux", {"XDG_CACHE_HOME": "/kept"}, "/kept/gatecast"),
        ("linux", {"XDG_CACHE_HOME": "kept"}, "HOME/.cache/gatecast"),
        ("darwin", {}, "HOME/Library/Caches/gatecast"),
        ("darwin", {"XDG_CACHE_HOME": "/kept"}, "/kept/gatecast"),
        ("win32", {"XDG_CACHE_HOME": "/kept"}, "HOME/AppData/Local/gatecast"),
        ("win32", {"LOCALAPPDATA": "/kept"}, "/kept/gatecast"),
        ("linux", {"HOME": "nowhere"}, None),
        ("linux", {"HOME": "nowhere", "XDG_CACHE_HOME": "/kept"}, "/kept/gatecast"),
    ],
)
def test_the_cache_is_where_the_system_keeps_caches(
    system: str,
    named: dict[str, str],
    place: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"HOME": str(tmp_path)} | named).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)
    found = cache_folder()
    assert found == (Path(place.replace("HOME", str(tmp_path))) if place else None)


def test_only_what_this_user_alone_can_write_is_safe(tmp_path: Path):
    file, link = tmp_path / "file", tmp_path / "link"
    file.touch(mode=0o600)
    link.symlink_to(file)
    tmp_path.chmod(0o700)
    assert is_safe(file, folder=False)
    assert is_safe(tmp_path, folder=True)
    assert not is_safe(file, folder=True)
    assert not is_safe(link, folder=False)
    assert not is_safe(tmp_path / "missing", folder=False)
    for mode in (0o620, 0o602):
        file.chmod(mode)
        assert not is_safe(file, folder=False)


@pytest.mark.root
def test_what_is_of_another_user_is_not_safe(tmp_path: Path):
    file = tmp_path / "file"
    file.touch(mode=0o600)
    os.chown(file, 12345, 12345)
    assert not is_safe(file, folder=False)
