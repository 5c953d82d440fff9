"""What cannot be answered, and what the problem says; nothing is half-written."""

import json
import logging
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pytest
from http_service import LiveService, TestClient, live
from postgres_server import PostgresServer
from sqlalchemy import event

from gatecast.serving.http import Limits
from gatecast.serving.store import Database, add_key, revoke_key

KIND = "integer"
MODEL = f"/v1/models/{KIND}"
OBSERVE = f"{MODEL}/observations"
JSON = {"content-type": "application/json"}
SMALL = Limits(body_bytes=10_000, rows=20)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    """With small limits."""
    with live(tmp_path_factory.mktemp("served"), KIND, "stateful", limits=SMALL) as found:
        yield found


def problem(answer: Any, status: int) -> str:
    """What is wrong, of an answer that is a problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["X-Request-Id"]
    found = answer.json()
    assert found["status"] == status
    detail: str = found["detail"]
    assert "Traceback" not in detail
    return detail


def row(ds: Any = 43, **more: Any) -> dict[str, Any]:
    return {"unique_id": "a", "ds": ds, "y": 1.0} | more


class TestRows:
    @pytest.mark.parametrize(
        ("bad", "words"),
        [
            (row("soon"), "ds is 'soon', not an integer"),
            (row(None), "ds is None"),
            (row([]), r"ds is \[\]"),
            (row(4.5), "ds is 4.5"),
            (row(10**30), "ds is 1000"),
            (row(y="much"), "y is 'much'"),
            (row(y=True), "y is True"),
            (row(y={"a": 1}), "y is {'a': 1}"),
            (row(y=1e300), r"y is 1e\+300"),
            (row(y=None), "y is missing"),
            (row(unique_id="a\0"), "control character"),
            (row(unique_id="\ud800"), "control character"),
            (row(unique_id=""), "1 to 500"),
            (row(unique_id="a" * 501), "1 to 500"),
            (row(unique_id=None), "must be a text"),
            (3, "row 1 is 3"),
            (row(43, y=2.0), "twice"),
            (row(9999999), "more than the 10,000"),
        ],
    )
    def test_a_bad_row_is_named_and_none_is_taken(self, client: TestClient, bad: Any, words: str):
        before = client.get(f"{MODEL}/series/a/history").json()
        content = json.dumps({"observations": [row(), bad]})
        answer = client.post(OBSERVE, content=content, headers=JSON)
        assert re.search(words, problem(answer, 422))
        assert answer.json()["row"] == 1
        assert client.get(f"{MODEL}/series/a/history").json() == before

    @pytest.mark.parametrize(
        ("ds", "words"),
        [
            ("2003-01-02", "calendar"),
            ("2093-01-01", "future"),
            ("1999-01-01", "before|was fitted"),
            ("2003-13-01", "2003-13-01"),
            ("2003-01-01T00:00:00+99:00", "not a time"),
            (20030101, "20030101"),
            ("0001-01-01", "0001"),
        ],
    )
    def test_a_bad_time(self, client: TestClient, ds: Any, words: str):
        rows = [{"unique_id": "new", "ds": "2000-01-01", "y": 1.0},
                {"unique_id": "new", "ds": ds, "y": 1.0}]  # fmt: skip
        answer = client.post("/v1/models/stateful/observations", json=rows)
        if ds == "1999-01-01":
            assert answer.status_code == 200
            client.delete("/v1/models/stateful/series/new")
            return
        assert re.search(words, problem(answer, 422))
        assert client.get("/v1/models/stateful/series/new").status_code == 404

    def test_a_row_before_the_first(self, client: TestClient):
        client.post(OBSERVE, json=[row(50, unique_id="late")])
        answer = client.post(OBSERVE, json=[row(49, unique_id="late")])
        assert "before the first row" in problem(answer, 422)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "no JSON"),
            (b"{", "no JSON"),
            (b"3", "must be an object"),
            (b"\xff", "not UTF-8"),
            (b"[" * 9000, "too deeply"),
            (b'{"observations": 3}', "must be a list"),
            (b'{"observations": []}', "no rows"),
            (b'[{"ds": 43, "y": NaN}]', "NaN"),
            (b'[{"ds": 43, "y": -Infinity}]', "-Infinity"),
            (b'[{"ds": ' + b"9" * 5000 + b', "y": 1}]', "JSON"),
            (b'{"observations": [{"ds": 43, "y": 1}], "forecast": 3}', "true or false"),
            (b'{"futr": [{"ds": 43}]}', "no columns of the future"),
        ],
    )
    def test_a_body_that_is_no_list_of_rows(self, client: TestClient, content: bytes, words: str):
        answer = client.post(f"{MODEL}/series/a/observations", content=content, headers=JSON)
        assert words in problem(answer, 422)

    @pytest.mark.parametrize(
        ("kind", "content", "words"),
        [
            ("text/csv", b"unique_id,ds,y\na,43,1,2\n", "line 2"),
            ("text/csv", b"unique_id,ds,y\na,43\n", "line 2"),
            ("text/csv", b"unique_id,ds,y,y\na,43,1,2\n", "two columns"),
            ("text/csv", b"\xff", "UTF-8"),
            ("application/x-ndjson", b'{"ds": 43, "y": 1}\n\n{', "line 3"),
            ("application/vnd.apache.arrow.stream", b"abc", "Arrow"),
            ("application/vnd.apache.arrow.stream", b"\xff\xff\xff\xff\x10\x00\x00\x00", "Arrow"),
        ],
    )
    def test_other_formats(self, client: TestClient, kind: str, content: bytes, words: str):
        answer = client.post(OBSERVE, content=content, headers={"content-type": kind})
        assert words in problem(answer, 422)


class TestLimits:
    @pytest.mark.parametrize(
        ("table", "compression", "status", "words"),
        [
            (pa.table({"y": np.zeros(1_000_000)}), "zstd", 422, "compressed"),
            (pa.table({"y": np.zeros(200_000)}), "lz4", 422, "compressed"),
            (pa.table({"y": pa.array(["x"]).dictionary_encode()}), None, 422, "dictionaries"),
            (pa.table({"y": pa.nulls(1_000_000_000)}), None, 413, "1,000,000,000 rows"),
        ],
        ids=["zstd", "lz4", "dictionary", "nothing"],
    )
    def test_arrow_that_unpacks_to_more(
        self, client: TestClient, table: pa.Table, compression: Any, status: int, words: str
    ):
        stream = pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(compression=compression)
        with pa.ipc.new_stream(stream, table.schema, options=options) as writer:
            writer.write_table(table)
        content = stream.getvalue().to_pybytes()
        assert len(content) < SMALL.body_bytes
        kind = {"content-type": "application/vnd.apache.arrow.stream"}
        assert words in problem(client.post(OBSERVE, content=content, headers=kind), status)

    def test_content_types(self, client: TestClient):
        for kind in ("application/x-www-form-urlencoded", "text/plain", ""):
            answer = client.post(OBSERVE, content=b"[]", headers={"content-type": kind})
            assert "application/json" in problem(answer, 415)

    def test_too_many_rows(self, client: TestClient):
        answer = client.post(OBSERVE, json=[row(ds) for ds in range(43, 64)])
        assert "21 rows" in problem(answer, 413)

    def test_a_body_that_says_it_is_too_long(self, client: TestClient):
        answer = client.post(OBSERVE, content=b"[" + b" " * 10_000 + b"]", headers=JSON)
        assert "10,000" in problem(answer, 413)

    def test_a_body_that_does_not_say_how_long_it_is(self, client: TestClient):
        parts = iter([b" " * 2**12] * 100)
        assert "10,000" in problem(client.post(OBSERVE, content=parts, headers=JSON), 413)

    @pytest.mark.parametrize("length", ["-1", "x", "9" * 5000, "1e9"])
    def test_odd_lengths(self, client: TestClient, length: str):
        answer = client.post(OBSERVE, content=b"[]", headers=JSON | {"content-length": length})
        problem(answer, 413)

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("h=0", "h:"), ("h=1001", "1,000"), ("h=x", "h:"), ("h=1e3", "h:"),
            ("level=0", "level"), ("level=100", "level"), ("level=nan", "level"),
            ("level=x", "level"), ("&".join(["level=80"] * 11), "11 levels"),
        ],
    )  # fmt: skip
    def test_queries(self, client: TestClient, query: str, words: str):
        assert words in problem(client.get(f"{MODEL}/series/a/forecast?{query}"), 422)

    def test_methods_and_paths(self, client: TestClient):
        answer = client.patch(MODEL)
        problem(answer, 405)
        assert answer.headers["allow"]
        for path in ("/", "/v1", "/v1/models/", f"{MODEL}/series/%ff", "/docs/x", "/v1/../etc"):
            assert problem(client.get(path), 404)

    @pytest.mark.parametrize("name", ["%00", "a%0ab", "%7f", "a" * 501, "%C2%85"])
    def test_odd_names(self, client: TestClient, name: str):
        for path in (f"/v1/models/{name}", f"{MODEL}/series/{name}"):
            for more in ("", "/forecast", "/history", "/events"):
                answer = client.get(path + more)
                if path.startswith(f"{MODEL}/series") or not more:
                    problem(answer, 422)


class TestNotFound:
    def test_close_names(self, client: TestClient):
        assert "'integer'" in problem(client.get("/v1/models/intger"), 404)
        assert "'stateful'" in problem(
            client.post("/v1/models/statefull/observations", json=[row()]), 404
        )
        for more in ("", "/forecast", "/history", "/events"):
            assert "did you mean 'a'" in problem(client.get(f"{MODEL}/series/aa{more}"), 404)
        problem(client.delete(f"{MODEL}/series/aa"), 404)
        problem(client.post("/v1/models/intger/forecast", json=[row()]), 404)
        problem(client.post("/v1/models/intger/rollback"), 404)

    def test_there_is_no_version_to_go_back_to(self, client: TestClient):
        assert "go back" in problem(client.post(f"{MODEL}/rollback"), 422)


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    with live(tmp_path_factory.mktemp("keyed"), KIND, "stateful", auth=True) as found:
        yield found


@pytest.fixture(scope="module")
def keys(keyed: LiveService) -> dict[str, dict[str, str]]:
    database = Database(keyed.state)
    with database.writing() as connection:
        made = {
            "read": add_key(connection, "reader", "read"),
            "write": add_key(connection, "writer", "write"),
            "one": add_key(connection, "one", "write", [KIND]),
            "old": add_key(connection, "old", "write", None, time.time() - 1),
            "gone": add_key(connection, "gone", "read"),
        }
    database.close()
    return {name: {"Authorization": f"Bearer {key}"} for name, key in made.items()}


class TestKeys:
    def test_without_a_valid_key(self, keyed: LiveService, keys: dict[str, dict[str, str]]):
        client = keyed.client
        for headers in ({}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer "},
                        {"Authorization": "Bearer gc_x' OR 1=1"}, keys["old"],
                        {"Authorization": b"Bearer \xff\xfe"}):  # fmt: skip
            for path in ("/v1/models", f"{MODEL}/series/a/forecast", "/metrics", MODEL):
                answer = client.get(path, headers=headers)
                problem(answer, 401)
                assert answer.headers["WWW-Authenticate"] == "Bearer"
        for path in ("/healthz", "/readyz", "/docs", "/openapi.json"):
            assert client.get(path).status_code == 200

    def test_what_a_key_is_for(self, keyed: LiveService, keys: dict[str, dict[str, str]]):
        client = keyed.client
        path = f"{MODEL}/series/a/forecast"
        assert client.get(path, headers=keys["read"]).status_code == 200
        for ask, where in (
            (client.post, OBSERVE), (client.put, MODEL), (client.delete, f"{MODEL}/series/a"),
            (client.post, f"{MODEL}/rollback"), (client.post, f"{MODEL}/series/a/observations"),
        ):  # fmt: skip
            assert "may not write" in problem(ask(where, headers=keys["read"]), 403)
        assert client.post(OBSERVE, json=[row()], headers=keys["write"]).status_code == 200
        assert client.get(path, headers=keys["one"]).status_code == 200
        other = client.get("/v1/models/stateful", headers=keys["one"])
        assert "'stateful'" in problem(other, 403)
        problem(client.get("/metrics", headers=keys["one"]), 403)
        for name, models in (("one", [KIND]), ("read", [KIND, "stateful"])):
            listed = client.get("/v1/models", headers=keys[name]).json()["models"]
            assert [each["name"] for each in listed] == models

    def test_a_revoked_key_is_refused_within_a_second(
        self, keyed: LiveService, keys: dict[str, dict[str, str]]
    ):
        assert keyed.client.get("/v1/models", headers=keys["gone"]).status_code == 200
        database = Database(keyed.state)
        with database.writing() as connection:
            revoke_key(connection, "gone")
        database.close()
        time.sleep(1.05)
        problem(keyed.client.get("/v1/models", headers=keys["gone"]), 401)

    @pytest.mark.parametrize("how", ["revoked", "expired"])
    def test_a_key_that_ends_ends_its_streams(self, keyed: LiveService, how: str):
        database, began = Database(keyed.state), time.monotonic()
        expires = time.time() + 1 if how == "expired" else None
        with database.writing() as connection:
            key = add_key(connection, how, can="read", expires=expires)

        def revoke() -> None:
            with database.writing() as connection:
                revoke_key(connection, how)

        timers = [threading.Timer(20, keyed.app.state.service.stopping.set)]
        timers += [threading.Timer(1, revoke)] if how == "revoked" else []
        for timer in timers:
            timer.start()
        # It comes whole, once the stream has ended.
        path, headers = f"{MODEL}/series/a/events", {"Authorization": f"Bearer {key}"}
        answer = keyed.client.get(path, headers=headers)
        for timer in timers:
            timer.cancel()
        database.close()
        assert answer.text.count("event: forecast") == 1
        assert time.monotonic() - began < 10

    def test_logs_hold_neither_keys_nor_bodies(
        self,
        keyed: LiveService,
        keys: dict[str, dict[str, str]],
        caplog: pytest.LogCaptureFixture,
    ):
        caplog.set_level(logging.INFO)
        value = "83461.25"
        rows = [row(44, y=float(value), unique_id="secret-id")]
        answer = keyed.client.post(f"{OBSERVE}?x={value}", json=rows, headers=keys["write"])
        assert answer.status_code == 200
        lines = [each.message for each in caplog.records if each.name == "gatecast.serving"]
        assert len(lines) == 1
        found = json.loads(lines[0])
        assert found["id"] == answer.headers["X-Request-Id"]
        assert found["key"] == "writer"
        assert (found["status"], found["route"]) == (200, "/v1/models/{model}/observations")
        for hidden in (value, "secret-id", keys["write"]["Authorization"][7:]):
            assert hidden not in lines[0]


class TestNotNow:
    def test_too_many_requests(self, tmp_path: Path):
        with live(tmp_path, KIND, limits=Limits(per_second=0.5)) as service:
            answers = [service.client.get("/v1/models") for _ in range(6)]
            assert [each.status_code for each in answers] == [200] * 5 + [429]
            problem(answers[-1], 429)
            assert int(answers[-1].headers["Retry-After"]) >= 1

    def test_too_late(self, tmp_path: Path):
        with live(tmp_path, KIND, limits=Limits(seconds=0.2)) as service:
            goes_on = threading.Event()
            service.app.state.service.engine.call(lambda: goes_on.wait(30))
            answer = service.client.post(OBSERVE, json=[row()])
            goes_on.set()
            assert "sent again" in problem(answer, 504)
            assert service.client.post(OBSERVE, json=[row()]).status_code == 200

    def test_before_it_is_ready_and_after_its_end(self, tmp_path: Path):
        with live(tmp_path, KIND) as service:
            service.app.state.service.ready = False
            answer = service.client.get("/readyz")
            problem(answer, 503)
            assert answer.headers["Retry-After"] == "1"
            service.app.state.service.engine.close()
            answer = service.client.post(OBSERVE, json=[row()])
            assert "stopping" in problem(answer, 503)
            assert answer.headers["Retry-After"]

    def test_the_database_goes_and_comes_back(self, postgres: PostgresServer, tmp_path: Path):
        name = "gone_and_back"
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        with live(tmp_path, KIND, state=postgres.url(name)) as service:
            client = service.client
            assert client.post(OBSERVE, json=[row()]).json()["accepted"] == 1
            # PostgreSQL takes no NUL in a text.
            problem(client.get("/v1/models/%00"), 422)
            problem(client.get(f"{MODEL}/series/%00"), 422)
            postgres.stop()
            try:
                time.sleep(1.05)
                for answer in (
                    client.post(OBSERVE, json=[row(44)]), client.get("/readyz"),
                    client.get(f"{MODEL}/series/a/forecast"), client.get(f"{MODEL}/series/a"),
                    client.get("/metrics"), client.put(MODEL, content=b"x"),
                ):  # fmt: skip
                    detail = problem(answer, 503)
                    assert "127.0.0.1" not in detail
                    assert answer.headers["Retry-After"]
                assert client.get("/healthz").status_code == 200
            finally:
                postgres.start()
            assert client.get("/readyz").status_code == 200
            taken = client.post(OBSERVE, json=[row(), row(44)]).json()
            assert (taken["accepted"], taken["duplicates"]) == (1, 1)

    @pytest.mark.root
    def test_a_disk_of_postgresql_is_full_for_a_while(
        self, postgres: PostgresServer, tmp_path: Path
    ):
        with (
            postgres.small_disk("crowded") as disk,
            live(tmp_path, KIND, state=disk.url) as service,
        ):
            client = service.client
            assert client.post(OBSERVE, json=[row()]).json()["accepted"] == 1
            before = client.get(f"{MODEL}/series/a/forecast").json()
            disk.fill()
            rows = [row(ds, y=ds / 7) for ds in range(44, 344)]
            for _ in range(2):
                answer = client.post(OBSERVE, json=rows, params={"judge": False})
                assert "reading still works" in problem(answer, 507)
                assert client.get(f"{MODEL}/series/a/forecast").json() == before
                assert len(client.get(f"{MODEL}/series/a/history").json()["observations"]) == 1
            assert client.get("/readyz").status_code == 200
            disk.make_room()
            assert client.post(OBSERVE, json=rows).json()["accepted"] == 300
            assert client.get(f"{MODEL}/series/a/forecast").json() != before

    def test_a_full_disk_is_said_and_reads_go_on(self, tmp_path: Path):
        with live(tmp_path, KIND) as service:
            client = service.client
            assert client.post(OBSERVE, json=[row()]).json()["accepted"] == 1
            before = client.get(f"{MODEL}/series/a/forecast").json()
            _fill(service)
            rows = [row(ds, y=ds / 7) for ds in range(44, 400)]
            answer = client.post(OBSERVE, json=rows)
            assert "reading still works" in problem(answer, 507)
            assert client.get(f"{MODEL}/series/a/forecast").json() == before
            assert len(client.get(f"{MODEL}/series/a/history").json()["observations"]) == 1


def _fill(service: LiveService) -> None:
    """Let the database grow no more."""
    engine = service.app.state.service.database._engine

    @event.listens_for(engine, "begin")
    def limit(connection: Any) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count=1")


def test_who_hangs_up_is_no_fault(service: LiveService, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": OBSERVE,
        "raw_path": OBSERVE.encode(),
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"100")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    messages = iter(
        [{"type": "http.request", "body": b"[", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        raise AssertionError(message)

    assert service.client.portal is not None
    service.client.portal.call(service.app, scope, receive, send)
    (line,) = [each.message for each in caplog.records if each.name == "gatecast.serving"]
    assert json.loads(line)["status"] == 499
