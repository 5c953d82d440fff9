"""The pages of models that are served."""

import io
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from http_service import body, later
from served_models import artefact_of
from small_studio import LiveStudio, live_studio

from gatecast._wording import number
from gatecast.serving import store
from gatecast.serving.store import Database
from gatecast.studio import store as studio_store

KIND = "stateful"
PAGE = f"/studio/live/{KIND}"


def artefacts(folder: Path, *names: str) -> dict[str, Path]:
    found = {name: folder / f"{place}.gatecast" for place, name in enumerate(names)}
    for path in found.values():
        path.write_bytes(artefact_of(KIND))
    return found


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveStudio]:
    """One model, of the series a, b and c."""
    with live_studio(f"sqlite:///{tmp_path / 's.db'}", artefacts(tmp_path, KIND)) as found:
        yield found


def send(live: LiveStudio, name: str, count: int, start: int = 0):
    rows = {"observations": body(later(KIND, name, count, start), ids=False)}
    answer = live.client.post(f"/v1/models/{KIND}/series/{name}/observations", json=rows)
    assert answer.status_code == 200


def ask(live: LiveStudio, act: str, candidate: str = "file", content: bytes | None = None):
    files = {} if content is None else {"file": ("m.gatecast", content)}
    return live.client.post(
        f"{PAGE}/versions",
        data={"act": act, "candidate": candidate},
        files=files or {"nothing": ("", b"")},
        follow_redirects=False,
    )


def wait_until_serving(live: LiveStudio, version: str):
    until = time.monotonic() + 30
    while f"Version <code>{version[:8]}</code> serves" not in live.client.get(PAGE).text:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_every_model_is_listed(live: LiveStudio):
    text = live.client.get("/studio/live").text
    assert f'href="{PAGE}"' in text
    assert "3 series, a value each month, 3 months ahead." in text


def test_without_models_the_page_says_how_to_get_one(studio: LiveStudio):
    assert "No model is live yet" in studio.client.get("/studio/live").text


def test_a_page_shows_the_forecast_of_the_service(live: LiveStudio):
    send(live, "b", 4)
    path = f"/v1/models/{KIND}/series/b/forecast"
    forecast = live.client.get(path, params={"level": [80, 95]}).json()["forecast"]
    text = live.client.get(PAGE, params={"series": "b"}).text
    name = next(column for column in forecast[0] if column not in {"ds", "unique_id"})
    for row in forecast:
        cells = f'<th scope="row">{row["ds"]}</th><td class="number">{number(row[name])}</td>'
        assert cells in text
        assert number(row[f"{name}-hi-95"]) in text
    history = live.client.get(f"/v1/models/{KIND}/series/b/history").json()["observations"]
    newest = history[-1]
    assert (
        f'<th scope="row">{newest["ds"]}</th><td class="number">{number(newest["y"])}</td>'
        f'<td class="number">{number(newest["forecast"])}</td>'
    ) in text
    record = live.client.get(f"/v1/models/{KIND}/series/b").json()
    assert f"Of {record['judged']} values of this series" in text


def test_what_was_unusual_is_marked(live: LiveStudio):
    send(live, "a", 3)
    database = Database(live.state)
    with database.writing() as connection:
        number_of = store.numbers_of(connection, KIND, ["a"])["a"]
        row = store.observations_of(connection, number_of)[-1]
        store.append(connection, [replace(row, revision=1, p_value=0.004)])
    database.close()
    text = live.client.get(PAGE).text
    assert text.count("<mark>unusual</mark> corrected") == 1
    assert "1 value of the" in text


def test_series_are_searched_whatever_the_case(live: LiveStudio):
    text = live.client.get(PAGE, params={"find": "B"}).text
    listed = re.findall(r'href="[^"]*series=(\w)', text)
    assert listed == ["b"]
    assert "No series has these letters" in live.client.get(PAGE, params={"find": "x"}).text


@pytest.mark.parametrize(
    "path", ["/studio/live/none", f"{PAGE}?series=none", f"{PAGE}/chart?series=x"]
)
def test_what_is_not_there_is_said(live: LiveStudio, path: str):
    answer = live.client.get(path)
    assert answer.status_code == 404
    assert "none" in answer.text or "x" in answer.text


def test_the_chart_is_for_vega_lite(live: LiveStudio):
    spec = live.client.get(f"{PAGE}/chart", params={"series": "c"}).json()
    assert "vega-lite" in spec["$schema"]
    assert len(spec["layer"]) == 3  # two intervals, and the lines


def test_a_new_series_has_no_forecast_yet(live: LiveStudio):
    send(live, "new", 2)
    text = live.client.get(PAGE, params={"series": "new"}).text
    assert "No forecast yet: series &#39;new&#39; has 2 rows" in text


def test_a_page_says_where_the_series_stands(live: LiveStudio):
    version = live.client.get(f"/v1/models/{KIND}").json()["version"]
    for count in range(3):
        assert f'data-at="{version}-{count}"' in live.client.get(PAGE).text
        send(live, "a", 1, count)


def test_to_compare_changes_nothing_and_says_what_the_service_says(live: LiveStudio):
    send(live, "a", 5)
    other = artefact_of("gru")
    before = live.client.get(f"/v1/models/{KIND}").json()["version"]
    said = live.client.put(f"/v1/models/{KIND}?dry_run=true", content=other).json()
    answer = ask(live, "compare", content=other)
    assert answer.status_code == 200
    assert f"the same {said['truths']} values of {said['series']} series" in answer.text
    for side in ("serving", "candidate"):
        row = f"{said[side]['version'][:8]}, .*?{number(said[side]['crps'])}"
        assert re.search(row, answer.text)
    assert live.client.get(f"/v1/models/{KIND}").json()["version"] == before


def test_a_version_serves_and_the_one_before_comes_back(live: LiveStudio):
    send(live, "a", 2)
    first = live.client.get(f"/v1/models/{KIND}").json()["version"]
    answer = ask(live, "serve", content=artefact_of("gru"))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{PAGE}#versions"
    wait_until_serving(live, store.version_of(artefact_of("gru")))
    assert f"the version before, {first[:8]}" in live.client.get(PAGE).text
    assert ask(live, "serve", "previous").status_code == 303
    wait_until_serving(live, first)


def test_a_run_of_the_visitor_can_serve_and_that_of_another_cannot(live: LiveStudio):
    other = live.visitor()
    for client in (live.client, other):
        assert client.post("/studio/example").status_code == 200
    owner = studio_store.hash_of(live.client.cookies["gatecast_visitor"])
    database = Database(live.state)
    with database.writing() as connection:
        (file,) = studio_store.files_of(connection, owner)
        run = studio_store.put_run(connection, owner, file.id, "{}")
        content = io.BytesIO(artefact_of("gru"))
        studio_store.put_content(connection, run, "model.gatecast", content)
        studio_store.end_run(connection, run, "done")
    database.close()
    words = f"your run 1, on {file.name}"
    assert words in live.client.get(PAGE).text
    assert words not in other.get(PAGE).text
    form = {"act": "serve", "candidate": f"run:{run}"}
    nothing = {"nothing": ("", b"")}
    assert other.post(f"{PAGE}/versions", data=form, files=nothing).status_code == 422
    assert ask(live, "serve", f"run:{run}").status_code == 303
    wait_until_serving(live, store.version_of(artefact_of("gru")))


@pytest.mark.parametrize(
    ("candidate", "content", "words"),
    [
        ("file", b"no model", "not a gatecast model, or damaged"),
        ("file", None, "choose a version first"),
        ("previous", None, "no version to go back to"),
        ("run:unknown", None, "choose a version first"),
    ],
)
def test_what_cannot_serve_is_said_on_the_page(
    live: LiveStudio, candidate: str, content: bytes | None, words: str
):
    answer = ask(live, "serve", candidate, content)
    assert answer.status_code == 422
    assert "That did not work" in answer.text
    assert words in answer.text


def test_names_with_slashes_and_marks(tmp_path: Path):
    name = 'a/b <i>"'
    with live_studio(f"sqlite:///{tmp_path / 's.db'}", artefacts(tmp_path, name)) as found:
        text = found.client.get("/studio/live").text
        path = re.search(r'<h2><a href="([^"]+)"', text)
        assert path
        assert path[1] == "/studio/live/a%2Fb%20%3Ci%3E%22"
        page = found.client.get(path[1])
        assert page.status_code == 200
        assert "<h1>a/b &lt;i&gt;&#34;</h1>" in page.text
        assert found.client.get(f"{path[1]}/chart").status_code == 200


@pytest.mark.parametrize(
    ("can", "models", "looks", "changes"),
    [("write", None, 200, 422), ("read", [KIND], 200, 403), ("write", ["other"], 403, 403)],
)
def test_keys_say_who_sees_and_changes_a_model(
    tmp_path: Path, can: store.Permission, models: list[str] | None, looks: int, changes: int
):
    state = f"sqlite:///{tmp_path / 's.db'}"
    with live_studio(state, artefacts(tmp_path, KIND), auth=True) as live:
        database = Database(state)
        with database.writing() as connection:
            key = store.add_key(connection, "shop", can, models)
        database.close()
        assert live.client.get(PAGE, follow_redirects=False).status_code != 200
        live.client.post("/studio/login", data={"key": key})
        answer = live.client.get(PAGE)
        assert answer.status_code == looks
        assert ("Let it serve" in answer.text) == (changes == 422)
        assert (f'href="{PAGE}"' in live.client.get("/studio/live").text) == (looks == 200)
        assert ask(live, "serve").status_code == changes
