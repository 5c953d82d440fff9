"""Who comes in where keys are asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_studio import LiveStudio, live_studio

from gatecast.serving.store import Database, Permission, add_key, revoke_key

KEYS: tuple[tuple[str, Permission], ...] = (("ann", "write"), ("ben", "write"), ("eve", "read"))


@pytest.fixture
def state(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'studio.db'}"


@pytest.fixture
def keys(state: str) -> dict[str, str]:
    database = Database(state)
    database.upgrade()
    with database.writing() as connection:
        found = {name: add_key(connection, name, can) for name, can in KEYS}
    database.close()
    return found


@pytest.fixture
def asking(state: str, keys: dict[str, str]) -> Iterator[LiveStudio]:
    assert keys
    with live_studio(state, auth=True) as studio:
        yield studio


def test_a_key_is_asked_for_first(asking: LiveStudio):
    answer = asking.client.get("/studio/files/x", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/studio/login?to=/files/x"
    assert asking.client.post("/studio/example").url.path == "/studio/login"
    wrong = asking.client.post("/studio/login", data={"key": "gc_wrong"})
    assert wrong.status_code == 401
    assert "not known" in wrong.text


def test_files_belong_to_the_key(asking: LiveStudio, keys: dict[str, str]):
    ann, again, ben = asking.visitor(), asking.visitor(), asking.visitor()
    for client, name in ((ann, "ann"), (again, "ann"), (ben, "ben")):
        page = client.post("/studio/login", data={"key": f" {keys[name]} "})
        assert page.url.path == "/studio/"
        assert f"Log out {name}" in page.text
    address = ann.post("/studio/example").url.path
    assert again.get(address).status_code == 200
    assert ben.get(address).status_code == 404
    again.post("/studio/logout")
    assert again.get(address).url.path == "/studio/login"
    assert ann.get(address).status_code == 200


def test_a_key_that_may_only_read_brings_nothing_in(asking: LiveStudio, keys: dict[str, str]):
    page = asking.client.post("/studio/login", data={"key": keys["eve"]})
    assert "Drop a file" not in page.text
    assert asking.client.post("/studio/example").status_code == 403


def test_a_revoked_key_opens_nothing(asking: LiveStudio, keys: dict[str, str], state: str):
    asking.client.post("/studio/login", data={"key": keys["ann"]})
    assert asking.client.get("/studio/").status_code == 200
    database = Database(state)
    with database.writing() as connection:
        revoke_key(connection, "ann")
    database.close()
    assert asking.client.get("/studio/").url.path == "/studio/login"


@pytest.mark.parametrize("to", ["//elsewhere", "https://elsewhere", "/\\elsewhere", "\\x"])
def test_the_way_back_leads_nowhere_else(asking: LiveStudio, keys: dict[str, str], to: str):
    answer = asking.client.post(
        "/studio/login", data={"key": keys["ann"], "to": to}, follow_redirects=False
    )
    assert answer.headers["location"] == "/studio/"


def test_another_name_of_the_machine_is_answered(asking: LiveStudio):
    answer = asking.client.get("/studio/login", headers={"host": "forecasts.example"})
    assert answer.status_code == 200
