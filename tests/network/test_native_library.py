"""Where the native LSTM is kept, and what happens where it cannot be compiled."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from gatecast._progress import showing
from gatecast.network.recurrence._library import SWITCH, library

COMPILES = "from gatecast.network.recurrence import native_version; print(native_version())"

pytestmark = pytest.mark.compiler


@pytest.fixture(scope="module")
def compiled() -> Path:
    """The library, by the machine's compiler."""
    path = library()
    assert path is not None
    return path


class Compiler:
    """A compiler that takes no time: it gives out what another has compiled, and counts."""

    def __init__(self, folder: Path, compiled: Path) -> None:
        self._calls = folder / "calls"
        self.path = folder / "compiler"
        lines = (
            "#!/bin/sh",
            f"echo called >>{shlex.quote(str(self._calls))}",
            "sleep 0.3",
            'while [ "$1" != -o ]; do shift; done',
            f'cp {shlex.quote(str(compiled))} "$2"',
        )
        self.path.write_text("\n".join(lines))
        self.path.chmod(0o700)

    @property
    def calls(self) -> int:
        return len(self._calls.read_text().splitlines()) if self._calls.exists() else 0


@pytest.fixture
def compiler(tmp_path: Path, compiled: Path, monkeypatch: pytest.MonkeyPatch) -> Compiler:
    made = Compiler(tmp_path, compiled)
    monkeypatch.setenv("CXX", str(made.path))
    return made


@pytest.fixture
def cache(tmp_path: Path, compiled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001 (compiled before the cache is another)
    """An empty folder for the library."""
    monkeypatch.setenv(SWITCH, str(tmp_path / "native"))
    return tmp_path / "native"


def test_it_is_compiled_once_into_the_cache_of_the_user(
    tmp_path: Path, compiler: Compiler, compiled: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(SWITCH)
    path = library()
    assert path == library() == tmp_path / "cache" / "gatecast" / "native" / compiled.name
    assert path.read_bytes() == compiled.read_bytes()
    assert compiler.calls == 1
    assert list(path.parent.iterdir()) == [path]
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX")
    assert library() == path


@pytest.mark.usefixtures("compiler")
def test_it_is_silent_unless_asked(cache: Path, capsys: pytest.CaptureFixture[str]):
    path = library()
    assert path is not None
    assert capsys.readouterr() == ("", "")
    path.unlink()
    with showing(verbose=None):
        library()
    assert capsys.readouterr() == ("", "")
    path.unlink()
    with showing(verbose=True):
        assert library() == path
        assert library() == path
    assert capsys.readouterr() == ("", "compiling the LSTM for this processor, once ...\n")
    assert list(cache.iterdir()) == [path]


@pytest.mark.parametrize("damage", ["truncated", "garbage", "open to others"])
def test_what_is_damaged_is_compiled_again(
    damage: str, cache: Path, compiler: Compiler, compiled: Path
):
    path = library()
    assert path is not None
    assert path.parent == cache
    if damage == "open to others":
        path.chmod(0o777)
    else:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2] if damage == "truncated" else b"no library")
    assert library() == path
    assert path.read_bytes() == compiled.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o700
    assert compiler.calls == 2


@pytest.mark.slow
def test_two_processes_compile_it_once(cache: Path, compiler: Compiler, compiled: Path):
    both = [
        subprocess.Popen([sys.executable, "-c", COMPILES], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate()[0].strip() for process in both] == [compiled.stem] * 2
    assert compiler.calls == 1
    assert [path.name for path in cache.iterdir()] == [compiled.name]


def test_without_a_compiler_that_is_told_once_until_there_is_one(
    cache: Path,
    compiler: Compiler,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX")
    assert library() is None
    assert capsys.readouterr() == ("", "")
    with showing(verbose=True):
        assert library() is None
        words = capsys.readouterr().err
        assert "there is no C++ compiler; install one, such as g++" in words
        assert words.count("\n") == 1
        assert library() is None
        assert capsys.readouterr() == ("", "")
    monkeypatch.setenv("CXX", str(compiler.path))
    monkeypatch.setenv("PATH", os.defpath)
    path = library()
    assert path is not None
    assert path.parent == cache


def test_a_compiler_that_fails_is_not_tried_again_once_that_was_told(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    failing = tmp_path / "failing"
    failing.write_text(
        f"#!/bin/sh\necho called >>{shlex.quote(str(tmp_path))}/calls\n"
        "echo 'lstm.cc: no such header' >&2\nexit 1\n"
    )
    failing.chmod(0o700)
    monkeypatch.setenv("CXX", str(failing))
    with showing(verbose=True):
        assert library() is None
        assert "failing failed: lstm.cc: no such header" in capsys.readouterr().err
        called = (tmp_path / "calls").read_text()
        assert library() is None
    assert (tmp_path / "calls").read_text() == called
    assert not list(cache.glob("*.so"))


@pytest.mark.parametrize("why", ["no folder", "open to others", "relative", "no home"])
@pytest.mark.usefixtures("compiler")
def test_without_a_place_for_it_that_is_told(
    why: str,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    if why == "no folder":
        cache.write_text("a file in the way")
    elif why == "open to others":
        cache.mkdir()
        cache.chmod(0o777)
    elif why == "relative":
        monkeypatch.setenv(SWITCH, "native")
    else:
        monkeypatch.delenv(SWITCH)
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        monkeypatch.setenv("HOME", "nowhere")
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.rglob("*"))
    with showing(verbose=True):
        assert library() is None
    words = capsys.readouterr().err
    assert words.startswith("note: the LSTM could not be compiled, so training and forecasts are ")
    assert {"no folder": str(cache), "open to others": "somebody else", "relative": "absolute"}.get(
        why, "no home"
    ) in words
    assert set(tmp_path.rglob("*")) == before
    if why == "no folder":
        cache.unlink()
        assert library() is not None


def test_it_can_be_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv(SWITCH, "0")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with showing(verbose=True):
        assert library() is None
    assert capsys.readouterr() == ("", "")
    assert not list(tmp_path.iterdir())
