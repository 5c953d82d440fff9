"""Runs wait, work, end and are gone, in processes of their own."""

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from small_runs import FinishedRun
from small_studio import LiveStudio, live_studio
from sqlalchemy import text

from gatecast.serving.store import Database
from gatecast.studio import store
from gatecast.studio.work import Plan

PATIENCE = 120
MARK = "an unusual word of a visitor"


@pytest.fixture(scope="module")
def results(finished: FinishedRun) -> Path:
    """What a short run makes."""
    return finished.results


def file_of(client: TestClient) -> str:
    """The id of the example, given by a visitor."""
    return str(client.post("/studio/example").url).rpartition("/")[2]


def begun(client: TestClient, file: str, **form: str) -> str:
    answer = client.post(f"/studio/files/{file}/runs", data=form)
    assert answer.status_code == 200, answer.text
    return str(answer.url).rpartition("/")[2]


def finished(studio: LiveStudio, client: TestClient, file: str, results: Path) -> str:
    """The id of a run that has ended well, put there as the queue does."""
    database = Database(studio.state)
    with database.writing() as connection:
        found = store.file_of(connection, file)
        assert found is not None
        plan = Plan(found.name, horizon=3).to_json()
        own = store.put_run(connection, found.owner, file, plan)
        for path in results.iterdir():
            with path.open("rb") as content:
                store.put_content(connection, own, path.name, content)
        store.end_run(connection, own, "done")
    database.close()
    assert client.get(f"/studio/runs/{own}").status_code == 200
    return own


def told(client: TestClient, run: str) -> Iterator[dict[str, object]]:
    """What the events of a run tell."""
    with client.stream("GET", f"/studio/runs/{run}/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                yield json.loads(line[5:])


def until(client: TestClient, run: str, word: str) -> str:
    """The page of a run, once it has a word."""
    ends = time.monotonic() + PATIENCE
    while word not in (page := client.get(f"/studio/runs/{run}").text):
        assert time.monotonic() < ends, page
        time.sleep(0.1)
    return page


def processes() -> set[str]:
    """Processes of runs that this process has started."""
    own = os.getpid()
    found = set()
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            try:
                status, line = (path / "stat").read_text(), (path / "cmdline").read_text()
            except OSError:
                continue
            if status.rpartition(")")[2].split()[1] == str(own) and "gatecast.studio.work" in line:
                found.add(path.name)
    return found


def test_a_run_is_cancelled_and_the_next_has_its_turn(studio: LiveStudio):
    file = file_of(studio.client)
    first, second = (begun(studio.client, file, windows="0") for _ in range(2))
    assert "1 run comes before this one" in studio.client.get(f"/studio/runs/{second}").text
    assert "waiting behind 1" in studio.client.get("/studio/").text
    steps = told(studio.client, first)
    assert next(steps)["active"]
    assert len(processes()) <= 1
    studio.client.post(f"/studio/runs/{first}/cancel")
    assert [*steps][-1]["title"] == "Cancelled"
    assert "Try again" in studio.client.get(f"/studio/runs/{first}").text
    until(studio.client, second, "At work")
    # One that waits is cancelled at once.
    third = begun(studio.client, file)
    assert "Cancelled" in studio.client.post(f"/studio/runs/{third}/cancel").text
    # What is deleted while it works ends as well.
    studio.client.post(f"/studio/runs/{second}/delete")
    ends = time.monotonic() + PATIENCE
    while processes():
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_a_run_goes_on_when_the_service_is_back(tmp_path: Path):
    state = f"sqlite:///{tmp_path / 'studio.db'}"
    with live_studio(state) as studio:
        run = begun(studio.client, file_of(studio.client), windows="0")
        until(studio.client, run, "At work")
        cookies = dict(studio.client.cookies)
    assert not processes()
    with live_studio(state) as studio:
        studio.client.cookies.update(cookies)
        until(studio.client, run, "At work")
        database = Database(state)
        with database.reading() as connection:
            found = store.run_of(connection, run)
        database.close()
        assert found is not None
        # To stop the service is no failed attempt.
        assert found.attempts == 1


def test_what_cannot_be_forecast_says_why(studio: LiveStudio):
    run = begun(studio.client, file_of(studio.client), **{"set.magic": "1"})
    page = until(studio.client, run, "This did not work")
    assert "Why it did not work" in page
    assert "has no &#39;magic&#39;" in page
    assert "Traceback" not in page


@pytest.mark.parametrize(
    "form", [{"kind": "magic"}, {"horizon": "soon"}, {"horizon": "0"}, {"level": "200"}]
)
def test_a_plan_that_makes_no_sense_is_refused(studio: LiveStudio, form: dict[str, str]):
    file = file_of(studio.client)
    answer = studio.client.post(f"/studio/files/{file}/runs", data=form)
    assert answer.status_code == 422
    assert "cannot be used" in answer.text


def test_only_so_many_runs_wait(tmp_path: Path):
    with live_studio(f"sqlite:///{tmp_path / 's.db'}", waiting=2) as studio:
        file = file_of(studio.client)
        runs = [begun(studio.client, file) for _ in range(2)]
        assert studio.client.post(f"/studio/files/{file}/runs").status_code == 422
        # Others may still.
        other = studio.visitor()
        begun(other, file_of(other))
        for run in runs:
            studio.client.post(f"/studio/runs/{run}/cancel")


def test_a_run_that_takes_too_long_ends(tmp_path: Path):
    with live_studio(f"sqlite:///{tmp_path / 's.db'}", seconds=0.5) as studio:
        run = begun(studio.client, file_of(studio.client))
        until(studio.client, run, "the run took longer than")


def test_visitors_do_not_see_each_other(studio: LiveStudio, results: Path):
    file = file_of(studio.client)
    run = finished(studio, studio.client, file, results)
    other = studio.visitor()
    other.post("/studio/example")
    for path in (
        f"files/{file}",
        f"runs/{run}",
        f"runs/{run}/events",
        f"runs/{run}/files/forecast.csv",
    ):
        assert studio.client.get(f"/studio/{path}").status_code == 200, path
        assert other.get(f"/studio/{path}").status_code == 404, path
    sent = [f"files/{file}/{what}" for what in ("delete", "runs", "reading")]
    sent += [f"runs/{run}/{what}" for what in ("delete", "share", "cancel", "again", "serve")]
    for path in sent:
        assert other.post(f"/studio/{path}").status_code == 404, path
    assert file not in other.get("/studio/").text
    assert other.get("/studio/compare", params={"run": [run, run + "x"]}).status_code == 404
    assert studio.client.get(f"/studio/runs/{run}").status_code == 200


def test_a_run_is_shared_by_a_link_until_that_is_withdrawn(studio: LiveStudio, results: Path):
    run = finished(studio, studio.client, file_of(studio.client), results)
    page = studio.client.post(f"/studio/runs/{run}/share").text
    link = re.search(r"http://[^\"]+/studio/shared/[\w-]+", page)
    assert link is not None
    other = studio.visitor()
    shown = other.get(link[0])
    assert shown.status_code == 200
    assert "Delete this run" not in shown.text
    assert run not in shown.text
    assert other.get(f"{link[0]}/files/forecast.csv").status_code == 200
    assert other.get(f"{link[0]}/pictures/forecast.json").status_code == 200
    assert "set-cookie" not in shown.headers
    studio.client.post(f"/studio/runs/{run}/share", data={"withdraw": "true"})
    assert other.get(link[0]).status_code == 404
    assert other.get(f"{link[0]}/files/forecast.csv").status_code == 404


def test_runs_side_by_side_with_their_differences(studio: LiveStudio, results: Path):
    file = file_of(studio.client)
    runs = [finished(studio, studio.client, file, results) for _ in range(2)]
    page = studio.client.get("/studio/compare", params={"run": runs}).text
    rows = re.findall(r'<tr( class="differs")?><th scope="row">([^<]+)', page)
    assert {"Data", "Rows ahead", "Verdict"} <= {name for _, name in rows}
    assert {name for differs, name in rows if differs} <= {"Time taken"}
    assert studio.client.get("/studio/compare", params={"run": runs[:1]}).status_code == 422


def test_the_model_of_a_run_serves(studio: LiveStudio, results: Path):
    run = finished(studio, studio.client, file_of(studio.client), results)
    answer = studio.client.post(
        f"/studio/runs/{run}/serve", data={"name": "sales"}, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/studio/live/sales")
    ends = time.monotonic() + PATIENCE
    while studio.client.get("/v1/models/sales").status_code != 200:
        assert time.monotonic() < ends
        time.sleep(0.1)
    rows = [{"ds": f"2023-{month:02}-01", "y": 30, "price": 5} for month in range(5, 13)]
    answer = studio.client.post("/v1/models/sales/series/North/observations", json=rows)
    assert answer.status_code == 200
    assert studio.client.post(f"/studio/runs/{run}/serve", data={"name": "a/b"}).status_code == 422


def test_postgresql_keeps_and_deletes(postgres_url: str, results: Path):
    with live_studio(postgres_url) as studio:
        file = file_of(studio.client)
        run = finished(studio, studio.client, file, results)
        assert studio.client.get(f"/studio/runs/{run}/files/forecast.csv").status_code == 200
        studio.client.post(f"/studio/files/{file}/delete")
    database = Database(postgres_url)
    with database.reading() as connection:
        for table in ("studio_files", "studio_runs", "studio_parts"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0  # noqa: S608
    database.close()


def test_deleted_means_deleted(tmp_path: Path, results: Path):
    state = f"sqlite:///{tmp_path / 'studio.db'}"

    def holds(words: bytes) -> bool:
        return any(words in path.read_bytes() for path in tmp_path.glob("studio.db*"))

    with live_studio(state) as studio:
        rows = "ds,y,note\n" + "".join(f"2024-01-{day:02},{day},{MARK}\n" for day in range(1, 29))
        answer = studio.client.post("/studio/paste", data={"text": rows})
        file = str(answer.url).rpartition("/")[2]
        run = finished(studio, studio.client, file, results)
        page = studio.client.post(f"/studio/runs/{run}/share").text
        token = re.search(r"/shared/([\w-]+)", page)
        assert token is not None
        marks = [MARK.encode(), run.encode(), token[1].encode(), b'"effective"']
        assert all(holds(mark) for mark in marks)
        studio.client.post(f"/studio/files/{file}/delete")
        assert studio.client.get(f"/studio/files/{file}").status_code == 404
        assert studio.client.get(f"/studio/runs/{run}").status_code == 404
        assert [mark for mark in marks if holds(mark)] == []
