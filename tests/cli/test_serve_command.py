"""`gatecast serve` and `gatecast key`, as processes of their own."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest
from postgres_server import PostgresServer
from served_models import artefact_of
from shells import Shell

KIND, PATIENCE = "integer", 90
ROWS = [{"unique_id": "a", "ds": ds, "y": ds / 7} for ds in range(43, 53)]
OBSERVE = f"/v1/models/{KIND}/observations"


@dataclass
class Running:
    """A service, and what it has printed."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    url: str = ""

    def stop(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def running(folder: Path, *arguments: str, command: str = "serve") -> Iterator[Running]:
    """A service on a free port."""
    line = [sys.executable, "-m", "gatecast", command, *arguments, "--port", "0"]
    process = subprocess.Popen(
        line, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    found, told = Running(process), threading.Event()

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            found.lines.append(line)
            address = re.search(r"http://[^ ]+", line)
            if address and not found.url:
                found.url = address[0]
                told.set()
        told.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert told.wait(PATIENCE)
        assert found.url, found.lines
        yield found
    finally:
        process.kill()
        process.wait()
        reader.join()
        assert process.stderr is not None
        process.stderr.close()


@pytest.fixture
def model(folder: Path) -> Path:
    path = folder / f"{KIND}.gatecast"
    path.write_bytes(artefact_of(KIND))
    return path


def test_it_stops_gracefully_and_keeps_what_it_acknowledged(folder: Path, model: Path):
    with running(folder, str(model), "--no-auth") as service:
        assert service.url.startswith("http://127.0.0.1:")
        with httpx.Client(base_url=service.url, timeout=PATIENCE) as client:
            assert client.post(OBSERVE, json=ROWS).json()["accepted"] == 10
            forecast = client.get(f"/v1/models/{KIND}/series/a/forecast").json()
            port = int(service.url.rpartition(":")[2])
            assert refused_at(port) < 64 * 2**20
            assert memory_of(service.process.pid) < 2**30
            with client.stream("GET", f"/v1/models/{KIND}/series/a/events") as events:
                lines = events.iter_lines()
                first = next(line for line in lines if line.startswith("data:"))
                assert json.loads(first[5:]) == forecast
                row = {"unique_id": "a", "ds": 53, "y": 8.5}
                httpx.post(service.url + OBSERVE, json=[row], timeout=PATIENCE)
                second = next(line for line in lines if line.startswith("data:"))
                forecast = json.loads(second[5:])
                assert forecast["as_of"] == 53
                # The stream ends, and does not hold the service up.
                service.process.send_signal(signal.SIGINT)
                assert [*lines][-1:] in ([], [""])
        assert service.process.wait(10) == 0
        assert not any("Traceback" in line for line in service.lines)
        logged = [json.loads(line) for line in service.lines if line.startswith("{")]
        assert {"id", "method", "route", "status", "ms", "key"} <= logged[0].keys()
    # Without the file: the model is in the database.
    model.unlink()
    with running(folder, "--no-auth", "--quiet") as service:
        again = httpx.get(f"{service.url}/v1/models/{KIND}/series/a/forecast", timeout=PATIENCE)
        assert again.json() == forecast
        assert service.stop(signal.SIGTERM) in (0, -signal.SIGTERM)
        assert len(service.lines) == 1


def refused_at(port: int) -> int:
    """Bytes of a gigabyte that were sent before the service had enough."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.putrequest("POST", OBSERVE)
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    sent, part = 0, b"100000\r\n" + b" " * 2**20 + b"\r\n"
    try:
        while sent < 2**30:
            connection.send(part)
            sent += 2**20
    except OSError:
        pass
    connection.close()
    return sent


def memory_of(process: int) -> int:
    """The most that it has used so far, in bytes."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


@pytest.mark.slow
def test_a_key(folder: Path, model: Path, shell: Shell):
    refused = shell("serve", model, cwd=folder)
    assert refused.code == 2
    assert "gatecast key add" in refused.err
    made = shell("key", "add", "shop", "--can", "write", cwd=folder)
    key = made.out.strip()
    assert made.code == 0
    assert key.startswith("gc_")
    with running(folder, str(model)) as service:
        ask = httpx.Client(base_url=service.url, timeout=PATIENCE)
        assert ask.post(OBSERVE, json=ROWS).status_code == 401
        headers = {"Authorization": f"Bearer {key}"}
        assert ask.post(OBSERVE, json=ROWS, headers=headers).json()["accepted"] == 10
        ask.close()
        assert service.stop(signal.SIGTERM) in (0, -signal.SIGTERM)
        assert key not in "".join(service.lines)


def test_bad_input_is_one_line(here: Shell, folder: Path, model: Path):
    (folder / "odd.gatecast").write_bytes(b"PK no model")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for arguments, words in (
            (("none.gatecast", "--no-auth"), "no such file"),
            (("odd.gatecast", "--no-auth"), "odd"),
            ((model,), "gatecast key add"),
            ((model, "--no-auth", "--workers", 2), "SQLite has one writer"),
            ((model, "--no-auth", "--port", port), f"127.0.0.1:{port}"),
            ((model, "--no-auth", "--host", "0.0.0.0"), "--no-auth"),  # noqa: S104
            ((model, "--no-auth", "--host", "no.such.host.invalid"), "no.such.host.invalid"),
            ((model, "--no-auth", "--state", "mysql://me:secret@db/x"), "'mysql'"),
            ((model, "--no-auth", "--state", "state.db"), "no URL"),
            ((model, "--no-auth", "--state", "sqlite:////no/such/folder/x.db"), "/no/such"),
            ((model, "--no-auth", "--state", "postgresql://me:secret@127.0.0.1:1/x"), "127.0.0.1"),
            ((f"a/b={model}", "--no-auth"), "cannot be named"),
            (("--no-auth", "--state", "sqlite:///empty.db"), "holds no model"),
        ):
            ended = here("serve", *arguments)
            assert ended.code == 2, (arguments, ended)
            assert words in ended.err, (arguments, ended)
            assert len(ended.err.splitlines()) == 1, ended.err
            assert "secret" not in ended.err
    for arguments, words in (
        (("add", ""), "needs a name"),
        (("revoke", "nobody"), "gatecast key list"),
        (("list", "--state", "mysql://x"), "'mysql'"),
    ):
        ended = here("key", *arguments)
        assert (ended.code, len(ended.err.splitlines())) == (2, 1)
        assert words in ended.err


def test_keys_are_listed_and_revoked(here: Shell):
    assert here("key", "list").out == "no keys\n"
    key = here("key", "add", "shop", "--can", "write", "--model", "air", "--days", 1).out.strip()
    assert "already" in here("key", "add", "shop").err
    listed = here("key", "list").out
    assert listed.startswith("shop: may write air, until ")
    assert key not in listed
    assert here("key", "revoke", "shop").code == 0
    found: dict[str, Any] = json.loads(here("key", "list", "--json").out)
    assert found["keys"][0]["revoked"] is not None


@pytest.fixture
def postgres() -> Iterator[str]:
    """URL of a database that is empty."""
    server = PostgresServer()
    yield server.url("postgres")
    server.remove()


@pytest.mark.slow
def test_two_workers_agree(folder: Path, model: Path, postgres: str):
    arguments = (str(model), "--no-auth", "--state", postgres, "--workers", "2")
    path = f"/v1/models/{KIND}/series/a"
    with running(folder, *arguments) as service:
        url, made, counted = service.url, set(), set()
        assert httpx.post(url + OBSERVE, json=ROWS, timeout=PATIENCE).json()["accepted"] == 10
        # Each worker counts what it has answered; every request has a connection of its own.
        for _ in range(60):
            again = httpx.post(url + OBSERVE, json=ROWS, timeout=PATIENCE)
            assert again.json()["duplicates"] == 10
            made.add(httpx.get(f"{url}{path}/forecast", timeout=PATIENCE).text)
            page = httpx.get(f"{url}/metrics", timeout=PATIENCE).text
            total = re.search(r'gatecast_observations_total.*"duplicates"} (\d+)', page)
            counted.add(0 if total is None else int(total[1]))
        assert len(made) == 1
        assert sorted(counted) != [10 * number for number in range(1, 61)]
        rows = httpx.get(f"{url}{path}/history", timeout=PATIENCE).json()["observations"]
        assert len(rows) == 10
        assert service.stop(signal.SIGTERM) in (0, -signal.SIGTERM)


@pytest.mark.slow
def test_the_studio_opens_with_a_file(folder: Path, tmp_path: Path):
    path = tmp_path / "sales.csv"
    path.write_text("ds,y\n" + "".join(f"2024-01-{day:02},{day}\n" for day in range(1, 29)))
    with running(folder, str(path), "--quiet", command="studio") as service:
        with httpx.Client(base_url=service.url, timeout=PATIENCE, follow_redirects=True) as client:
            assert client.get("/readyz").status_code == 200
            address = re.search(r"sales\.csv: (http\S+)", "".join(service.lines))
            assert address is not None
            page = client.get(address[1])
            assert "One series of 28 rows" in page.text
            assert "sales.csv" in client.get("/studio/").text
            # Whoever comes with the address again has nothing of it.
            assert "sales.csv" not in httpx.get(address[1], follow_redirects=True).text
        assert service.stop(signal.SIGTERM) in (0, -signal.SIGTERM)
        assert not any("Traceback" in line for line in service.lines)
