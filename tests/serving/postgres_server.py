"""A PostgreSQL server of our own, in a folder that goes away with it."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

_DEBIAN = Path("/usr/lib/postgresql")
_USER = "postgres"
# The tables of an empty database take half of it.
_SMALL = "16m"
# Each test has a database; a server that vacuums by itself would be busy with all of them.
_OPTIONS = (
    "-c fsync=off -c full_page_writes=off -c autovacuum=off -c max_connections=60 "
    "-c listen_addresses=127.0.0.1"
)


@dataclass(frozen=True)
class SmallDisk:
    """A database, and a file beside it that takes what room is left."""

    url: str
    filler: Path

    def fill(self) -> None:
        with suppress(OSError), self.filler.open("ab", buffering=0) as file:
            while file.write(bytes(2**12)):
                pass

    def make_room(self) -> None:
        self.filler.unlink()


class PostgresServer:
    """On a free port of the loopback address.

    Its disk may lose what it wrote when the machine loses power, which no test does; so it is fast.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="gatecast-postgres-"))
        # The server refuses to run as root.
        self._as = ["runuser", "-u", _USER, "--"] if os.geteuid() == 0 else []
        if self._as:
            shutil.chown(self._folder, _USER, _USER)
        self._data = self._folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._run("initdb", "--auth=trust", f"--username={_USER}", "--no-sync", "--encoding=UTF8")
        self.start()

    def start(self) -> None:
        options = f"{_OPTIONS} -p {self.port} -k {self._folder}"
        log = self._folder / "log"
        self._run("pg_ctl", "start", "--wait", f"--log={log}", f"--options={options}")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "stop", "--wait", f"--mode={mode}")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def url(self, database: str) -> str:
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def small_disk(self, database: str) -> Iterator["SmallDisk"]:
        """An empty database whose tables lie on a disk of their own, which only root can make."""
        folder = self._folder / database
        folder.mkdir()
        _as_root("mount", "-t", "tmpfs", "-o", f"size={_SMALL}", "tmpfs", str(folder))
        try:
            shutil.chown(folder, _USER, _USER)
            with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
                connection.execute(f"CREATE TABLESPACE {database} LOCATION '{folder}'".encode())
                connection.execute(f"CREATE DATABASE {database} TABLESPACE {database}".encode())
                yield SmallDisk(self.url(database), folder / "filler")
                connection.execute(f"DROP DATABASE {database} WITH (FORCE)".encode())
                connection.execute(f"DROP TABLESPACE {database}".encode())
        finally:
            _as_root("umount", "--lazy", str(folder))

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, _path_of(program), f"--pgdata={self._data}", *arguments]
        # The server inherits what pg_ctl has open; a pipe would never end.
        with tempfile.TemporaryFile("w+") as told:
            done = subprocess.run(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=told, stderr=told, check=False
            )
            told.seek(0)
            assert done.returncode == 0, told.read()


def _as_root(program: str, *arguments: str) -> None:
    if os.geteuid() != 0:
        message = "the test of a full disk makes a small one, which only root can"
        raise PermissionError(message)
    found = shutil.which(program)
    assert found is not None
    subprocess.run([found, *arguments], check=True)


def _path_of(program: str) -> str:
    installed = sorted(_DEBIAN.glob(f"*/bin/{program}"), key=lambda path: int(path.parts[4]))
    found = str(installed[-1]) if installed else shutil.which(program)
    if found is None:
        message = f"tests of the service need PostgreSQL: no {program} in {_DEBIAN} or on the PATH"
        raise FileNotFoundError(f"{message}; on Debian: apt-get install postgresql")
    return found
