"""The page on which a network is chosen by picture."""

import re
from html import unescape

import pandas as pd
import pytest
from small_studio import LiveStudio

import gatecast
from gatecast.serving.store import Database
from gatecast.studio import store
from gatecast.studio.views import WAYS
from gatecast.studio.work import Plan


@pytest.fixture
def airline(studio: LiveStudio) -> str:
    frame = gatecast.datasets.airline_passengers().drop(columns="unique_id")
    return given(studio, frame)


def given(studio: LiveStudio, frame: pd.DataFrame) -> str:
    file = ("data.csv", frame.to_csv(index=False).encode())
    answer = studio.client.post("/studio/files", files={"file": file}, follow_redirects=False)
    return answer.headers["location"]


def fields(form: str) -> dict[str, list[str]]:
    """What a form sends as it stands."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]+>", form):
        if "checkbox" in tag and "checked" not in tag:
            continue
        name, value = (re.search(rf'\b{part}="([^"]*)"', tag) for part in ("name", "value"))
        assert name is not None
        assert value is not None
        found.setdefault(unescape(name[1]), []).append(unescape(value[1]))
    return found


def forms(page: str) -> list[dict[str, list[str]]]:
    """The forms of a page that begin a run."""
    return [
        fields(form)
        for form in re.findall(r'<form[^>]+runs"[^>]*>.*?</form>', page, flags=re.DOTALL)
    ]


@pytest.mark.parametrize("kind", WAYS)
def test_each_way_is_shown_with_its_shape_and_words(studio: LiveStudio, airline: str, kind: str):
    page = unescape(studio.client.get(f"{airline}/frame", params={"kind": kind}).text)
    seen = studio.client.get(f"{airline}/frame/lesson.json", params={"kind": kind}).json()
    assert f"[samples, time steps, features] = {seen['shape']}" in page
    first = seen["samples"][0]
    assert first["steps"][0][0]["told"] == "January 1949: 112.0"
    assert f"<strong>{first['answers'][0]['scaled']}</strong>" in page
    assert WAYS[kind].misread in page
    assert ("carries" in page) == (kind in {"stateful", "stacked"})


def test_without_script_links_lead_from_sample_to_sample(studio: LiveStudio, airline: str):
    page = unescape(studio.client.get(f"{airline}/frame?sample=2").text)
    assert "Sample 2 of 141" in page
    assert "May 1949: 121.0" in page
    after = re.search(r'rel="next" href="(\?[^"#]+)', page)
    assert after is not None
    later = studio.client.get(f"{airline}/frame{after[1]}").text
    assert "Sample 3 of 141" in later
    last = studio.client.get(f"{airline}/frame?sample=999999").text
    assert "Sample 141 of 141" in last
    assert 'rel="next"' not in last


def test_a_page_has_no_style_or_script_of_its_own(studio: LiveStudio, airline: str):
    page = studio.client.get(f"{airline}/frame").text
    assert "style=" not in page
    assert not re.search(r"\son\w+=", page)
    assert re.findall(r"<script(?![^>]*src=)", page) == []


def test_other_past_rows_are_shown(studio: LiveStudio, airline: str):
    page = studio.client.get(f"{airline}/frame", params={"kind": "window", "set.look_back": 5})
    assert "[139, 1, 5]" in page.text
    too_many = studio.client.get(f"{airline}/frame", params={"set.look_back": 61})
    assert too_many.status_code == 422


def test_what_was_typed_stays(studio: LiveStudio, airline: str):
    asked = {"kind": "stateful", "set.look_back": 2, "set.units": 7, "set.epochs": 9, "horizon": 5}
    _, form = forms(studio.client.get(f"{airline}/frame", params=asked).text)
    assert {name: form[name] for name in asked} == {n: [str(v)] for n, v in asked.items()}


def test_one_click_comes_first_and_takes_auto_lstm(studio: LiveStudio, airline: str):
    page = studio.client.get(f"{airline}/frame").text
    first, own = forms(page)
    assert first["kind"] == ["auto"]
    assert page.index("Just forecast it") < page.index("Train it")
    assert own["kind"] == ["time steps"]


@pytest.mark.parametrize("kind", WAYS)
def test_its_forms_are_what_begins_a_run(studio: LiveStudio, airline: str, kind: str):
    page = studio.client.get(f"{airline}/frame", params={"kind": kind}).text
    for form in forms(page):
        answer = studio.client.post(f"{airline}/runs", data=form, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        run = answer.headers["location"]
        studio.client.post(f"{run}/cancel")
    way = WAYS[kind]
    wanted = {"look_back": way.look_back} if way.look_back > 1 else {}
    wanted |= {"units": way.units, "epochs": way.epochs}
    plan = Plan("data.csv", kind=kind, settings=wanted, horizon=12)  # type: ignore[arg-type]
    assert plan.levels == (80, 95)
    assert set(form) - {"series"} == {"kind", "horizon", "level"} | {f"set.{n}" for n in wanted}


def test_other_columns_of_the_file_are_offered(studio: LiveStudio):
    rows = 48
    frame = pd.DataFrame({"ds": range(rows), "y": [n % 12.0 for n in range(rows)]})
    plain = given(studio, frame)
    assert "may help" not in studio.client.get(f"{plain}/frame").text
    path = given(studio, frame.assign(**{"price <€>": 1.5, "orders": 2, "note": "x"}))
    page = unescape(studio.client.get(f"{path}/frame").text)
    assert re.findall(r'name="column\.([^"]+)"', page) == ["price <€>", "orders", "note"]
    form = {
        "column.price <€>": "futr_exog",
        "column.orders": "hist_exog",
        "column.note": "",
        "set.quality": "zero_shot",
    }
    answer = studio.client.post(f"{path}/runs", data=form, follow_redirects=False)
    run = answer.headers["location"]
    database = Database(studio.state)
    with database.reading() as connection:
        stored = store.run_of(connection, run.rpartition("/")[2])
    database.close()
    assert stored is not None
    assert Plan.from_json(stored.plan).settings == {
        "quality": "zero_shot",
        "futr_exog": ["price <€>"],
        "hist_exog": ["orders"],
    }
    studio.client.post(f"{run}/cancel")
    wrong = studio.client.post(f"{path}/runs", data={"column.orders": "static"})
    assert wrong.status_code == 422
    assert "column.orders must be one of hist_exog, futr_exog, got 'static'" in unescape(wrong.text)


def test_too_few_rows_are_told_in_words(studio: LiveStudio):
    path = given(studio, pd.DataFrame({"ds": [1, 2], "y": [1.0, 2.0]}))
    page = studio.client.get(f"{path}/frame", params={"set.look_back": 5}).text
    assert "before the first row" in page
    one = given(studio, pd.DataFrame({"ds": [1], "y": [1.0]}))
    assert "This network sees nothing here" in studio.client.get(f"{one}/frame").text
    assert studio.client.get(f"{one}/frame/lesson.json?kind=window").status_code == 422


def test_there_is_no_network_of_another_name(studio: LiveStudio, airline: str):
    assert studio.client.get(f"{airline}/frame?kind=secrets").status_code == 404
    assert studio.client.get(f"{airline}/frame?series=4").status_code == 404
