"""The page that looks at data."""

import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from small_studio import LiveStudio

import gatecast


def given(studio: LiveStudio, frame: pd.DataFrame, name: str = "data.csv") -> str:
    """The address of a file that a visitor gives."""
    file = (name, frame.to_csv(index=False).encode())
    answer = studio.client.post("/studio/files", files={"file": file}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


@pytest.fixture
def airline(studio: LiveStudio) -> str:
    frame = gatecast.datasets.airline_passengers().drop(columns="unique_id")
    return given(studio, frame.rename(columns={"y": "passengers"}), "airline.csv")


def many(number: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=30, freq="D")
    return pd.DataFrame(
        {
            "shop": np.repeat([f"shop <{place:03}>" for place in range(number)], 30),
            "day": np.tile(days, number),
            "sold": rng.integers(0, 9, 30 * number),
        }
    )


def test_the_page_says_what_the_pictures_show(studio: LiveStudio, airline: str):
    page = unescape(studio.client.get(f"{airline}/look").text)
    assert "One series of 144 months, January 1949 to December 1960: it rises" in page
    assert "Highest in July, lowest in November" in page
    assert "All series" not in page
    specs = re.findall(r'data-spec="([^"]+)"', page)
    assert len(specs) == 5
    for address in specs:
        spec = studio.client.get(address).json()
        assert spec["$schema"].endswith("v6.1.0.json") or "vega-lite" in spec["$schema"]
        assert spec["width"] == "container"


def test_many_series_are_searched_sorted_and_paged(studio: LiveStudio):
    path = given(studio, many(60))
    first = studio.client.get(f"{path}/look").text
    assert "Page 1 of 3" in first
    assert "shop &lt;000&gt;" in first
    assert "shop <" not in first
    found = studio.client.get(f"{path}/look", params={"search": "<01", "page": 9}).text
    assert "10 of 60" in found
    assert "Page 1 of 1" in found
    by_mean = studio.client.get(f"{path}/look", params={"sort": "mean", "descending": True}).text
    assert 'aria-sort="descending"' in by_mean
    means = [float(cell) for cell in re.findall(r'<td class="number">(\d\.\d\d)</td>', by_mean)]
    assert means
    none = studio.client.get(f"{path}/look", params={"search": "nothing"}).text
    assert "No name contains" in none


def test_a_series_is_chosen_by_its_number(studio: LiveStudio):
    path = given(studio, many(3))
    page = studio.client.get(f"{path}/look", params={"series": 2}).text
    assert '<h2 id="pictures">shop &lt;002&gt;</h2>' in page
    assert "series=2" in page
    assert studio.client.get(f"{path}/look", params={"series": 3}).status_code == 404
    assert studio.client.get(f"{path}/look", params={"series": -1}).status_code == 404
    assert studio.client.get(f"{path}/look", params={"sort": "price"}).status_code == 422


@pytest.mark.parametrize("page", ["look", "frame"])
def test_what_cannot_be_read_is_mended_first(studio: LiveStudio, page: str):
    path = given(studio, pd.DataFrame({"ds": ["yesterday", "soon"], "y": [1, 2]}))
    answer = studio.client.get(f"{path}/{page}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert studio.client.get(f"{path}/look/course.json").status_code == 404
    assert studio.client.get(f"{path}/frame/lesson.json?kind=window").status_code == 404


@pytest.mark.parametrize(
    "page", ["look", "look/course.json", "frame", "frame/lesson.json?kind=window"]
)
def test_others_do_not_see_it(studio: LiveStudio, airline: str, page: str):
    assert studio.client.get(f"{airline}/{page}").status_code == 200
    assert studio.visitor().get(f"{airline}/{page}").status_code == 404


def test_there_is_no_picture_of_another_name(studio: LiveStudio, airline: str):
    assert studio.client.get(f"{airline}/look/secrets.json").status_code == 404
