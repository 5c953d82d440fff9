"""The page of a result, its pictures and files, and what would be if."""

import io
import json
import re
from collections.abc import Iterator

import pandas as pd
import pytest
from small_runs import PLAN, FinishedRun
from small_studio import LiveStudio, live_studio

from gatecast.serving.store import Database
from gatecast.studio import store


@pytest.fixture(scope="module")
def home(finished: FinishedRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStudio]:
    """A studio whose first visitor has a finished run, which is shared too."""
    state = f"sqlite:///{tmp_path_factory.mktemp('studio') / 'studio.db'}"
    with live_studio(state) as live:
        live.client.cookies.set("gatecast_visitor", "me", path="/studio")
        database = Database(state)
        with database.writing() as connection:
            owner = store.hash_of("me")
            file = store.put_file(connection, owner, PLAN.source, io.BytesIO(b"a"))
            run = store.put_run(connection, owner, file, PLAN.to_json())
            for path in finished.results.iterdir():
                with path.open("rb") as source:
                    store.put_content(connection, run, path.name, source)
            store.end_run(connection, run, "done")
            store.share_run(connection, run, "token")
        database.close()
        yield live


@pytest.fixture(scope="module")
def run(home: LiveStudio) -> str:
    """The address of the run."""
    page = home.client.get("/studio/").text
    found = re.search(r"/studio/runs/[\w-]+", page)
    assert found is not None
    return found[0]


def test_the_verdict_comes_first_and_what_to_take_away_last(home: LiveStudio, run: str):
    page = home.client.get(run).text
    places = [
        page.index(f">{heading}<")
        for heading in (
            "The forecast",
            "What if?",
            "How it did in the test",
            "What it looks at",
            "Where it fails",
            "Take it with you",
        )
    ]
    assert page.index('<section class="verdict') < page.index("<h1>") < places[0]
    assert places == sorted(places)
    assert page.count("<h1>") == 1


def test_every_picture_of_the_page_is_there(home: LiveStudio, run: str):
    page = home.client.get(run).text
    addresses = [each.replace("&amp;", "&") for each in re.findall(r'data-spec="([^"]+)"', page)]
    drawn = [each for each in addresses if "/pictures/" in each]
    assert len(drawn) == 7
    for address in drawn:
        spec = home.client.get(address).json()
        assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite")
        assert spec["width"] == "container"
    assert home.client.get(f"{run}/pictures/nothing.json").status_code == 404
    assert home.client.get(f"{run}/pictures/forecast.json?series=East").status_code == 404


def test_another_series_is_shown_if_it_is_asked_for(home: LiveStudio, run: str):
    page = home.client.get(f"{run}?series=South").text
    assert "sold of South is forecast to average" in page
    assert '<option value="South" selected>' in page
    assert '<th scope="row"><a href' not in home.client.get(f"{run}?find=east").text


def test_files_are_those_of_the_run(home: LiveStudio, run: str, finished: FinishedRun):
    page = home.client.get(run).text
    names = re.findall(rf'href="{run}/files/([\w.]+)"', page)
    assert set(names) == {
        path.name for path in finished.results.iterdir() if path.suffix != ".json"
    }
    for name in names:
        answer = home.client.get(f"{run}/files/{name}")
        assert answer.content == (finished.results / name).read_bytes()
        assert answer.headers["content-disposition"].startswith("attachment")
    assert home.client.get(f"{run}/files/result.json").status_code == 404
    table = pd.read_csv(io.BytesIO(home.client.get(f"{run}/files/forecast.csv").content))
    assert len(table) == 2 * PLAN.horizon


def test_without_script_a_form_shows_what_would_be(home: LiveStudio, run: str):
    page = home.client.get(f"{run}?series=South&if0=9").text
    assert 'name="if0" type="number" step="any" value="9.0"' in page
    address = re.search(r'id="changed" data-spec="([^"]+)">', page)
    assert address is not None
    answer = home.client.get(address[1].replace("&amp;", "&"))
    assert answer.json()["usermeta"]["finding"].startswith("With price at 9, sold of South is")


def test_a_run_that_was_not_tested_has_a_page(home: LiveStudio, finished: FinishedRun):
    untested = finished.result | {"scores": [], "by_horizon": {}, "ranked_by": None}
    untested |= {"series": [{"series": "North"}, {"series": "South"}], "known_ahead": []}
    untested["memory"] |= {"gates": {}, "times": [], "half_lives": []}
    untested["plan"] |= {"levels": [], "windows": 0}
    database = Database(home.state)
    with database.writing() as connection:
        owner = store.hash_of("me")
        run = store.put_run(connection, owner, "none", PLAN.to_json())
        pictures = (finished.results / "pictures.json").read_bytes()
        for name, content in {
            "result.json": json.dumps(untested).encode(),
            "pictures.json": pictures,
        }.items():
            store.put_content(connection, run, name, io.BytesIO(content))
        store.end_run(connection, run, "done")
    database.close()
    page = home.client.get(f"/studio/runs/{run}")
    assert page.status_code == 200
    assert "How it did in the test" not in page.text
    assert "What if?" not in page.text
    assert page.text.count("data-spec") == 2
    assert home.client.post(f"/studio/runs/{run}/delete").status_code == 200


def test_what_cannot_be_is_told(home: LiveStudio, run: str):
    assert home.client.get(f"{run}/what-if.json?if0=cheap").status_code == 422
    assert "no number" in home.client.get(f"{run}?if0=cheap").text
    assert home.client.get(f"{run}/what-if.json").status_code == 422


def test_others_see_it_by_its_link_alone(home: LiveStudio, run: str):
    other = home.visitor()
    for address in (run, f"{run}/files/forecast.csv", f"{run}/pictures/forecast.json"):
        assert other.get(address).status_code == 404
    page = other.get("/studio/shared/token")
    assert page.status_code == 200
    assert 'method="post"' not in page.text.partition("<main")[2]
    assert other.get("/studio/shared/token/files/forecast.csv").status_code == 200
    assert other.get("/studio/shared/tokens").status_code == 404


def test_a_deleted_run_is_gone(home: LiveStudio, run: str):
    assert home.client.get(f"{run}/what-if.json?if0=1").status_code == 200
    home.client.post(f"{run}/delete")
    for address in (run, f"{run}/files/forecast.csv", f"{run}/what-if.json?if0=1"):
        assert home.client.get(address).status_code == 404
