"""Requests that are sent again under an Idempotency-Key."""

import time
from pathlib import Path
from typing import Any

from http_service import LiveService, TestClient, body, later, live
from sqlalchemy import text

from gatecast.serving.store import Database, add_key

MODEL = "/v1/models/stateful"
PATH = f"{MODEL}/series/a/observations"
DAY = 86_400


def send(client: TestClient, key: str, rows: list[dict[str, Any]], **more: Any) -> Any:
    headers = {"Idempotency-Key": key} | more.pop("headers", {})
    return client.post(PATH, json={"observations": rows}, headers=headers, **more)


def values(client: TestClient) -> list[tuple[float, int]]:
    history = client.get(f"{MODEL}/series/a/history").json()["observations"]
    return [(row["y"], row["revision"]) for row in history]


def test_a_late_try_does_not_correct_back(tmp_path: Path):
    (row,) = body(later("stateful", "a", 1), ids=False)
    with live(tmp_path, "stateful") as service:
        client = service.client
        first = send(client, "one", [row | {"y": 1.0}])
        assert first.json()["accepted"] == 1
        assert send(client, "two", [row | {"y": 2.0}]).json()["corrected"] == 1
        again = send(client, '"one"', [row | {"y": 1.0}])
        assert (again.status_code, again.json()) == (200, first.json())
        assert values(client) == [(2.0, 1)]
        assert 'gatecast_observations_total{model="stateful",outcome="accepted"} 2.0' in (
            client.get("/metrics").text
        )
        state = service.state
    # Another process knows it too.
    with live(tmp_path, state=state) as service:
        assert send(service.client, "one", [row | {"y": 1.0}]).json() == first.json()
        assert values(service.client) == [(2.0, 1)]
        forget(service, DAY - 60)
        assert send(service.client, "one", [row | {"y": 1.0}]).json() == first.json()
        forget(service, DAY)
        assert send(service.client, "three", []).status_code == 422
        assert send(service.client, "four", [row | {"y": 2.0}]).json()["duplicates"] == 1
        assert send(service.client, "one", [row | {"y": 3.0}]).json()["corrected"] == 1


def forget(service: LiveService, seconds: float) -> None:
    """Let all requests be so much older."""
    database = Database(service.state)
    with database.writing() as connection:
        statement = text("UPDATE requests SET arrived = :now - :seconds")
        connection.execute(statement, {"now": time.time(), "seconds": seconds})
    database.close()


def test_another_request_under_the_same_key_is_refused(client: TestClient):
    row, following = body(later("stateful", "a", 2), ids=False)
    assert send(client, "k", [row]).status_code == 200
    for other in (
        send(client, "k", [following]),
        send(client, "k", [row], params={"judge": False}),
        client.post(f"{MODEL}/series/b/observations", json=[row], headers={"Idempotency-Key": "k"}),
    ):
        assert other.status_code == 422
        assert "Idempotency-Key" in other.json()["detail"]
    for bad in ("", " ", "x" * 256, "é".encode()):
        assert send(client, bad, [following]).status_code == 400  # type: ignore[arg-type]
    assert [y for y, _ in values(client)] == [row["y"]]


def test_what_was_refused_may_be_sent_anew(client: TestClient):
    row = body(later("stateful", "a", 3), ids=False)[2]
    assert send(client, "late", [row | {"ds": "2003-01-05"}]).status_code == 422
    answer = send(client, "late", [row], params={"forecast": True})
    assert answer.json()["accepted"] == 1
    again = send(client, "late", [row], params={"forecast": True})
    assert again.json() == answer.json()


def test_keys_of_different_clients_do_not_meet(tmp_path: Path):
    row, following = body(later("stateful", "a", 2), ids=False)
    with live(tmp_path, "stateful", auth=True) as service:
        database = Database(service.state)
        with database.writing() as connection:
            keys = [add_key(connection, name, can="write") for name in ("x", "y")]
        database.close()
        for key, sent in zip(keys, (row, following), strict=True):
            headers = {"Authorization": f"Bearer {key}"}
            assert send(service.client, "1", [sent], headers=headers).json()["accepted"] == 1
