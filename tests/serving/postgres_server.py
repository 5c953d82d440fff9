"""A PostgreSQL server of our own, in a folder that goes away with it."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

_DEBIAN = Path("/usr/lib/postgresql")
_USER = "postgres"
_OPTIONS = (
    "-c fsync=off -c full_page_writes=off -c max_connections=60 -c listen_addresses=127.0.0.1"
)


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

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, _path_of(program), f"--pgdata={self._data}", *arguments]
        # The server inherits what pg_ctl has open; a pipe would never end.
        with tempfile.TemporaryFile("w+") as told:
            done = subprocess.run(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=told, stderr=told, check=False
            )
            told.seek(0)
            assert done.returncode == 0, told.read()


def _path_of(program: str) -> str:
    installed = sorted(_DEBIAN.glob(f"*/bin/{program}"), key=lambda path: int(path.parts[4]))
    found = str(installed[-1]) if installed else shutil.which(program)
    if found is None:
        message = f"tests of the service need PostgreSQL: no {program} in {_DEBIAN} or on the PATH"
        raise FileNotFoundError(f"{message}; on Debian: apt-get install postgresql")
    return found
