"""What each route does with a request that is as it should be."""

import io
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import pyarrow as pa
import pytest
from http_service import TestClient, body, later, live, updated
from served_models import artefact_of, before_and_after, forecaster_of, rows_of
from small_forecasters import DrawnForecaster
from sqlalchemy import text

from gatecast.serving.store import Database

Json = dict[str, Any]
NO_FUTURES = (
    "CREATE TRIGGER no_futures BEFORE INSERT ON futures BEGIN SELECT RAISE(ABORT, 'no'); END"
)
MODEL, TIMEOUT = "/v1/models/stateful", 60


def seen(df: pd.DataFrame) -> list[Json]:
    """A forecast of the library as the service shows it."""
    rows = df.drop(columns="unique_id")
    if rows["ds"].dtype.kind == "M":
        rows = rows.assign(ds=rows["ds"].dt.strftime("%Y-%m-%d"))
    return rows.to_dict("records")


def send(client: TestClient, path: str, rows: list[Json], **query: Any) -> Json:
    answer = client.post(path, json={"observations": rows}, params=query)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def close_to(found: list[Json], expected: list[Json]) -> None:
    assert [row["ds"] for row in found] == [row["ds"] for row in expected]
    for got, want in zip(found, expected, strict=True):
        assert got == {k: v if k in ("ds", "target") else pytest.approx(v, rel=1e-5)
                       for k, v in want.items()}  # fmt: skip


class TestObservations:
    def test_a_row_and_the_forecast_after_it(self, client: TestClient):
        rows = later("stateful", "a", 1)
        path = f"{MODEL}/series/a/observations"
        taken = send(client, path, body(rows, ids=False), forecast=True, level=80)
        assert (taken["accepted"], taken["duplicates"]) == (1, 0)
        (row,) = taken["rows"]
        assert row["ds"] == "2003-01-01"
        before = forecaster_of("stateful").predict(1)
        assert row["forecast"] == pytest.approx(before["LSTM"][0], rel=1e-5)
        assert 0 <= row["p_value"] <= 1
        assert row["anomaly"] is False
        model = updated("stateful", rows)
        expected = model.predict().query("unique_id == 'a'")
        shown = [{k: row[k] for k in ("ds", "LSTM")} for row in taken["forecast"]]
        close_to(shown, seen(expected))
        assert {"LSTM-lo-80", "LSTM-hi-80"} < taken["forecast"][0].keys()
        assert taken["as_of"] == "2003-01-01"
        asked = client.get(f"{MODEL}/series/a/forecast", params={"level": 80}).json()
        assert asked == {"unique_id": "a"} | {
            name: taken[name] for name in asked.keys() - {"unique_id"}
        }
        assert "forecasts" not in taken

    def test_all_formats_say_the_same(self, client: TestClient):
        rows = pd.concat([later("stateful", name, 30, 20) for name in ("b", "new")])
        rows["unique_id"] += "~"
        found = []
        for number, (kind, content) in enumerate(formats(rows).items()):
            own = content(f"{number}")
            answer = client.post(
                f"{MODEL}/observations?forecast=1", content=own, headers={"content-type": kind}
            )
            assert answer.status_code == 200, answer.text
            found.append(answer.text.replace(f"~{number}", "~"))
        assert json.loads(found[0])["accepted"] == 60
        assert len(json.loads(found[0])["forecasts"]) == 2
        assert found[1:] == found[:1] * 3

    def test_a_row_counts_once(self, client: TestClient):
        rows = body(later("stateful", "b", 3))
        path = f"{MODEL}/observations"
        assert send(client, path, rows)["accepted"] == 3
        again = send(client, path, rows)
        assert (again["accepted"], again["duplicates"], again["rows"]) == (0, 3, [])
        changed = send(client, path, [rows[1] | {"y": 1.5}, rows[2]])
        assert (changed["accepted"], changed["corrected"], changed["duplicates"]) == (1, 1, 1)
        history = client.get(f"{MODEL}/series/b/history?last=2").json()["observations"]
        assert [row["y"] for row in history] == [1.5, rows[2]["y"]]
        assert [row["revision"] for row in history] == [1, 0]

    def test_history_is_not_judged_where_that_is_wanted(self, client: TestClient):
        rows = body(later("stateful", "c", 2))
        taken = send(client, f"{MODEL}/observations", rows, judge=False)
        assert [row["p_value"] for row in taken["rows"]] == [None, None]
        assert client.get(f"{MODEL}/series/c").json()["judged"] == 0

    def test_a_row_far_off_is_an_anomaly(self, client: TestClient):
        row = body(later("stateful", "c", 1, 2))[0] | {"y": 1e4}
        (found,) = send(client, f"{MODEL}/observations", [row], anomaly_level=90)["rows"]
        assert found["anomaly"] is True
        assert found["p_value"] < 0.1

    def test_a_young_series_says_what_it_needs(self, client: TestClient):
        rows = later("stateful", "new", 30).assign(unique_id="young")
        taken = send(client, f"{MODEL}/observations", body(rows[:5]), forecast=True)
        assert "needs 24" in taken["pending"]["young"]
        assert client.get(f"{MODEL}/series/young").json()["needed"] == 19
        answer = client.get(f"{MODEL}/series/young/forecast")
        assert answer.status_code == 409
        taken = send(client, f"{MODEL}/observations", body(rows[5:]), forecast=True)
        assert taken["forecasts"][0]["unique_id"] == "young"

    @pytest.mark.parametrize("name", ["a/b", "a%2Fb", "é ü", "x?y#z", "..", "'; DROP TABLE--", '"'])
    def test_any_id(self, client: TestClient, name: str):
        path = f"{MODEL}/series/{quote(name, safe='').replace('.', '%2E')}"
        rows = body(later("stateful", "new", 24), ids=False)
        assert send(client, f"{path}/observations", rows)["accepted"] == 24
        assert client.get(path).json()["unique_id"] == name
        assert client.get(f"{path}/forecast").json()["unique_id"] == name
        assert name in client.get(f"{MODEL}/series").json()["series"]
        assert client.delete(path).status_code == 204
        assert client.get(path).status_code == 404


def formats(df: pd.DataFrame) -> dict[str, Callable[[str], bytes]]:
    """A body of each content type; ids get an ending."""

    def named(ending: str) -> pd.DataFrame:
        return df.assign(unique_id=df["unique_id"] + ending)

    def arrow(ending: str) -> bytes:
        table, sink = pa.Table.from_pandas(named(ending), preserve_index=False), io.BytesIO()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return sink.getvalue()

    def lines(ending: str) -> bytes:
        return "\n\n".join(json.dumps(row) for row in body(named(ending))).encode()

    return {
        "application/json": lambda ending: json.dumps(
            {"observations": body(named(ending))}
        ).encode(),
        "application/x-ndjson": lines,
        "text/csv; charset=utf-8": lambda ending: named(ending).to_csv(index=False).encode(),
        "application/vnd.apache.arrow.stream": arrow,
    }


class TestKinds:
    def test_several_targets(self, client: TestClient):
        rows = later("targets", "a", 2)
        taken = send(client, "/v1/models/targets/observations", body(rows), forecast=True)
        expected = updated("targets", rows).predict().query("unique_id == 'a'")
        close_to(taken["forecasts"][0]["forecast"], seen(expected))
        (row,) = body(later("targets", "a", 1, 2))
        taken = send(client, "/v1/models/targets/observations", [row | {"y": None}], forecast=True)
        assert taken["accepted"] == 1
        assert len(taken["forecasts"][0]["forecast"]) == 6

    def test_integer_times(self, client: TestClient):
        rows = later("integer", "a", 2)
        taken = send(client, "/v1/models/integer/observations", body(rows), forecast=True)
        assert taken["rows"][1]["ds"] == 44
        expected = updated("integer", rows).predict().query("unique_id == 'a'")
        close_to(taken["forecasts"][0]["forecast"], seen(expected))

    def test_columns_of_the_future(self, client: TestClient):
        path = "/v1/models/futr"
        rows = later("futr", "a", 6)
        missing = client.get(f"{path}/series/a/forecast")
        assert missing.status_code == 422
        assert "price" in missing.json()["detail"]
        futr = body(rows[2:5].drop(columns="y"))
        sent = {"observations": body(rows[:2]), "futr": futr, "forecast": True}
        taken = client.post(f"{path}/observations", json=sent).json()
        assert (taken["accepted"], taken["futr"]) == (2, 3)
        known = rows[2:5].drop(columns="y")
        model = updated("futr", rows[:2])
        others = rows_of("futr").query("unique_id in ('b', 'c')").drop(columns="y")
        ahead = pd.concat([known, others[others["ds"].between("2003-01-01", "2003-03-01")]])
        expected = model.predict(futr_df=ahead).query("unique_id == 'a'")
        close_to(taken["forecasts"][0]["forecast"], seen(expected))
        only = client.post(
            f"{path}/series/a/observations", json={"futr": body(rows[5:], ids=False)}
        )
        assert only.json()["futr"] == 1

    def test_rows_to_come_are_stored_with_the_rows_or_neither_is(self, tmp_path: Path):
        rows = later("futr", "a", 5)
        sent = {"observations": body(rows[:2]), "futr": body(rows[2:].drop(columns="y"))}
        with live(tmp_path, "futr") as service:
            database = Database(service.state)
            with database.writing() as connection:
                connection.execute(text(NO_FUTURES))
            path = "/v1/models/futr"
            assert service.client.post(f"{path}/observations", json=sent).status_code == 503
            assert service.client.get(f"{path}/series/a").json()["rows"] == 0
            with database.writing() as connection:
                connection.execute(text("DROP TRIGGER no_futures"))
            database.close()
            taken = service.client.post(f"{path}/observations", json=sent).json()
            assert (taken["accepted"], taken["futr"]) == (2, 3)

    def test_rows_to_come_that_have_come_stay_as_they_were(self, client: TestClient):
        path = "/v1/models/futr/series/b/observations"
        rows = body(later("futr", "b", 4), ids=False)
        assert client.post(path, json={"observations": rows[:2]}).json()["accepted"] == 2
        taken = client.post(path, json={"futr": rows, "forecast": True}).json()
        assert taken["futr"] == 2
        # One row more is needed.
        assert "price" in taken["pending"]["b"]

    def test_words(self, client: TestClient):
        path = "/v1/models/words/observations"
        row = body(later("stateful", "a", 1))[0]
        assert send(client, path, [row | {"sky": "fair"}])["accepted"] == 1
        answer = client.post(path, json=[row | {"ds": "2003-02-01", "sky": "green"}])
        assert answer.status_code == 422
        assert "'green'" in answer.json()["detail"]
        assert "'dull', 'fair'" in answer.json()["detail"]


class TestReading:
    def test_models(self, client: TestClient):
        listed = client.get("/v1/models").json()["models"]
        assert [each["name"] for each in listed] == [
            "futr", "integer", "stateful", "targets", "words",
        ]  # fmt: skip
        own = client.get(MODEL).json()
        assert (own["h"], own["freq"], own["targets"]) == (3, "MS", ["y"])

    def test_series_page_by_page(self, client: TestClient):
        first = client.get("/v1/models/targets/series?limit=2").json()
        assert first == {"series": ["a", "b"], "next": "b"}
        rest = client.get("/v1/models/targets/series", params={"after": "b"}).json()
        assert rest == {"series": ["c"], "next": None}

    def test_a_forecast_without_state_is_that_of_the_library(self, client: TestClient):
        df = rows_of("stateful").query("unique_id in ('new', 'a')").groupby("unique_id").head(40)
        answer = client.post(f"{MODEL}/forecast?level=80&level=95", json=body(df)).json()
        expected = forecaster_of("stateful").predict(df=df, level=[80, 95])
        found = {each["unique_id"]: each["forecast"] for each in answer}
        for name, own in expected.groupby("unique_id"):
            close_to(found[name], seen(own))
        assert "new" not in client.get(f"{MODEL}/series").json()["series"]

    def test_fewer_and_more_rows(self, client: TestClient):
        long = client.get("/v1/models/targets/series/c/forecast?h=5").json()["forecast"]
        short = client.get("/v1/models/targets/series/c/forecast?h=1").json()["forecast"]
        assert len(long) == 10
        expected = forecaster_of("targets").predict(1).query("unique_id == 'c'")
        close_to(short, seen(expected))
        usual = client.get("/v1/models/targets/series/c/forecast?level=80").json()["forecast"]
        short = client.get("/v1/models/targets/series/c/forecast?h=1&level=80").json()["forecast"]
        assert short == usual[::3]

    def test_health_and_figures(self, client: TestClient):
        assert client.get("/healthz").json() == {"status": "alive"}
        assert client.get("/readyz").json() == {"status": "ready"}
        page = client.get("/metrics").text
        for name in ("requests_total", "request_seconds_bucket", "observations_total", "waiting"):
            assert f"gatecast_{name}" in page
        assert 'route="/v1/models/{model}/series/{unique_id}"' in page

    def test_the_page_of_documentation_needs_no_other_host(self, client: TestClient):
        answer = client.get("/docs")
        assert answer.status_code == 200
        assert "http://" not in answer.text
        assert "https://" not in answer.text
        assert "<script" not in answer.text
        for path in client.get("/openapi.json").json()["paths"]:
            assert path in answer.text

    def test_headers(self, client: TestClient):
        answer = client.get("/healthz", headers={"X-Request-Id": "my.id-1"})
        assert answer.headers["X-Request-Id"] == "my.id-1"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for odd in ("a b", "x" * 65, "é".encode(), b"a\r\nSet-Cookie: b"):
            answer = client.get("/healthz", headers={"X-Request-Id": odd})
            assert len(answer.headers["X-Request-Id"]) == 16
            assert "set-cookie" not in answer.headers


class TestVersions:
    def test_another_version_serves_and_the_first_again(self, client: TestClient):
        path = "/v1/models/integer"
        first = client.get(path).json()["version"]
        other = other_artefact()
        compared = client.put(f"{path}?dry_run=1", content=other)
        assert compared.status_code == 202
        assert compared.json()["serving"]["version"] == first
        assert client.get(path).json()["version"] == first
        begun = client.put(path, content=other)
        assert begun.status_code == 202, begun.text
        second = begun.json()["version"]
        wait(client, path, second)
        assert client.get(path).json()["previous"] == first
        assert client.post(f"{path}/rollback").status_code == 202
        wait(client, path, first)
        forecast = client.get(f"{path}/series/b/forecast").json()
        assert forecast["model_version"] == first

    def test_a_new_model(self, client: TestClient):
        answer = client.put("/v1/models/a%2Fnew one", content=artefact_of("gru"))
        assert answer.status_code == 202, answer.text
        wait(client, "/v1/models/a%2Fnew one", answer.json()["version"])
        assert client.get("/v1/models/a%2Fnew one/series/a/forecast").status_code == 200

    @pytest.mark.parametrize(
        "content", [b"", b"no archive", b"PK\x03\x04" + b"\0" * 100, artefact_of("rnn")[:-30]]
    )
    def test_what_is_no_artefact_changes_nothing(self, client: TestClient, content: bytes):
        before = client.get("/v1/models").json()
        for query in ("", "?dry_run=1"):
            answer = client.put(f"{MODEL}{query}", content=content)
            assert answer.status_code == 422
            assert ".gatecast" not in answer.text
        answer = client.put("/v1/models/fresh", content=content)
        assert answer.status_code == 422
        assert client.get("/v1/models").json() == before


def other_artefact() -> bytes:
    made = DrawnForecaster(h=3, units=3, look_back=3, stateful=True, random_seed=7)
    with tempfile.TemporaryDirectory() as folder:
        path = made.fit(before_and_after("integer")[0]).save(Path(folder) / "other.gatecast")
        return path.read_bytes()


def wait(client: TestClient, path: str, version: str) -> None:
    """Until a version serves."""
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        answer = client.get(path)
        if answer.status_code == 200 and answer.json()["version"] == version:
            return
        time.sleep(0.05)
    pytest.fail(f"{version} does not serve: {answer.text}")
