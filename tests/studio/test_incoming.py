"""Data come in: what was understood, what can be said better, and how much there may be."""

import io
import re
from pathlib import Path

import pandas as pd
import psycopg
import pytest
from fastapi.testclient import TestClient
from small_studio import LiveStudio, live_studio

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ROWS = "day;shop;sales\n" + "".join(
    f"{day:02}.01.2024;{shop};{day},{place}5\n"
    for place, shop in enumerate(("north", "south"))
    for day in range(1, 29)
)


def given(client: TestClient, name: str, content: bytes | str) -> str:
    """The address of a file that was sent."""
    content = content.encode() if isinstance(content, str) else content
    answer = client.post("/studio/files", files={"file": (name, io.BytesIO(content))})
    assert answer.status_code == 200, answer.text
    return str(answer.url)


def test_a_file_of_europe_is_understood(studio: LiveStudio):
    page = studio.client.get(given(studio.client, "sales.csv", ROWS)).text
    assert "2 series of 28 rows each, from 2024-01-01 to 2024-01-28" in page
    assert "Just forecast it" in page
    assert "gatecast.read(&#34;sales.csv&#34;)" in page


@pytest.mark.parametrize("ending", ["parquet", "xlsx"])
def test_other_files_are_understood(studio: LiveStudio, ending: str, tmp_path: Path):
    frame = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=30), "y": range(30)})
    path = tmp_path / f"table.{ending}"
    frame.to_parquet(path) if ending == "parquet" else frame.to_excel(path, index=False)
    page = studio.client.get(given(studio.client, path.name, path.read_bytes())).text
    assert "One series of 30 rows, from 2024-01-01 to 2024-01-30." in page


def test_cells_of_a_spreadsheet_are_pasted(studio: LiveStudio):
    text = "month\tsales\n" + "\n".join(f"2024-{month:02}\t{month},5" for month in range(1, 13))
    page = studio.client.post("/studio/paste", data={"text": text}).text
    assert "One series of 12 rows, from 2024-01-01 to 2024-12-01." in page


def test_columns_are_changed_and_the_line_says_so(studio: LiveStudio):
    rows = "ds,sales,visitors\n" + "".join(
        f"2024-01-{day:02},{day},{9 * day}\n" for day in range(1, 29)
    )
    address = given(studio.client, "shop.csv", rows)
    assert "sales <mark>to forecast" in studio.client.get(address).text
    page = studio.client.post(f"{address}/reading", data={"target_col": "visitors"}).text
    assert "visitors <mark>to forecast" in page
    assert "gatecast.read(&#34;shop.csv&#34;, target_col=&#34;visitors&#34;)" in page
    wide = studio.client.post(f"{address}/reading", data={"wide": "true"}).text
    assert "2 series of 28 rows each" in wide


def test_a_problem_is_told_with_its_row_and_nothing_is_forecast(studio: LiveStudio):
    rows = ROWS.replace("07.01.2024;north;7,05", "07.01.2024;north;broken")
    address = given(studio.client, "sales.csv", rows)
    page = studio.client.get(address).text
    assert "sales.csv, line 8" in page
    assert "broken" in page
    assert "Just forecast it" not in page
    assert studio.client.post(f"{address}/runs").status_code == 422


def mended(client: TestClient, address: str, name: str, value: str = "") -> str:
    return client.post(f"{address}/mend", data={"name": name, "value": value}).text


def test_a_problem_is_mended_with_one_click_that_is_recorded(studio: LiveStudio):
    rows = ROWS.replace("07.01.2024;north;7,05", "07.01.2024;north;broken")
    rows += "28.01.2024;south;30,15\n"
    address = given(studio.client, "sales.csv", rows)
    page = mended(studio.client, address, "invalid", "missing")
    assert "Take what cannot be read for missing: you said so." in page
    assert "sales.csv, line 58" in page
    page = mended(studio.client, address, "repeated", "sum")
    assert "2 series of 28 rows each" in page
    line = (
        "df = gatecast.read(&#34;sales.csv&#34;, invalid=&#34;missing&#34;, repeated=&#34;sum&#34;)"
    )
    assert line in page
    # What was said is in the plan of a run, and can be taken back.
    run = studio.client.post(f"{address}/runs").url.path
    studio.client.post(f"{run}/cancel")
    page = mended(studio.client, address, "repeated")
    assert "sales.csv, line 58" in page
    assert (
        studio.client.post(f"{address}/mend", data={"name": "a", "value": "b"}).status_code == 422
    )


def test_the_year_of_months_is_asked_for(studio: LiveStudio):
    rows = "month,sales\n" + "".join(f"{month},{place}\n" for place, month in enumerate(MONTHS * 2))
    address = given(studio.client, "months.csv", rows)
    page = studio.client.get(address).text
    assert "holds months without a year" in page
    assert 'name="value" type="number"' in page
    page = mended(studio.client, address, "first_year", "2019")
    assert "One series of 24 rows, from 2019-01-01 to 2020-12-01." in page


def test_a_table_with_dates_as_headings_is_offered_to_be_wide(studio: LiveStudio):
    rows = "shop,2021,2022,2023\nnorth,1,2,3\nsouth,4,5,6\n"
    address = given(studio.client, "wide.csv", rows)
    assert "The table is wide" in studio.client.get(address).text
    assert "2 series of 3 rows each" in mended(studio.client, address, "wide", "True")


def test_several_columns_of_numbers_are_asked_about(studio: LiveStudio):
    """Else a wide table would be forecast by its first column, without a word."""
    rows = "week;north;south;west\n" + "".join(
        f"{day:02}.01.2024;{day},5;{day + 1},5;{2 * day},5\n" for day in range(1, 29)
    )
    address = given(studio.client, "wide.csv", rows)
    page = studio.client.get(address).text
    assert "Only north is forecast. south, west hold numbers too." in page
    assert "Forecast each column as a series" in page
    sent = {"name": "wide", "value": "True"}
    page = studio.client.post(f"{address}/mend", data=sent).text
    assert "3 series of 28 rows each" in page
    assert "hold numbers too" not in page


def test_rows_on_no_calendar_may_stay_as_they_are(studio: LiveStudio):
    rows = "ds,y\n" + "".join(
        f"2024-01-01 {n * n // 60:02}:{n * n % 60:02}:{n},{n}\n" for n in range(10, 30)
    )
    address = given(studio.client, "odd.csv", rows)
    page = studio.client.get(address).text
    if "Something is in the way" in page:
        page = mended(studio.client, address, "freq", "irregular")
    assert "One series of 20 rows" in page


def test_what_is_no_table_is_shown_as_it_is(studio: LiveStudio):
    page = studio.client.get(given(studio.client, "notes.csv", "1,2\n3,4\n")).text
    assert "the first line should name the columns" in page
    assert '<pre tabindex="0">1,2\n3,4</pre>' in page
    assert studio.client.get(given(studio.client, "x.docx", "PK")).status_code == 200


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/passwd.csv", "passwd.csv"), ("C:\\data\\a.csv", "a.csv")],
)
def test_the_name_of_a_file_leads_nowhere(studio: LiveStudio, name: str, kept: str):
    page = studio.client.get(given(studio.client, name, ROWS)).text
    assert f"<h1>{kept}</h1>" in page


def test_names_and_values_are_escaped(studio: LiveStudio):
    address = given(studio.client, "<img src=x>.csv", "ds,<b>y\n2024-01-01,<script>1\n")
    page = studio.client.get(address).text
    assert "<img src=x>" not in page
    assert "<b>y" not in page
    assert "<script>1" not in page


def test_too_large_a_file_is_refused(tmp_path: Path):
    with live_studio(f"sqlite:///{tmp_path / 's.db'}", upload_bytes=4000) as studio:
        answer = studio.client.post("/studio/files", files={"file": ("a.csv", b"x" * 5000)})
        assert answer.status_code == 413
    with live_studio(f"sqlite:///{tmp_path / 's.db'}", visitor_bytes=4000) as studio:
        for status in (200, 422):
            answer = studio.client.post("/studio/files", files={"file": ("a.csv", b"x" * 3000)})
            assert answer.status_code == status
        assert answer.text.count("delete some first") == 1
        assert studio.client.get("/studio/").text.count("a.csv</a>") == 1


def test_a_large_file_comes_back_byte_for_byte(studio: LiveStudio):
    content = ROWS.encode() * 3000
    address = given(studio.client, "large.csv", content)
    assert len(content) > 3 * 2**20
    # Its rows come 3,000 times, which is told with the line of the second.
    assert "large.csv, line" in studio.client.get(address).text


def test_a_table_of_a_database_is_read_where_that_is_allowed(
    postgres_url: str, tmp_path: Path, studio: LiveStudio
):
    with psycopg.connect(postgres_url) as connection:
        connection.execute('CREATE TABLE "Sales" (ds date, y int)')
        rows = "SELECT date '2024-01-01' + i, i FROM generate_series(0, 29) AS i"
        connection.execute(f'INSERT INTO "Sales" {rows}')  # type: ignore[arg-type]
    address = {"address": f"{postgres_url}?table=Sales"}
    assert studio.client.post("/studio/table", data=address).status_code == 422
    with live_studio(f"sqlite:///{tmp_path / 's.db'}", databases=True) as allowed:
        page = allowed.client.post("/studio/table", data=address).text
        assert "<h1>Sales.csv</h1>" in page
        assert "One series of 30 rows, from 2024-01-01 to 2024-01-30." in page
        for wrong in ("postgresql://u:secret@127.0.0.1:1/d?table=x", "https://elsewhere/x"):
            answer = allowed.client.post("/studio/table", data={"address": wrong})
            assert answer.status_code == 422
            assert "secret" not in answer.text


def test_the_example_is_ready(studio: LiveStudio):
    page = studio.client.post("/studio/example").text
    assert re.search(r"One series of 144 rows, from 1949-01-01 to 1960-12-01", page)
